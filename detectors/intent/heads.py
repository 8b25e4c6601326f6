"""The head for the ten intents: logistic regressions over the vectors of the encoder's middle layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from detectors.intent.examples import part_of
from detectors.intent.lines import INTENTS, Said

Floats = NDArray[np.float32]
Both = Callable[[Sequence[tuple[str, str]]], tuple[NDArray[Any], NDArray[Any]]]
_STRENGTH: Final = 0.03
_ROUNDS: Final = 300


def intent_lines(corpus: Sequence[Said], part: str) -> tuple[list[str], Floats]:
    """Single lines of one part of the corpus, and which of the ten intents each has (n × 10, 0 or 1).

    A line of the complaint unit that voices one has that intent; its innocent ones have none of the ten for sure,
    but for `complaint`, so other units' lines are taken only where their scene names intents or is everyday talk.
    """
    texts: list[str] = []
    told: list[list[float]] = []
    for said in corpus:
        if len(said.turns) > 1 or part_of(said) != part:
            continue
        if said.scene.category == "everyday":
            names = set(said.scene.intents)
        elif said.scene.category == "complaint":
            names = {"complaint"} if said.violating else set()
        else:
            continue
        texts.append(said.turns[0][1])
        told.append([float(name in names) for name in INTENTS])
    return texts, np.array(told, np.float32)


def fitted_intents(corpus: Sequence[Said], both: Both) -> dict[str, NDArray[Any]]:
    """Names, weights (10 × size) and biases of the head, fitted on the training families."""
    texts, told = intent_lines(corpus, "training")
    _, given = both([("", text) for text in texts])
    mean, spread = given.mean(0), given.std(0) + 1e-6
    heads = [
        LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS).fit((given - mean) / spread, told[:, nth])
        for nth in range(len(INTENTS))
    ]
    weight = np.array([head.coef_[0] for head in heads], np.float32) / spread
    bias = np.array([head.intercept_[0] for head in heads], np.float32) - weight @ mean
    return {"names": np.array(INTENTS), "weight": weight, "bias": bias}
