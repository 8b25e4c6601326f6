"""The shapes of this room: bounds for decoding, facts about a medium, decoded sound, and peaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000  # Hz: what recognisers are trained on
SILENCE_DBFS = -60.0  # loudest tenth of a second below this: an open or dead line, nobody near it

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one recording may cost. Seconds of sound, bytes, and seconds of the machine."""

    seconds: float = 4 * 3600.0
    channels: int = 8
    file_bytes: int = 4 * 1024**3
    memory_bytes: int = 512 * 1024**2  # over what the idle decoder holds
    cpu_seconds: int = 300
    wall_seconds: float = 900.0
    accept_truncated: bool = False  # a person released it from quarantine knowing that the end is lost

    def output_bytes(self, channels: int, rate: int = SAMPLE_RATE, width: int = 4) -> int:
        """The most that one derivative may write, with room for a header."""
        return int((self.seconds + 1) * rate) * width * channels + 65_536


@dataclass(frozen=True, kw_only=True)
class Level:
    """How loud one channel is, in dB relative to full scale: highest sample and loudest tenth of a second."""

    peak: float
    loudest: float

    @property
    def silent(self) -> bool:
        return self.loudest < SILENCE_DBFS


@dataclass(frozen=True, kw_only=True)
class MediaFacts:
    """What a medium is, measured by decoding all of it. Durations in seconds, rates in Hz and bit/s."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration: float
    declared_duration: float | None
    bit_rate: int
    size: int
    levels: tuple[Level, ...]
    faulty_packets: int = 0

    @property
    def silent(self) -> bool:
        """True when no channel ever rises above an idle line; capture sets such recordings aside."""
        return all(level.silent for level in self.levels)

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__ if name != "levels"},
            "levels": [{"peak": level.peak, "loudest": level.loudest} for level in self.levels],
            "silent": self.silent,
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> MediaFacts:
        levels = tuple(Level(**level) for level in facts["levels"])
        fields = {name: facts[name] for name in cls.__dataclass_fields__ if name in facts}
        return cls(**{**fields, "levels": levels})


@dataclass(frozen=True, kw_only=True)
class Audio:
    """Decoded sound: float32 samples (channels, n) in −1…1 at 16 kHz.

    Long recordings are mapped from an unlinked scratch file rather than held in memory.
    """

    samples: Samples
    sample_rate: int = SAMPLE_RATE
    facts: MediaFacts | None = None

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        return float(self.samples.shape[1]) / self.sample_rate

    def first(self, seconds: float) -> Audio:
        """The beginning of it, `seconds` at most."""
        return replace(self, samples=self.samples[:, : int(seconds * self.sample_rate)])


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """The outline of each channel for drawing: min, max, min, max … in −1…1, `per_second` pairs a second."""

    per_second: int
    duration: float
    channels: tuple[tuple[float, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "per_second": self.per_second,
            "duration": round(self.duration, 3),
            "channels": [list(channel) for channel in self.channels],
        }
