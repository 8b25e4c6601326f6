"""Weights in few bits: eight a weight for what stands alone, two a weight for how training changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]
# The four steps that lose least of values spread as a bell curve, and where they meet, in spreads (Lloyd 1982,
# Max 1960): a change is a small thing beside what it changes, and a coarse one does.
_STEPS: Final = np.array([-1.510, -0.4528, 0.4528, 1.510], np.float32)
_SEAMS: Final = np.array([-0.9816, 0.0, 0.9816], np.float32)
# Arrays of fewer values are kept as they are.
_SMALL: Final = 1 << 16


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


def changes(base: Mapping[str, NDArray[np.float32]], trained: Weights) -> dict[str, NDArray[Any]]:
    """How training changed the weights of a base: two bits a weight, and a step size for each row."""
    made: dict[str, NDArray[Any]] = {}
    for name, values in trained.items():
        if values.size < _SMALL or values.ndim < 2:
            made[f"{name}.as_is"] = values.astype(np.float32)
            continue
        change = values - base[name]
        if not change.any():
            continue
        spread = np.sqrt((change**2).mean(axis=-1, keepdims=True)) + 1e-12
        codes = np.searchsorted(_SEAMS, change / spread).astype(np.uint8)
        steps = _STEPS[codes]
        size = (change * steps).sum(-1, keepdims=True) / (steps**2).sum(-1, keepdims=True)
        rows = codes.reshape(-1, 4)
        made[f"{name}.change"] = rows[:, 0] | rows[:, 1] << 2 | rows[:, 2] << 4 | rows[:, 3] << 6
        made[f"{name}.size"] = size.astype(np.float16)
    return made


def changed(base: Mapping[str, NDArray[np.float32]], kept: Mapping[str, NDArray[Any]]) -> Weights:
    """A base with the changes that `changes` kept."""
    weights = dict(base)
    for name in kept:
        bare, _, kind = name.rpartition(".")
        if kind == "as_is":
            weights[bare] = kept[name]
        elif kind == "change":
            codes = (kept[name][:, None] >> np.array([0, 2, 4, 6], np.uint8)) & 3
            steps = _STEPS[codes.reshape(base[bare].shape)]
            weights[bare] = base[bare] + steps * kept[f"{bare}.size"].astype(np.float32)
    return weights
