"""The telephone: band, levels, background and tones of a line, and G.711 WAV as recorders write it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float32]

RATE = 8000
SPEECH_LEVEL = 10 ** (-20 / 20)  # RMS of active speech, full scale = 1
CEILING = 10 ** (-3 / 20)
SIDETONE = 10 ** (-46 / 20)  # how much of the other lane leaks into a two-wire line

# ITU-T G.711: WAVE format tags 6 (A-law) and 7 (µ-law).
FORMAT_TAG = {"alaw": 6, "mulaw": 7}


def band(samples: Samples) -> Samples:
    """300–3400 Hz, what ITU-T G.712 lets through."""
    sos = signal.butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
    filtered: Samples = signal.sosfilt(sos, samples).astype(np.float32)
    return filtered


def narrow(samples: Samples, rate: int) -> Samples:
    """To 8 kHz and through the telephone's band."""
    return band(signal.resample_poly(samples, RATE, rate).astype(np.float32))


def speech_level(samples: Samples) -> float:
    """RMS over the 20 ms frames that hold speech: those within 30 dB of the loudest."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    energy = np.mean(frames**2, axis=1)
    return float(np.sqrt(np.mean(energy[energy > energy.max() * 1e-3])))


def limit(samples: Samples) -> Samples:
    """Peaks above half scale are bent, none passes −3 dBFS: a recorder's automatic gain never clips."""
    knee = 0.5
    over = np.maximum(np.abs(samples) - knee, 0.0)
    bent = np.minimum(np.abs(samples), knee) + (CEILING - knee) * np.tanh(over / (CEILING - knee))
    result: Samples = (np.sign(samples) * bent).astype(np.float32)
    return result


def _coloured(rng: np.random.Generator, length: int, slope: float) -> Samples:
    """Noise whose amplitude falls with frequency to the power `slope`: 0 white, 0.5 pink, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 20.0)
    made: Samples = np.fft.irfft(spectrum / frequency**slope, length).astype(np.float32)
    return made


def _hum(length: int, tones: tuple[tuple[float, float], ...]) -> Samples:
    time = np.arange(length) / RATE
    made: Samples = sum(a * np.sin(2 * np.pi * f * time) for f, a in tones).astype(np.float32)  # type: ignore[union-attr]
    return made


def _gusts(rng: np.random.Generator, length: int, seconds: float) -> Samples:
    """A slow swell between a quarter and one."""
    knots = rng.uniform(0.25, 1.0, int(length / RATE / seconds) + 3)
    place = np.arange(length) / RATE / seconds
    swell: Samples = np.interp(place, np.arange(len(knots)), knots).astype(np.float32)
    return swell


def background(kind: str, length: int, rng: np.random.Generator, babble: Samples) -> Samples:
    """A background of that kind, RMS 1. `babble` is other people's speech, at least `length` samples."""
    hiss = _unit(_coloured(rng, length, 0.0))
    if kind == "line":
        made = hiss + 0.6 * _hum(length, ((350, 0.5), (450, 0.3), (550, 0.2)))
    elif kind == "babble":
        made = _unit(babble[:length]) + 0.15 * hiss
    elif kind == "floor":
        made = 0.7 * _unit(babble[:length]) + 0.5 * _unit(_coloured(rng, length, 0.5))
    elif kind == "street":
        made = _unit(_coloured(rng, length, 0.8)) * _gusts(rng, length, 2.5) + 0.3 * _unit(babble[:length])
    elif kind == "wind":
        made = _unit(_coloured(rng, length, 1.0)) * _gusts(rng, length, 0.8) + 0.2 * hiss
    else:
        motor = _hum(length, ((312, 0.5), (390, 0.4), (624, 0.3), (936, 0.2)))
        made = _unit(_coloured(rng, length, 0.5)) + motor
    return _unit(band(made.astype(np.float32)))


def _unit(samples: Samples) -> Samples:
    scaled: Samples = samples / max(float(np.sqrt(np.mean(samples**2))), 1e-9)
    return scaled


def ring(accent: str) -> Samples:
    """Two seconds and a half of ringing tone: British 400 + 450 Hz in pairs, American 440 + 480 Hz."""
    tones = ((400.0, 0.5), (450.0, 0.5)) if accent == "british" else ((440.0, 0.5), (480.0, 0.5))
    made = _hum(int(2.5 * RATE), tones)
    if accent == "british":
        made[int(0.4 * RATE) : int(0.6 * RATE)] = 0
        made[int(1.0 * RATE) :] = 0
    else:
        made[int(2.0 * RATE) :] = 0
    return 0.1 * made


def hold() -> Samples:
    """Three seconds of hold tone: a chord that steps down and fades."""
    parts = []
    for notes in ((523.0, 659.0, 784.0), (466.0, 587.0, 698.0), (440.0, 523.0, 659.0)):
        chord = _hum(RATE, tuple((note, 1 / 3) for note in notes))
        parts.append(chord * np.exp(-np.arange(RATE) / RATE * 2.0))
    made: Samples = (0.18 * np.concatenate(parts)).astype(np.float32)
    return made


def _levels(encoding: str) -> NDArray[np.int32]:
    """What each of the 256 G.711 codes stands for, as 16-bit PCM (ITU-T G.711, tables 1a and 2a)."""
    code = np.arange(256)
    if encoding == "mulaw":
        bits = ~code & 0xFF
        magnitude = (((bits & 0x0F) << 3) + 0x84 << ((bits & 0x70) >> 4)) - 0x84
        return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int32)
    bits = code ^ 0x55
    exponent = (bits & 0x70) >> 4
    mantissa = ((bits & 0x0F) << 4) + 8
    magnitude = np.where(exponent == 0, mantissa, mantissa + 0x100 << np.maximum(exponent - 1, 0))
    return np.where(bits & 0x80, magnitude, -magnitude).astype(np.int32)


def encode(samples: Samples, encoding: str) -> bytes:
    """Samples in −1…1 as G.711 codes: the nearest level of each."""
    levels = _levels(encoding)
    order = np.argsort(levels, kind="stable")
    ranked = levels[order]
    middles = (ranked[1:] + ranked[:-1]) / 2
    return order[np.searchsorted(middles, samples * 32767)].astype(np.uint8).tobytes()


def decode(codes: bytes, encoding: str) -> Samples:
    """G.711 codes as samples in −1…1."""
    made: Samples = (_levels(encoding)[np.frombuffer(codes, np.uint8)] / 32768).astype(np.float32)
    return made


def write_wav(path: Path, lanes: list[Samples], encoding: str) -> None:
    """Lanes interleaved as one 8 kHz G.711 WAV: fmt of 18 bytes, fact and data, as WAVE asks of codecs."""
    channels, frames = len(lanes), len(lanes[0])
    codes = encode(np.stack(lanes, axis=1).reshape(-1), encoding)
    codes += b"\0" * (len(codes) % 2)
    form = struct.pack("<HHIIHHH", FORMAT_TAG[encoding], channels, RATE, RATE * channels, channels, 8, 0)
    chunks = b"".join(
        tag + struct.pack("<I", len(body)) + body
        for tag, body in ((b"fmt ", form), (b"fact", struct.pack("<I", frames)), (b"data", codes))
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def read_wav(path: Path) -> tuple[str, list[Samples]]:
    """The encoding and lanes of an 8 kHz G.711 WAV. Raises ValueError when it is anything else."""
    whole = path.read_bytes()
    if whole[:4] != b"RIFF" or whole[8:12] != b"WAVE":
        raise ValueError(f"{path.name} is no WAV file")
    chunks, at = {}, 12
    while at + 8 <= len(whole):
        size = struct.unpack_from("<I", whole, at + 4)[0]
        chunks[whole[at : at + 4]] = whole[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    tag, channels, rate = struct.unpack_from("<HHI", chunks[b"fmt "])
    names = {number: name for name, number in FORMAT_TAG.items()}
    if tag not in names or rate != RATE:
        raise ValueError(f"{path.name} is not 8 kHz G.711")
    frames = struct.unpack("<I", chunks[b"fact"])[0]
    lanes = decode(chunks[b"data"][: frames * channels], names[tag]).reshape(frames, channels)
    return names[tag], [lanes[:, lane] for lane in range(channels)]
