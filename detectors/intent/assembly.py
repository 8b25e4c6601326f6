"""The reader's encoder: kept in eight bits a weight, laid out once as a graph, in a cache."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.speech.weights import WeightsUnusable

HOME: Final = Path(__file__).parent / "weights"
# SHA-256 of the files in HOME as they were trained and measured (MODEL_CARD.md).
PINS: Final = HOME / "SHA256SUMS"

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """Where the encoder and its tokenizer lie, and the hash of all that went into them."""

    model: Path
    tokenizer: Path
    sha256: str


def assembled(cache: Path, home: Path = HOME) -> Encoder:
    """The encoder in `cache`, laid out there at first need (about two seconds).

    Raises:
        WeightsUnusable: the weights in `home` are missing, or not those that were measured.
    """
    digest = _checked(home)
    folder = cache / "weights" / f"reader-{digest[:12]}"
    made = Encoder(model=folder / "encoder.onnx", tokenizer=home / "tokenizer.json", sha256=digest)
    if not made.model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _lay_out(made, home)
    return made


def packed(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """Weights in steps of eight bits, each row with a step size of its own; small ones as they are."""
    made: dict[str, NDArray[Any]] = {}
    for name, values in weights.items():
        if values.ndim < 2:
            made[f"{name}.as_is"] = values.astype(np.float32)
            continue
        size = np.abs(values).max(axis=-1, keepdims=True) / 127 + 1e-12
        made[f"{name}.steps"] = np.round(values / size).astype(np.int8)
        made[f"{name}.size"] = size.astype(np.float32)
    return made


def unpacked(kept: Mapping[str, NDArray[Any]]) -> Weights:
    """What `packed` kept."""
    weights: Weights = {}
    for name in kept:
        if name.endswith(".as_is"):
            weights[name.removesuffix(".as_is")] = kept[name]
        elif name.endswith(".steps"):
            bare = name.removesuffix(".steps")
            weights[bare] = kept[name].astype(np.float32) * kept[f"{bare}.size"]
    return weights


def pin(home: Path) -> None:
    """Write the hashes of the files in a folder of weights, as `sha256sum` does."""
    names = sorted(path.name for path in home.iterdir() if path.name != PINS.name)
    lines = (f"{hashlib.sha256((home / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (home / PINS.name).write_text("".join(lines), encoding="ascii")


def _checked(home: Path) -> str:
    """The hash over all pins, once every file was held against its own."""
    try:
        pins = (home / PINS.name).read_text(encoding="ascii")
        for line in pins.splitlines():
            pinned, name = line.split()
            if hashlib.sha256((home / name).read_bytes()).hexdigest() != pinned:
                raise WeightsUnusable(
                    f"The reader's {name} is not the file that was measured.",
                    "Restore detectors/intent/weights from the repository; do not change the pin to pass.",
                )
    except OSError as fault:
        raise WeightsUnusable(
            f"The reader's weights are missing: {fault}",
            "Restore detectors/intent/weights from the repository.",
        ) from fault
    return hashlib.sha256(pins.encode()).hexdigest()


def _lay_out(made: Encoder, home: Path) -> None:
    from detectors.intent import graph  # onnx: half a second, and only here

    with np.load(home / "reader.npz") as kept, tempfile.TemporaryDirectory(dir=made.model.parent) as folder:
        graph.write(unpacked(kept), Path(folder) / made.model.name)
        shutil.move(Path(folder) / made.model.name, made.model)
