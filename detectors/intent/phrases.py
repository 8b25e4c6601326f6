"""Which words and short phrases go with a risk: a linear head that remembers wording where the encoder hears sense."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 3
_WORD = re.compile(r"[a-z0-9']+")

Floats = NDArray[np.float32]


def phrases_of(text: str) -> Counter[str]:
    """The words of a text and the phrases of two and three of them, with how often each stands there."""
    words = _WORD.findall(text.lower())
    return Counter(
        " ".join(words[start : start + length])
        for length in range(1, LONGEST + 1)
        for start in range(len(words) - length + 1)
    )


class Phrases:
    """The trained head: text → logits of (no risk, and the eleven)."""

    def __init__(self, kept: Path) -> None:
        with np.load(kept) as trained:
            names = str(trained["phrases"]).split("\n")
            self._places = {name: nth for nth, name in enumerate(names)}
            self._rarity = trained["rarity"].astype(np.float32)
            self._weight = trained["weight"].astype(np.float32)
            self._bias = trained["bias"].astype(np.float32)

    def logits(self, texts: Sequence[str]) -> Floats:
        """n texts → n × 12."""
        return np.stack([self._logits(text) for text in texts])

    def _logits(self, text: str) -> Floats:
        known = [(self._places[p], 1 + math.log(n)) for p, n in phrases_of(text).items() if p in self._places]
        if not known:
            return np.asarray(self._bias, np.float32)
        places = [place for place, _ in known]
        weighed = np.array([times for _, times in known], np.float32) * self._rarity[places]
        weighed /= np.linalg.norm(weighed)
        return np.asarray(weighed @ self._weight[places] + self._bias, np.float32)


def packed(names: Sequence[str], rarity: Floats, weight: Floats, bias: Floats) -> dict[str, NDArray[Any]]:
    """As `Phrases` reads it: names in one text, weights (phrases × 12) in half precision."""
    return {
        "phrases": np.array("\n".join(names)),
        "rarity": rarity.astype(np.float16),
        "weight": weight.astype(np.float16),
        "bias": bias.astype(np.float32),
    }
