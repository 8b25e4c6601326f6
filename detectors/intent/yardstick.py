"""The yardstick beside the reader: the same corpus learned by a linear head on the frozen, packaged encoder."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from detectors.intent import graph
from detectors.intent.base import base_tokenizer, base_weights
from detectors.intent.encoder import Encoder
from detectors.intent.examples import examples, part_of
from detectors.intent.lines import Said
from detectors.intent.training import Network, Texts, reaches
from policies.schema import CATEGORIES
from search.transcript import Transcript

# Of the tempting innocent lines where its threshold is set, as many may be flagged as by our own (fitting.py).
TEMPTING: Final = 0.06
# It learns from so many lines, chosen by their hash: more bring a linear head nothing.
LEARNED: Final = 20_000
_STEPS: Final = 300
_RATE: Final = 0.02
_DECAY: Final = 3e-3


class Frozen:
    """What a linear head on frozen sentence vectors flags: one category at most, from a threshold on."""

    def __init__(self, corpus: Sequence[Said]) -> None:
        self._encoder = _packaged(corpus)
        lines = [said for said in corpus if part_of(said) == "training" and len(said.turns) == 1]
        learned = examples(sorted(lines, key=_lot)[:LEARNED])
        given = self._vectors([example.text for example in learned])
        self._mean, self._spread = given.mean(0), given.std(0) + 1e-6
        self._weight = _head(
            (given - self._mean) / self._spread,
            np.array([example.target() for example in learned], np.float32),
        )
        clean = [
            said.text
            for said in corpus
            if part_of(said) == "fitting" and said.kind == "tempting" and len(said.turns) == 1
        ]
        risks = np.sort(1 - self._chances(clean)[:, 0])
        self._threshold = float(risks[int((1 - TEMPTING) * len(risks))])

    def __call__(self, transcript: Transcript) -> frozenset[str]:
        """The category of the likeliest turn, if any reaches the threshold."""
        chances = self._chances([turn.text for turn in transcript.turns if turn.words])
        hottest = chances[np.argmin(chances[:, 0])]
        if 1 - hottest[0] < self._threshold:
            return frozenset()
        return frozenset({tuple(CATEGORIES)[int(np.argmax(hottest[1:]))]})

    def _chances(self, texts: Sequence[str]) -> NDArray[Any]:
        given = (self._vectors(texts) - self._mean) / self._spread
        logits = np.hstack([given, np.ones((len(given), 1), np.float32)]) @ self._weight.T
        grown = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(grown / grown.sum(1, keepdims=True))

    def _vectors(self, texts: Sequence[str]) -> NDArray[Any]:
        return self._encoder.vectors([("", text) for text in texts])


def _packaged(corpus: Sequence[Said]) -> Encoder:
    """The encoder as it is packaged, laid out as the reader's is."""
    base, tokenizer = base_weights(), base_tokenizer()
    reach = reaches(Network(base).eval(), Texts(tokenizer), corpus)
    bare = {name.removesuffix(".reach"): ends for name, ends in reach.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packaged.onnx"
        graph.write(base, bare, path)
        return Encoder(path, tokenizer, threads=2)


def _lot(said: Said) -> str:
    return hashlib.sha256(said.text.encode()).hexdigest()


def _head(given: NDArray[Any], told: NDArray[Any]) -> NDArray[Any]:
    rows = torch.from_numpy(np.hstack([given, np.ones((len(given), 1), np.float32)]))
    wanted = torch.from_numpy(told)
    weight = torch.zeros((told.shape[1], rows.shape[1]), requires_grad=True)
    optimiser = torch.optim.Adam([weight], lr=_RATE)
    for _ in range(_STEPS):
        loss = -(wanted * torch.log_softmax(rows @ weight.T, -1)).sum(1).mean() + _DECAY * (weight**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return weight.detach().numpy()
