"""No text without speech: where a voice is active, and which recognised words may stand.

Whisper writes up to 412 words a minute on hold music and ring tones; a hit must never rest on such text.
So voice activity is found first (Silero, bundled with faster-whisper), only voiced sound is recognised, and
what comes back is held against it.
"""

from __future__ import annotations

import threading
import zlib
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.audio.media import SAMPLE_RATE, Samples
from detectors.speech.engine import Stretch
from search.transcript import Word

FRAME = 512  # samples: what Silero judges at a time, 32 ms
CONTEXT = 64  # samples of the frame before that it sees again
BATCH = 8_000  # frames a run: four minutes, so that hours need no more memory than minutes
STARTS, GOES_ON = 0.5, 0.35  # speech begins above the one probability and ends below the other
SILENCE = 0.16  # seconds that end a stretch
COMPRESSION = 2.4  # text that packs better than this repeats itself (Whisper's own bound)
UNHEARD = 0.7  # seconds of voice that must have left a word behind
NEAR = 0.3  # seconds by which word times may be off (median error of tiny.en: 0.12)
SHORTEST, LONGEST = 0.1, 28.0  # seconds of one stretch: shorter is a click; a window holds 30
FASTEST = 8.0  # words a second; auctioneers reach about six


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """A stretch of voice in samples of one channel."""

    start: int
    end: int


class _Silero:
    """The voice activity network, one session a process; its state runs through the whole channel."""

    def __init__(self) -> None:
        import onnxruntime

        spec = find_spec("faster_whisper")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("faster_whisper")
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        model = Path(spec.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx"
        self._session = onnxruntime.InferenceSession(
            str(model), providers=["CPUExecutionProvider"], sess_options=options
        )
        self._lock = threading.Lock()

    def probabilities(self, samples: Samples) -> npt.NDArray[np.float32]:
        """The probability of voice in each frame of 512 samples."""
        state: Any = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
        found = []
        before = np.zeros(CONTEXT, np.float32)
        for at in range(0, len(samples), BATCH * FRAME):
            frames = samples[at : at + BATCH * FRAME]
            frames = np.pad(frames, (0, -len(frames) % FRAME)).reshape(-1, FRAME)
            contexts = np.concatenate((before[np.newaxis], frames[:-1, -CONTEXT:]))
            before = frames[-1, -CONTEXT:]
            with self._lock:
                judged, *state = self._session.run(
                    None, {"input": np.concatenate((contexts, frames), axis=1), "h": state[0], "c": state[1]}
                )
            found.append(judged.reshape(-1))
        return np.concatenate(found) if found else np.zeros(0, np.float32)


_silero = cache(_Silero)


def voice_activity(samples: Samples) -> list[Activity]:
    """Where a voice is active in one channel at 16 kHz: edges as heard, without padding, in samples."""
    if not samples.size:
        return []
    return stretches(_silero().probabilities(samples), len(samples))


def distinct_channels(samples: Samples) -> list[int]:
    """Channels worth hearing: one of those that carry the very same sound (mono written as stereo)."""
    return [
        nth
        for nth in range(len(samples))
        if not any(np.array_equal(samples[nth], samples[k]) for k in range(nth))
    ]


def stretches(probabilities: npt.NDArray[np.float32], length: int) -> list[Activity]:
    """Frames' probabilities to stretches, with hysteresis; silences shorter than 160 ms are bridged.

    None is longer than a recogniser's window: longer ones are cut where a voice is least certain.
    """
    found: list[tuple[int, int]] = []
    start = quiet = -1
    for frame, probability in enumerate(probabilities):
        if probability >= STARTS:
            start, quiet = (frame if start < 0 else start), -1
        elif start >= 0 and probability < GOES_ON:
            quiet = frame if quiet < 0 else quiet
            if (frame - quiet) * FRAME >= SILENCE * SAMPLE_RATE:
                found.append((start, quiet))
                start = quiet = -1
    if start >= 0:
        found.append((start, quiet if quiet >= 0 else len(probabilities)))
    cut = [piece for first, last in found for piece in _cut(probabilities, first, last)]
    return [
        Activity(start=first * FRAME, end=min(length, last * FRAME))
        for first, last in cut
        if (last - first) * FRAME >= SHORTEST * SAMPLE_RATE
    ]


def _cut(probabilities: npt.NDArray[np.float32], first: int, last: int) -> Iterator[tuple[int, int]]:
    longest = int(LONGEST * SAMPLE_RATE / FRAME)
    while last - first > longest:
        half = first + longest // 2
        at = half + int(np.argmin(probabilities[half : first + longest]))
        yield first, at
        first = at
    yield first, last


def repeats_itself(text: str) -> bool:
    """Whether a recogniser got caught in a loop: text that packs too well, or a phrase said over and over.

    "No no no no" is speech; five in a row, or a phrase of four words three times, is a loop.
    """
    packed = text.encode()
    if len(packed) >= 80 and len(packed) / len(zlib.compress(packed)) > COMPRESSION:
        return True
    words = _letters(text).split()
    return any(
        times_over(words, size) >= most for size, most in ((1, 5), (2, 5), (3, 4), (4, 3), (5, 3), (6, 3))
    )


def times_over(words: Sequence[str], size: int) -> int:
    """How often a phrase of `size` words is said directly one after the other, at most."""
    best = run = 0
    for at in range(size, len(words)):
        run = run + 1 if words[at] == words[at - size] else 0
        best = max(best, run)
    return best // size + 1


def only_hotwords(text: str, hotwords: Sequence[str]) -> bool:
    """Whether a text is nothing but listed hotwords: what a primed recogniser makes of faint noise."""
    listed = {word for hotword in hotwords for word in _letters(hotword).split()}
    said = _letters(text).split()
    return len(said) >= 2 and bool(listed) and all(word in listed for word in said)


def _letters(text: str) -> str:
    return "".join(char if char.isalnum() else " " for char in text.lower())


def too_crowded(words: int, voiced_seconds: float) -> bool:
    """Whether more words came back than a mouth can say: text invented from a cough or a click."""
    return words > 2 + FASTEST * voiced_seconds


def unheard(words: Sequence[Word], spoken: Sequence[Stretch]) -> list[int]:
    """Which stretches of one channel are long enough for a word and got none: speech to be listened to.

    Both in the order of time.
    """
    starts = [word.start for word in words]
    found = []
    for nth, stretch in enumerate(spoken):
        after = bisect(starts, stretch.end + NEAR)  # words before this one begin early enough
        covered = any(word.end > stretch.start - NEAR for word in words[max(0, after - 50) : after])
        if stretch.seconds >= UNHEARD and not covered:
            found.append(nth)
    return found
