"""Sound files made for a test: spoken-like tones, silence, and everything that only pretends to be sound."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile


def wav(
    path: Path, seconds: float = 3.0, *, channels: int = 1, rate: int = 8000, pitch: float = 220.0
) -> Path:
    """A WAV whose every channel sounds. Another `pitch` makes other bytes."""
    at = np.arange(int(seconds * rate)) / rate
    lanes = [np.sin(2 * math.pi * pitch * (lane + 1) * at) * 0.3 for lane in range(channels)]
    pcm = (np.stack(lanes, axis=1) * 32767).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    return path


def silence(path: Path, *, hours: float) -> Path:
    """Hours of nothing: a FLAC of a few kilobytes."""
    with soundfile.SoundFile(str(path), "w", 8000, 1, format="FLAC", subtype="PCM_16") as out:
        minute = np.zeros(8000 * 60, np.int16)
        for _ in range(int(hours * 60)):
            out.write(minute)
    return path


def liar(path: Path, *, claims: int) -> Path:
    """A small WAV whose header claims a data chunk of so many bytes (RF64 where RIFF cannot say it)."""
    sound = b"\x10\x20" * 8000
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    long = struct.pack("<QQQI", claims + 72, claims, claims // 2, 0)
    body = b"ds64" + struct.pack("<I", len(long)) + long + b"fmt " + struct.pack("<I", len(form)) + form
    path.write_bytes(b"RF64\xff\xff\xff\xffWAVE" + body + b"data\xff\xff\xff\xff" + sound)
    return path


def written(path: Path, content: bytes | str) -> Path:
    """Any other file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cut(path: Path, *, keep: float) -> Path:
    """The same file, broken off."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    return path


def names(paths: Sequence[Path]) -> list[str]:
    return sorted(path.name for path in paths)
