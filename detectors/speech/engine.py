"""What every recogniser offers, and the one place where recognisers are found by name."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from detectors.audio.media import Audio
from search.transcript import Transcript

Setting = str | int | float | bool

# An engine is one module and one line. Imported on first use: NeMo alone takes 12–20 s.
ENGINES: dict[str, str] = {
    "whisper": "detectors.speech.whisper.Whisper",
    "nemo": "detectors.speech.nemo.Nemo",
}


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """How an engine is set up. Empty strings mean the engine's own default.

    `model` is a packaged model's name, a folder or a file; `model_sha256` pins a model that is not packaged;
    `cache` is where joined weights and stamps of verified ones are kept.
    """

    model: str = ""
    model_sha256: str = ""
    cache: Path | None = None
    threads: int = 1
    device: str = "cpu"


@dataclass(frozen=True, kw_only=True)
class EngineIdentity:
    """Which recogniser wrote a transcript, exactly enough to write it again."""

    engine: str
    model: str
    model_sha256: str
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.engine}/{self.model}@{self.model_sha256[:12]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Seconds of one channel."""

    start: float
    end: float
    channel: int = 0

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A transcript, and what a reviewer must know beside it.

    `spoken` are the stretches where a voice is active, `unheard` those of them that yielded no words:
    they are to be listened to, never taken for silence. `language_confidence` is 1.0 where the language was
    given, and 0.0 where an English-only model evidently heard another one.
    """

    transcript: Transcript
    spoken: tuple[Stretch, ...] = ()
    unheard: tuple[Stretch, ...] = ()
    language_confidence: float = 1.0


class Engine(Protocol):
    """A recogniser. Channels are heard apart and interleaved into turns named "channel 0", "channel 1", …"""

    @property
    def identity(self) -> EngineIdentity: ...

    def hear(self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None) -> Heard: ...

    def transcribe(
        self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None
    ) -> Transcript: ...


class EngineUnknown(LookupError):
    """No engine of that name is registered."""


_loaded: dict[tuple[str, EngineSettings], Engine] = {}
_loading = threading.Lock()


def get_engine(name: str, settings: EngineSettings | None = None) -> Engine:
    """The process's one instance of an engine with these settings; loads the model at the first call.

    Raises EngineUnknown, and WeightsUnusable (detectors.speech.weights).
    """
    settings = settings or EngineSettings()
    path = ENGINES.get(name)
    if path is None:
        raise EngineUnknown(f'No recogniser is called "{name}"; there are {", ".join(sorted(ENGINES))}.')
    with _loading:
        if (name, settings) not in _loaded:
            module, _, attribute = path.rpartition(".")
            _loaded[name, settings] = cast(Engine, getattr(import_module(module), attribute)(settings))
        return _loaded[name, settings]
