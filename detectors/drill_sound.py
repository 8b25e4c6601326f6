"""A spoken drill as a recorder would hand it over: two lanes, a codec, and where asked a room full of voices."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from detectors.drill_codecs import CODECS, Codec
from policies.library import SPOKEN, Drill

Samples = NDArray[np.float32]

RATE: Final = 8000  # Hz
SPEECH_LEVEL: Final = 10 ** (-20 / 20)  # RMS of active speech in the spoken drills, full scale = 1
HISS: Final = 10 ** (-62 / 20)  # a line is never digitally silent
BABBLE_BELOW: Final = 10.0  # dB below the speech
VOICES_IN_BABBLE: Final = 6


class NotSpoken(Exception):
    """There is no sound for this text: it was changed, or never spoken."""


def spoken_now() -> Mapping[str, Any]:
    """What lies spoken: by drill, the hash of its script, of its sound, and where each turn lies (seconds)."""
    path = SPOKEN / "spoken.json"
    return _spoken(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _spoken(path: Path, changed: int) -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if changed else {}
    return told


def is_spoken(drill: Drill) -> bool:
    """Is there a sound of exactly this text?"""
    return bool(spoken_now().get(drill.id, {}).get("script") == drill.sha256)


def recorded(drill: Drill, codec: str, *, seed: str, others: Sequence[Drill] = ()) -> tuple[bytes, float]:
    """The bytes a recorder would hand over, and their length in seconds. Another seed makes other bytes.

    Raises:
        NotSpoken: its text has no sound, or the sound is not the one it was spoken to.
    """
    form = CODECS[codec]
    rng = np.random.default_rng(zlib.crc32(seed.encode()))
    lanes = _lanes(drill)
    lanes = lanes + np.float32(HISS) * rng.standard_normal(lanes.shape).astype(np.float32)
    if form.babble:
        lanes = lanes + _babble(drill, others, lanes.shape[1], rng)
    if form.channels == 1:
        lanes = lanes.sum(axis=0, keepdims=True)
    return _encoded(np.clip(lanes, -0.97, 0.97), form), lanes.shape[1] / RATE


def track(drill: Drill) -> Samples:
    """The one track its turns lie on, one after the other.

    Raises:
        NotSpoken: as `recorded`.
    """
    if not is_spoken(drill):
        raise NotSpoken(f"{drill.id} was not spoken with this text; run make drills")
    content = drill.sound.read_bytes()
    if hashlib.sha256(content).hexdigest() != spoken_now()[drill.id]["sound"]:
        raise NotSpoken(f"{drill.sound.name} is not the sound that was spoken")
    return _decoded(content)


def _decoded(content: bytes) -> Samples:
    to_line = AudioResampler(format="flt", layout="mono", rate=RATE)
    pieces: list[Samples] = []
    with av.open(io.BytesIO(content), "r") as sound:
        for frame in sound.decode(audio=0):
            pieces += [part.to_ndarray()[0] for part in to_line.resample(frame)]
        pieces += [part.to_ndarray()[0] for part in to_line.resample(None)]
    return np.concatenate(pieces).astype(np.float32)


def _lanes(drill: Drill) -> Samples:
    """Each turn on the lane of its speaker; the pause between two turns is parted in the middle."""
    whole = track(drill)
    bounds = spoken_now()[drill.id]["turns"]
    lanes = np.zeros((2, len(whole)), np.float32)
    for number, (lane, _) in enumerate(drill.turns):
        begin = 0.0 if number == 0 else (bounds[number - 1][1] + bounds[number][0]) / 2
        last = number == len(bounds) - 1
        end = len(whole) / RATE if last else (bounds[number][1] + bounds[number + 1][0]) / 2
        first, stop = int(begin * RATE), int(end * RATE)
        lanes[lane, first:stop] = whole[first:stop]
    return lanes


def _babble(drill: Drill, others: Sequence[Drill], length: int, rng: np.random.Generator) -> Samples:
    """Other drills backwards, several at once: a room in which no word can be made out."""
    ready = [other for other in others if other.id != drill.id and is_spoken(other)]
    if not ready:
        raise NotSpoken("there are no other voices to make a room of")
    chosen = rng.permutation(len(ready))[:VOICES_IN_BABBLE]
    room = np.sum([np.resize(track(ready[int(one)])[::-1], length) for one in chosen], axis=0)
    room = room / max(float(np.sqrt(np.mean(room**2))), 1e-9)
    level = SPEECH_LEVEL * 10 ** (-BABBLE_BELOW / 20)
    # The other end of the line hears the same room a little later and half as loud.
    return np.stack([room, np.roll(room, RATE // 2) / 2]).astype(np.float32) * np.float32(level)


def _encoded(lanes: Samples, form: Codec) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form.container) as made:
        layout = "mono" if form.channels == 1 else "stereo"
        rate = 48000 if form.encoder == "libopus" else RATE
        stream = cast(
            "av.AudioStream",
            made.add_stream(form.encoder, rate=rate, layout=layout, options=dict(form.options)),
        )
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        pcm = (lanes * 32767).astype(np.int16).T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16", layout=layout)
        frame.sample_rate, frame.pts = RATE, 0
        fits = AudioResampler(
            format=stream.format.name, layout=layout, rate=rate, frame_size=stream.frame_size or None
        )
        for part in (*fits.resample(frame), *fits.resample(None)):
            made.mux(stream.encode(part))
        made.mux(stream.encode(None))
    return out.getvalue()
