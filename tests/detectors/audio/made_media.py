"""Media as recorders, radios, phones and attackers write them, made on the spot."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float64]
LAYOUTS = {1: "mono", 2: "stereo", 4: "quad"}


def tones(seconds: float, *hertz: float, rate: int = 8000) -> Sound:
    """One steady tone a channel: (channels, n)."""
    at = np.arange(int(seconds * rate)) / rate
    return np.stack([0.4 * np.sin(2 * np.pi * pitch * at) for pitch in hertz])


def pitch(samples: npt.NDArray[np.float32], rate: int = 16_000) -> float:
    """The loudest frequency of one channel, in Hz."""
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(np.argmax(spectrum) * rate / len(middle))


def encode(path: Path, sound: Sound, *, codec: str, rate: int = 8000, container: str | None = None) -> Path:
    """Write with FFmpeg's encoder; the sample format is the encoder's first choice."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = LAYOUTS[len(sound)]
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(
            sound.astype(np.float32), format="fltp", layout=LAYOUTS[len(sound)]
        )
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            piece.pts = None
            fifo.write(piece)
        size = stream.codec_context.frame_size or 1024
        while (piece := fifo.read(size, partial=True)) is not None:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return path


def wav_header(
    data: int, *, rate: int = 8000, channels: int = 1, riff: int | None = None, tag: int = 1
) -> bytes:
    """A plain RIFF header that promises `data` bytes of 16-bit sound."""
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * 2, channels * 2, 16)
    size = min(data + 36, 0xFFFFFFFF) if riff is None else riff
    return (
        b"RIFF"
        + struct.pack("<I", size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", data)
    )


def pcm(sound: Sound) -> bytes:
    return (sound.T * 32767).astype("<i2").tobytes()


def wav(path: Path, sound: Sound, *, rate: int = 8000, declared: int | None = None) -> Path:
    """16-bit PCM, with a header that may lie about the number of bytes."""
    body = pcm(sound)
    header = wav_header(len(body) if declared is None else declared, rate=rate, channels=len(sound))
    path.write_bytes(header + body)
    return path


def rf64(path: Path, sound: Sound, declared: int) -> Path:
    """The header that files over 4 GiB carry, promising `declared` bytes."""
    body = pcm(sound)
    form = struct.pack("<HHIIHH", 1, len(sound), 8000, 16000 * len(sound), 2 * len(sound), 16)
    ds64 = struct.pack("<QQQI", declared + 72, declared, declared // 2, 0)
    path.write_bytes(
        b"RF64\xff\xff\xff\xffWAVE"
        + (b"ds64" + struct.pack("<I", len(ds64)) + ds64)
        + (b"fmt " + struct.pack("<I", 16) + form)
        + (b"data\xff\xff\xff\xff" + body)
    )
    return path


def quiet_wav(path: Path, seconds: float, *, channels: int = 2, rate: int = 8000) -> Path:
    """Digital silence as a sparse file: hours that cost no disk."""
    data = int(seconds * rate) * channels * 2
    with path.open("wb") as out:
        out.write(wav_header(data, rate=rate, channels=channels))
        out.truncate(44 + data)
    return path


def gsm_wav(path: Path, seconds: float) -> Path:
    """WAV with GSM 06.10 (Microsoft's 65-byte blocks) of arbitrary frames, as answering machines write it."""
    blocks = int(seconds * 8000 / 320)
    body = random.Random(1).randbytes(65 * blocks)
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 32 + len(body)) + b"WAVEfmt " + struct.pack("<I", 20) + form
        + b"data" + struct.pack("<I", len(body)) + body
    )  # fmt: skip
    return path


def raw_gsm(path: Path, seconds: float) -> Path:
    """GSM 06.10 frames without any header, as asterisk writes them."""
    chance = random.Random(1)
    path.write_bytes(
        b"".join(
            bytes([0xD0 | chance.randrange(16)]) + chance.randbytes(32) for _ in range(int(seconds * 50))
        )
    )
    return path


def amr_wideband(path: Path, seconds: float) -> Path:
    """AMR-WB at 6.6 kbit/s with arbitrary frames: no free encoder exists."""
    chance = random.Random(1)
    path.write_bytes(
        b"#!AMR-WB\n" + b"".join(b"\x04" + chance.randbytes(17) for _ in range(int(seconds * 50)))
    )
    return path


def film_without_sound(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24"))
            )
        out.mux(stream.encode(None))
    return path


def two_tracks(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as out:
        streams = [out.add_stream("aac", rate=16000, layout="mono") for _ in range(2)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate = 16000
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path
