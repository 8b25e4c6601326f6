"""The listening copy of a call with everything silenced that is not let through, read in ranges like any sound."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveillance.archive.derivatives import Derivative
from surveillance.core.errors import Broken
from surveillance.subjects.masking import Span

HEAD = 4096  # bytes that hold the header of a listening copy


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Where the samples of a WAV begin, and what they are: 16 bits, `channels` interleaved, at `rate` Hz."""

    begins: int
    channels: int
    rate: int


def quieted(copy: Derivative, audible: Mapping[int, Sequence[Span]]) -> Derivative:
    """The copy, each channel silent but for its audible seconds. Nothing is written anywhere.

    Raises:
        Broken: the copy is no WAV of ours.
    """
    shape = _shape(b"".join(copy.read(0, min(HEAD, copy.size))))

    def read(start: int, length: int) -> Iterator[bytes]:
        at = start
        for chunk in copy.read(start, length):
            yield _silenced(chunk, at, shape, audible)
            at += len(chunk)

    return Derivative(size=copy.size, read=read)


def _silenced(chunk: bytes, at: int, shape: Shape, audible: Mapping[int, Sequence[Span]]) -> bytes:
    """These bytes of the file, which begin at byte `at` of it."""
    first = at - shape.begins  # counted from the first sample
    keep = np.zeros(len(chunk), bool)
    keep[: max(0, -first)] = True  # the header
    frame = 2 * shape.channels
    for channel, spans in audible.items():
        for start, end in spans:
            begins = max(int(start * shape.rate) * frame, first, 0)
            ends = min(int(end * shape.rate) * frame, first + len(chunk))
            for byte in (2 * channel, 2 * channel + 1):
                keep[begins + (byte - begins) % frame - first : max(ends - first, 0) : frame] = True
    return np.where(keep, np.frombuffer(chunk, np.uint8), 0).astype(np.uint8).tobytes()


def _shape(head: bytes) -> Shape:
    at, channels, rate = 12, 0, 0
    while head[:4] == b"RIFF" and at + 8 <= len(head):
        kind, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if kind == b"fmt ":
            _, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head[at + 8 : at + 24])
            if bits != 16:
                break
        if kind == b"data" and channels:
            return Shape(begins=at + 8, channels=channels, rate=rate)
        at += 8 + size + size % 2
    raise Broken("The listening copy is no WAV of ours.", cure="Remove it from the cache; it is made anew.")
