"""Puts the spoken drills beside their scripts: Opus, small, with their hashes and where each turn lies."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from policies.library import SPOKEN, read_drills

ROOT = Path(__file__).resolve().parents[2]
RATE = 8000  # Hz, of what speak.py left
BIT_RATE = 24000  # bits a second: a narrow band needs no more


def opus(samples: NDArray[np.float32]) -> bytes:
    """One mono track as Ogg Opus."""
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as made:
        stream = made.add_stream("libopus", rate=48000, layout="mono", options={"application": "audio"})
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(
            (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, 0
        fits = AudioResampler(
            format=stream.format.name, layout="mono", rate=48000, frame_size=stream.frame_size or None
        )
        for part in (*fits.resample(frame), *fits.resample(None)):
            made.mux(stream.encode(part))
        made.mux(stream.encode(None))
    return out.getvalue()


def main() -> int:
    """Every drill that speak.py has spoken with its present text; says how many still wait to be."""
    spoken = Path(os.environ.get("EARSHOT_HOME", ROOT / "var")) / "voices" / "drills"
    SPOKEN.mkdir(exist_ok=True)
    manifest = SPOKEN / "spoken.json"
    known: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    told: dict[str, Any] = {}
    unspoken = []
    for drill in read_drills():
        made = spoken / f"{drill.sha256[:32]}.npz"
        kept = known.get(drill.id)
        if kept and kept["script"] == drill.sha256 and drill.sound.exists():
            told[drill.id] = kept
        elif made.exists():
            with np.load(made) as track:
                content = opus(track["samples"])
                bounds = [[round(float(end) / RATE, 3) for end in turn] for turn in track["bounds"]]
            drill.sound.write_bytes(content)
            told[drill.id] = {
                "script": drill.sha256,
                "sound": hashlib.sha256(content).hexdigest(),
                "turns": bounds,
            }
        else:
            unspoken.append(drill.id)
    for path in SPOKEN.glob("*.opus"):
        if path.stem not in told:
            path.unlink()
    manifest.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in SPOKEN.glob("*.opus"))
    sys.stdout.write(f"{len(told)} drills spoken, {size / 1e6:.2f} MB; {len(unspoken)} not yet\n")
    return 1 if unspoken else 0


if __name__ == "__main__":
    sys.exit(main())
