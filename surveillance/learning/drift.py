"""How far one distribution lies from another: population stability index and Kolmogorov–Smirnov distance.

PSI = Σ (p − q) ln(p / q). From 0.1 on a population is said to have shifted, from 0.25 on markedly (Siddiqi, Credit
Risk Scorecards, 2006). Under no shift PSI × 1 / (1/n + 1/m) follows χ² with k − 1 degrees of freedom (Yurdakul and
Naranjo, Journal of Risk Model Validation 14, 2020): with few calls PSI is high by chance alone, so a reading also
says what chance reaches in one week of twenty, and only what lies above both raises an incident.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

SHIFTED: Final = 0.1
MARKED: Final = 0.25
_LEAST: Final = 0.5  # a bin nobody fell into counts as half a call: PSI has no logarithm of nought
_Z95: Final = 1.644854
REST: Final = "(rest)"
BANDS: Final = (15, 30, 60, 120, 300, 600, 1800)
SCORES: Final = tuple(nth / 10 for nth in range(1, 10))


def psi(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """The index between two counts by bin; 0 where either is empty."""
    bins = sorted(before.keys() | after.keys())
    if not sum(before.values()) or not sum(after.values()):
        return 0.0
    p, q = _shares(before, bins), _shares(after, bins)
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def chance(bins: int, n: int, m: int) -> float:
    """The index that chance alone exceeds in one week of twenty, with `n` and `m` independent draws over so many bins.

    Of words count the calls, not the words: those of one call are not drawn apart.
    """
    free = bins - 1
    if free < 1 or not n or not m:
        return 0.0
    # Wilson and Hilferty: the cube root of χ² / k is nearly normal.
    quantile = free * (1 - 2 / (9 * free) + _Z95 * math.sqrt(2 / (9 * free))) ** 3
    return quantile * (1 / n + 1 / m)


def ks(before: Mapping[str, int], after: Mapping[str, int], order: Sequence[str]) -> float:
    """The greatest distance between the two cumulated shares, over ordered bins."""
    n, m = sum(before.values()), sum(after.values())
    if not n or not m:
        return 0.0
    first = second = greatest = 0.0
    for name in order:
        first += before.get(name, 0) / n
        second += after.get(name, 0) / m
        greatest = max(greatest, abs(first - second))
    return greatest


def crossed(index: float, by_chance: float) -> str:
    """ "marked", "shifted" or "" by the usual thresholds, and only above what chance reaches."""
    if index <= by_chance:
        return ""
    return "marked" if index >= MARKED else "shifted" if index >= SHIFTED else ""


def band(value: float, edges: Sequence[float] = BANDS) -> str:
    """The bin of a figure, named by its lower edge so that names sort by their number."""
    below = [edge for edge in edges if edge <= value]
    return f"{len(below):02d}: from {below[-1]:g}" if below else f"00: under {edges[0]:g}"


def bands(edges: Sequence[float]) -> list[str]:
    """The names of all bins, in order."""
    return [
        f"00: under {edges[0]:g}",
        *(f"{nth:02d}: from {edge:g}" for nth, edge in enumerate(edges, start=1)),
    ]


def vocabulary(
    lines: Iterable[str], *, known: Sequence[str] | None = None, most: int = 200
) -> dict[str, int]:
    """How often the known words are said, and all others together; without any known, the most frequent ones."""
    counts = Counter(word for line in lines for word in line.split() if word.isalpha())
    kept = list(known) if known is not None else [word for word, _ in counts.most_common(most)]
    told = {word: counts.get(word, 0) for word in kept}
    return told | {REST: sum(counts.values()) - sum(told.values())}


def _shares(counts: Mapping[str, int], bins: Sequence[str]) -> list[float]:
    held = [max(_LEAST, counts.get(name, 0)) for name in bins]
    total = sum(held)
    return [count / total for count in held]
