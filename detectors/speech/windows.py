"""Voiced stretches packed into the windows that recognisers take, and word times brought back from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.audio.media import SAMPLE_RATE, Samples
from detectors.speech.guard import Activity

WINDOW = 30.0  # seconds: what Whisper sees at once
PADDING = 0.4  # seconds of surroundings that a stretch keeps: voice activity clips soft beginnings and ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of voice in a window. Samples of the recording; `offset` is its place in the window."""

    voice: Activity
    cut: Activity
    offset: int

    def overlap(self, start: float, end: float) -> float:
        """Samples that a span of the window shares with this voice; negative for a distance."""
        shift = self.cut.start - self.offset
        return min(end + shift, self.voice.end) - max(start + shift, self.voice.start)

    def place(self, start: float, end: float) -> tuple[float, float]:
        """A span of the window, in samples, as seconds of the recording, drawn to the edges of the voice."""
        shift = self.cut.start - self.offset
        first = min(max(start + shift, self.voice.start), self.voice.end - 1)
        last = max(min(end + shift, self.voice.end), first + 1)
        if last - first < SHORTEST_WORD:  # lay in the padding: keep it, at the edge it was nearest to
            first = max(self.voice.start, min(first, last - SHORTEST_WORD))
            last = min(self.voice.end, first + SHORTEST_WORD)
        return round(first / SAMPLE_RATE, 3), round(last / SAMPLE_RATE, 3)


SHORTEST_WORD = SAMPLE_RATE // 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Pieces of one channel, joined without the silence between them."""

    channel: int
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> int:
        """Samples."""
        last = self.pieces[-1]
        return last.offset + last.cut.end - last.cut.start

    @property
    def voiced_seconds(self) -> float:
        return sum(piece.voice.end - piece.voice.start for piece in self.pieces) / SAMPLE_RATE

    def sound(self, samples: Samples) -> Samples:
        return np.concatenate([samples[piece.cut.start : piece.cut.end] for piece in self.pieces])

    def place(self, start: float, end: float) -> tuple[float, float]:
        """Seconds within the window to seconds of the recording: into the voice that they share most with."""
        first, last = start * SAMPLE_RATE, end * SAMPLE_RATE
        return max(self.pieces, key=lambda piece: piece.overlap(first, last)).place(first, last)


def pack(activity: Sequence[Activity], *, channel: int, length: int, seconds: float = WINDOW) -> list[Window]:
    """Stretches of one channel of `length` samples into as few windows as hold them in order."""
    windows: list[Window] = []
    pieces: list[Piece] = []
    filled = 0
    for voice, cut in zip(activity, _padded(activity, length), strict=True):
        size = cut.end - cut.start
        if pieces and filled + size > seconds * SAMPLE_RATE:
            windows.append(Window(channel=channel, pieces=tuple(pieces)))
            pieces, filled = [], 0
        pieces.append(Piece(voice=voice, cut=cut, offset=filled))
        filled += size
    if pieces:
        windows.append(Window(channel=channel, pieces=tuple(pieces)))
    return windows


def _padded(activity: Sequence[Activity], length: int) -> list[Activity]:
    """Each stretch with its surroundings; neighbours that would overlap meet in the middle."""
    padding = int(PADDING * SAMPLE_RATE)
    cuts = []
    for nth, voice in enumerate(activity):
        before = activity[nth - 1].end if nth else -2 * padding
        after = activity[nth + 1].start if nth + 1 < len(activity) else length + 2 * padding
        start = max(0, voice.start - padding, (before + voice.start + 1) // 2)
        end = min(length, voice.end + padding, (voice.end + after + 1) // 2)
        cuts.append(Activity(start=start, end=end))
    return cuts
