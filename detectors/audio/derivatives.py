"""What the decoder child writes for its parent: samples for recognisers, a copy for ears, peaks for eyes."""

from __future__ import annotations

import os
import struct
from typing import Any

import numpy as np

from detectors.audio.faults import AudioUnreadable, Reason
from detectors.audio.listening import Listening
from detectors.audio.media import SAMPLE_RATE

LABEL = (
    "Listening copy made by Earshot. A derivative for playing, not the record: "
    "the native recording is kept unchanged."
)


def rate_for(work: str) -> int | None:
    """Derivatives for ears keep the native rate; everything measured is measured at 16 kHz."""
    return None if work == "listening_copy" else SAMPLE_RATE


def probe(listening: Listening, _out: int) -> dict[str, Any]:
    for _ in listening.blocks():
        pass
    return {}


def decode(listening: Listening, out: int) -> dict[str, Any]:
    """Channel after channel in one sparse file, so that each is contiguous whatever its length will be."""
    stride = listening.limits.output_bytes(1)
    at = 0
    for block in listening.blocks():
        for channel, row in enumerate(block):
            _write(out, np.ascontiguousarray(row, "<f4").tobytes(), channel * stride + at)
        at += block.shape[1] * 4
    return {"stride": stride, "samples": at // 4}


def listening_copy(listening: Listening, out: int) -> dict[str, Any]:
    """16-bit PCM WAV at the native rate, all channels, labelled as a derivative (RIFF INFO comment)."""
    comment = LABEL.encode() + b"\0" * (2 - len(LABEL) % 2)
    info = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    channels, rate = listening.channels, listening.rate
    data_at = 12 + 24 + 8 + len(info) + 8
    at = data_at
    for block in listening.blocks():
        pcm = np.clip(np.rint(block.T * 32768.0), -32768, 32767).astype("<i2").tobytes()
        if at + len(pcm) > 0xFFFFFFF0:
            raise AudioUnreadable(Reason.TOO_BIG, "a WAV copy would pass 4 GiB")
        _write(out, pcm, at)
        at += len(pcm)
    header = b"RIFF" + struct.pack("<I", at - 8) + b"WAVE"
    header += b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    header += b"LIST" + struct.pack("<I", len(info)) + info
    header += b"data" + struct.pack("<I", at - data_at)
    _write(out, header, 0)
    return {"bytes": at}


def peaks(listening: Listening, out: int, per_second: int = 20) -> dict[str, Any]:
    """Lowest and highest sample of each stretch, int16, channel-interleaved: (points, channels, 2)."""
    step = SAMPLE_RATE // per_second
    rest = np.zeros((listening.channels, 0), np.float32)
    at = points = 0
    for block in listening.blocks():
        rest = np.concatenate((rest, block), axis=1)
        whole = rest.shape[1] // step
        at += _write_peaks(out, rest[:, : whole * step], whole, at)
        points += whole
        rest = rest[:, whole * step :]
    if rest.shape[1]:
        _write_peaks(out, rest, 1, at)
        points += 1
    return {"points": points, "channels": listening.channels}


def _write_peaks(out: int, sound: Any, points: int, at: int) -> int:
    if not points:
        return 0
    stretches = sound.reshape(sound.shape[0], points, -1)
    outline = np.stack((stretches.min(axis=2), stretches.max(axis=2)), axis=-1)
    scaled = np.clip(np.rint(outline * 32767.0), -32767, 32767).astype("<i2")
    written = scaled.transpose(1, 0, 2).tobytes()
    _write(out, written, at)
    return len(written)


def _write(out: int, content: bytes, at: int) -> None:
    view = memoryview(content)
    while view:
        done = os.pwrite(out, view, at)
        view, at = view[done:], at + done


WORKS = {"probe": probe, "decode": decode, "listening_copy": listening_copy, "peaks": peaks}
