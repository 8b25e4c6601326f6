"""Where the nodes of a network are drawn: what is tied stands near, and the same network looks the same each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

ROUNDS = 120


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


def laid_out(
    names: Sequence[str], ties: Sequence[tuple[str, str, float]], *, width: int, height: int, margin: int
) -> dict[str, Point]:
    """Places by springs and repulsion (Fruchterman and Reingold 1991), begun on a circle by name: no chance in it."""
    return dict(_laid_out(tuple(names), tuple(ties), width, height, margin))


@lru_cache(maxsize=64)
def _laid_out(
    names: tuple[str, ...], ties: tuple[tuple[str, str, float], ...], width: int, height: int, margin: int
) -> tuple[tuple[str, Point], ...]:
    order = sorted(names)
    at = {
        name: [math.cos(2 * math.pi * nth / len(order)), math.sin(2 * math.pi * nth / len(order))]
        for nth, name in enumerate(order)
    }
    ideal = 1.6 / math.sqrt(max(1, len(order)))
    for step in range(ROUNDS if len(order) > 2 else 0):
        _moved(order, ties, at, ideal, heat=0.25 * (1 - step / ROUNDS))
    return tuple((name, point) for name, point in _fitted(order, at, width, height, margin).items())


def _moved(
    order: list[str],
    ties: tuple[tuple[str, str, float], ...],
    at: dict[str, list[float]],
    ideal: float,
    *,
    heat: float,
) -> None:
    pushed = {name: [0.0, 0.0] for name in order}
    for nth, one in enumerate(order):
        for other in order[nth + 1 :]:
            _pull(pushed, at, one, other, lambda far: -(ideal**2) / far)
    for one, other, weight in ties:
        if one != other:
            strength = 1 + math.log1p(weight) / 2
            _pull(pushed, at, one, other, lambda far, s=strength: s * far**2 / ideal)
    for name in order:
        x, y = pushed[name][0] - at[name][0] * 0.4, pushed[name][1] - at[name][1] * 0.4
        far = math.hypot(x, y) or 1.0
        at[name][0] += x / far * min(far, heat)
        at[name][1] += y / far * min(far, heat)


def _pull(pushed, at, one, other, force) -> None:  # type: ignore[no-untyped-def]
    x, y = at[other][0] - at[one][0], at[other][1] - at[one][1]
    far = max(math.hypot(x, y), 0.01)
    by = force(far)
    pushed[one][0] += x / far * by
    pushed[one][1] += y / far * by
    pushed[other][0] -= x / far * by
    pushed[other][1] -= y / far * by


def _fitted(
    order: list[str], at: dict[str, list[float]], width: int, height: int, margin: int
) -> dict[str, Point]:
    """Stretched to fill the picture; a single row or column stands in the middle."""
    xs, ys = [at[name][0] for name in order], [at[name][1] for name in order]
    return {
        name: Point(
            _scaled(at[name][0], min(xs), max(xs), margin, width - margin),
            _scaled(at[name][1], min(ys), max(ys), margin / 2, height - margin),
        )
        for name in order
    }


def _scaled(value: float, least: float, most: float, low: float, high: float) -> float:
    if most - least < 1e-6:
        return round((low + high) / 2, 1)
    return round(low + (value - least) / (most - least) * (high - low), 1)
