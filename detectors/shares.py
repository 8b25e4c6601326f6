"""Shares and scores with their intervals: figures that say how much they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

# The normal quantile that leaves 2.5 % on each side.
_Z95: Final = 1.959964


@dataclass(frozen=True, kw_only=True)
class Share:
    """`count` of `total` with its 95 % interval (Wilson 1927: honest at small totals and near 0 and 1)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return 0.0, 1.0
        n, z = self.total, _Z95
        middle = (self.value + z * z / (2 * n)) / (1 + z * z / n)
        spread = z / (1 + z * z / n) * math.sqrt(self.value * (1 - self.value) / n + z * z / (4 * n * n))
        return max(0.0, middle - spread), min(1.0, middle + spread)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.count}/{self.total} = {self.value:.0%} ({low:.0%}–{high:.0%})"


@dataclass(frozen=True, kw_only=True)
class Score:
    """What was found of what there is: right, wrong and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> Share:
        return Share(count=self.right, total=self.right + self.wrong)

    @property
    def recall(self) -> Share:
        return Share(count=self.right, total=self.right + self.missed)

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 0.0
