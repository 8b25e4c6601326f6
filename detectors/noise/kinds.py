"""What stretches of noise are called, and what is told of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# Raised whenever a form, a bound or a rule of this folder changes: a recognition names the version that made it.
VERSION: Final = "1"

ECHO: Final = "echo"
KINDS: Final[Mapping[str, str]] = {
    "recorded_notice": "Recorded-line notice",
    "disclaimer": "Disclaimer or mandatory read-out",
    "menu": "Telephone menu",
    "hold": "Hold message",
    "voicemail": "Voicemail greeting",
    "training": "Training or role-play",
    "read_aloud": "Read aloud",
    ECHO: "Echo of the other channel",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stretch of talk that is noise: where, which words, and why.

    Times in seconds, `confidence` 0–1. `held` are the stretches of it that a form names; what only stands between
    two of them is greyed with them, but never hides a finding by itself.
    """

    kind: str
    turn: int
    channel: int
    start: float
    end: float
    words: str
    held: tuple[tuple[float, float], ...]
    why: str
    confidence: float
    version: str = VERSION

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "turn": self.turn,
            "channel": self.channel,
            "start": self.start,
            "end": self.end,
            "words": self.words,
            "why": self.why,
            "confidence": self.confidence,
            "version": self.version,
        }
