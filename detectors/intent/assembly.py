"""The reader's encoder: the packaged one with what training changed, laid out once as a graph, in a cache."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.intent.base import base_weights
from detectors.intent.eight_bits import changed
from detectors.speech.weights import WeightsUnusable

HOME: Final = Path(__file__).parent / "weights"
# SHA-256 of the files in HOME as they were trained and measured (MODEL_CARD.md).
PINS: Final = HOME / "SHA256SUMS"
# Grows whenever graph.py lays the same weights out in another way.
_LAYOUT: Final = 2


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """Where the encoder lies as a graph, and the hash of all that went into it."""

    model: Path
    sha256: str


def assembled(cache: Path, home: Path = HOME) -> Assembled:
    """The encoder in `cache`, laid out there at first need (about fifteen seconds).

    Raises:
        WeightsUnusable: the weights in `home`, or the packages they build on, are missing or are others than were
            measured.
    """
    digest = _checked(home)
    folder = cache / "weights" / f"reader-{digest[:12]}-{_LAYOUT}"
    made = Assembled(model=folder / "encoder.onnx", sha256=digest)
    if not made.model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _lay_out(made, home)
    return made


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


def _lay_out(made: Assembled, home: Path) -> None:
    from detectors.intent import graph  # onnx: half a second, and only here

    with np.load(home / "reader.npz") as kept, tempfile.TemporaryDirectory(dir=made.model.parent) as folder:
        graph.write(changed(base_weights(), kept), _reaches(kept), Path(folder) / made.model.name)
        shutil.move(Path(folder) / made.model.name, made.model)


def _reaches(kept: Mapping[str, NDArray[np.float16]]) -> dict[str, NDArray[np.float32]]:
    return {
        name.removesuffix(".reach"): kept[name].astype(np.float32) for name in kept if name.endswith(".reach")
    }
