"""Bounded decoding of untrusted media: facts, samples, listening copies and outlines, by a confined child."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from detectors.audio.decoder import Decoder, shared_decoder
from detectors.audio.faults import AudioUnreadable, DecoderUnavailable, Reason
from detectors.audio.media import SAMPLE_RATE, Audio, Level, Limits, MediaFacts, Peaks

__all__ = [
    "SAMPLE_RATE",
    "Audio",
    "AudioUnreadable",
    "Decoder",
    "DecoderUnavailable",
    "Level",
    "Limits",
    "MediaFacts",
    "Peaks",
    "Reason",
    "decode",
    "decode_later",
    "listening_copy",
    "peaks",
    "probe",
    "start",
]

STANDARD = Limits()


def start() -> None:
    """Start the decoder's process without waiting, for callers that load a model meanwhile."""
    shared_decoder().start()


def probe(path: Path, limits: Limits = STANDARD) -> MediaFacts:
    """Decode all of a recording and say what it is. Raises AudioUnreadable, DecoderUnavailable, OSError."""
    return shared_decoder().probe(Path(path), limits)


def decode(path: Path, limits: Limits = STANDARD) -> Audio:
    """Sound as float32 (channels, n) at 16 kHz. Raises AudioUnreadable, DecoderUnavailable, OSError."""
    return shared_decoder().decode(Path(path), limits)


def decode_later(path: Path, limits: Limits = STANDARD) -> Future[Audio]:
    """As `decode`, in the background: ask for the next file before recognising this one."""
    return shared_decoder().decode_later(Path(path), limits)


def listening_copy(path: Path, out: Path, limits: Limits = STANDARD) -> MediaFacts:
    """A 16-bit PCM WAV at the native rate, labelled as a derivative, whole or not at all."""
    return shared_decoder().listening_copy(Path(path), Path(out), limits)


def peaks(path: Path, limits: Limits = STANDARD, *, per_second: int = 20) -> Peaks:
    """Lowest and highest sample of each stretch of each channel, for drawing."""
    return shared_decoder().peaks(Path(path), limits, per_second)
