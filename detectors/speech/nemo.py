"""NeMo behind the protocol, for workers with a GPU: any recogniser restored from a .nemo file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from detectors.audio.media import SAMPLE_RATE, Audio
from detectors.speech import guard
from detectors.speech.engine import EngineIdentity, EngineSettings, Heard, Stretch
from detectors.speech.turns import interleave
from detectors.speech.weights import WeightsUnusable, find_weights
from detectors.speech.windows import Window, pack
from search.transcript import Transcript, Word

BATCH = 8
WINDOW_SECONDS = 20.0  # NeMo's recognisers were trained on utterances, not on half minutes


class Nemo:
    """Recognises with a restored NeMo model. Imports NeMo (12–20 s) when it is made, not before.

    Hotwords are not used: NeMo biases by word-boosting trees of each decoder, a setting of the model's owner.
    """

    def __init__(self, settings: EngineSettings) -> None:
        if not settings.model:
            raise WeightsUnusable(
                "NeMo has no packaged model.", "Set the model to a .nemo file and pin its SHA-256."
            )
        weights = find_weights(settings.model, cache=settings.cache, sha256=settings.model_sha256)
        self._model = _restored(weights.path, settings)
        self._identity = EngineIdentity(
            engine="nemo",
            model=weights.name,
            model_sha256=weights.sha256,
            settings={"class": type(self._model).__name__, "voice_activity": "silero-6", "windows": 20},
        )

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    def transcribe(
        self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None
    ) -> Transcript:
        return self.hear(audio, hotwords=hotwords, language=language).transcript

    def hear(self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None) -> Heard:
        """Channels apart, interleaved into turns; words only where a voice is active."""
        words: dict[int, list[Word]] = {}
        spoken: list[Stretch] = []
        unheard: list[Stretch] = []
        for channel in guard.distinct_channels(audio.samples):
            samples = audio.samples[channel]
            found = guard.voice_activity(samples)
            windows = pack(found, channel=channel, length=len(samples), seconds=WINDOW_SECONDS)
            words[channel] = [word for one in self._recognised(samples, windows) for word in one]
            stretches = [
                Stretch(start=one.start / SAMPLE_RATE, end=one.end / SAMPLE_RATE, channel=channel)
                for one in found
            ]
            spoken += stretches
            unheard += [stretches[nth] for nth in guard.unheard(words[channel], stretches)]
        transcript = Transcript(turns=interleave(words), language=language or "en")
        return Heard(transcript=transcript, spoken=tuple(spoken), unheard=tuple(unheard))

    def _recognised(self, samples: Any, windows: Sequence[Window]) -> Iterator[list[Word]]:
        for at in range(0, len(windows), BATCH):
            batch = windows[at : at + BATCH]
            sounds = [window.sound(samples) for window in batch]
            heard = self._model.transcribe(sounds, batch_size=len(sounds), timestamps=True, verbose=False)
            for window, hypothesis in zip(batch, _best(heard), strict=True):
                yield [] if guard.repeats_itself(hypothesis.text) else list(_placed(hypothesis, window))


def _restored(path: Path, settings: EngineSettings) -> Any:
    """The model in evaluation, on the device, its logging quiet."""
    import torch
    from nemo.collections.asr.models import ASRModel
    from nemo.utils import logging

    logging.setLevel(logging.ERROR)
    torch.set_num_threads(max(1, settings.threads))
    model = ASRModel.restore_from(str(path), map_location=settings.device)
    return model.eval()


def _best(heard: Any) -> Sequence[Any]:
    """Transducer models answer (best, all) where others answer best."""
    best: Sequence[Any] = heard[0] if isinstance(heard, tuple) else heard
    return best


def _placed(hypothesis: Any, window: Window) -> Iterator[Word]:
    for stamp in hypothesis.timestamp.get("word", ()):
        text = str(stamp["word"]).strip()
        if any(char.isalnum() for char in text):
            start, end = window.place(float(stamp["start"]), float(stamp["end"]))
            yield Word(text=text, start=start, end=end, channel=window.channel)
