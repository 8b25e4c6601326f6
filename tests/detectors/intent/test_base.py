"""The packaged encoder that training begins with is there on a fresh machine, and is the one that was tested."""

from __future__ import annotations

import hashlib

import pytest

from detectors.intent import base
from detectors.speech.weights import WeightsUnusable


def test_the_packaged_encoder_is_the_one_that_is_pinned() -> None:
    files = base.base_files()
    assert {name: hashlib.sha256(held).hexdigest() for name, held in files.items()} == base.PINNED
    shapes = {name: value.shape for name, value in base.tensors(files["model.safetensors"]).items()}
    assert shapes["embeddings.word_embeddings.weight"] == (30522, 384)
    assert sum(name.endswith("intermediate.dense.weight") for name in shapes) == 6


def test_another_encoder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PINNED", base.PINNED | {"tokenizer.json": "0" * 64})
    with pytest.raises(WeightsUnusable, match="not the file that was tested"):
        base.base_files()
