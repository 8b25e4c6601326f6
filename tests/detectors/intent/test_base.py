"""The packaged encoder is there on a fresh machine, is the one that was tested, and its graph reads as torch does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.intent import base
from detectors.speech.weights import WeightsUnusable


@pytest.fixture(scope="module")
def weights() -> base.Weights:
    return base.base_weights()


def test_the_packaged_encoder_is_the_one_that_is_pinned(weights: base.Weights) -> None:
    assert weights["embeddings.word_embeddings.weight"].shape == (30527, 768)
    assert sum(name.endswith("intermediate.dense.weight") for name in weights) == 12


def test_another_encoder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PINNED", base.PINNED | {"tokenizer.json": "0" * 64})
    with pytest.raises(WeightsUnusable, match="not the file that was tested"):
        base.base_tokenizer()


def test_a_broken_archive_is_refused_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PACKAGES", base.PACKAGES[:4])
    with pytest.raises(WeightsUnusable, match=r"Install requirements/base\.txt again"):
        base.base_tokenizer()


def test_a_copy_in_eight_bits_is_what_the_packages_give(weights: base.Weights, tmp_path: Path) -> None:
    assert base.main([str(tmp_path)]) == 0
    again = base.base_weights(tmp_path)
    assert again.keys() == weights.keys()
    assert all(np.array_equal(again[name], weights[name]) for name in weights)
    assert base.base_tokenizer(tmp_path) == base.base_tokenizer()


def test_the_graph_in_eight_bits_reads_as_the_network_in_torch(weights: base.Weights, tmp_path: Path) -> None:
    from detectors.intent import graph
    from detectors.intent.encoder import Encoder
    from detectors.intent.lines import read
    from detectors.intent.training import Network, Texts, embedded, reaches

    corpus = [said for said in read()[0] if len(said.turns) == 1][::199]
    network, texts = Network(weights).eval(), Texts(base.base_tokenizer())
    reach = reaches(network, texts, corpus)
    graph.write(
        weights, {name.removesuffix(".reach"): ends for name, ends in reach.items()}, tmp_path / "it.onnx"
    )
    lines = [("", said.text) for said in corpus[:60]]
    exact = embedded(network, texts, lines)
    coarse = Encoder(tmp_path / "it.onnx", base.base_tokenizer(), threads=2).vectors(lines)
    cosines = (exact * coarse).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(coarse, axis=1)
    assert cosines.mean() > 0.98
    assert cosines.min() > 0.95
