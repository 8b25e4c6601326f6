"""Elusion beside the alert rate, round by round; geometry only, drawn by the templates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.elusion import Bound
from surveillance.sampling.selectors import RoundRow

WIDTH, HEIGHT = 600, 200  # units of the drawing, not pixels
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 26
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One round: where its estimate, its interval and the alert rate of the same span lie."""

    round: RoundRow
    bound: Bound
    x: float
    y: float
    top: float
    bottom: float
    alert_y: float
    labelled: bool

    @property
    def alert_left(self) -> float:
        return self.x - 4

    @property
    def rail_left(self) -> float:
        return self.x - 5

    @property
    def rail_right(self) -> float:
        return self.x + 5


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The rounds in the order they were drawn, and the lines of the scale with their names."""

    points: Sequence[Point]
    grid: Sequence[tuple[str, float]]
    alert_path: str


def chart(rounds: Sequence[RoundRow]) -> Chart | None:
    """The rounds of which something was heard, oldest first; None where there is none."""
    shown = [(row, row.bound) for row in reversed(rounds) if row.bound is not None]
    if not shown:
        return None
    most = max(max(told.high, row.alert_rate) for row, told in shown)
    step = next((step for step in STEPS if most / step <= 5), 0.5)
    top = min(1.0, math.ceil(most / step - 1e-9) * step)

    def y_of(share: float) -> float:
        return round(TOP + (1 - min(share, top) / top) * (HEIGHT - TOP - BOTTOM), 1)

    room = (WIDTH - LEFT - RIGHT) / len(shown)
    every = -(-len(shown) // 8)
    points = [
        Point(
            round=row,
            bound=told,
            x=round(LEFT + room * (nth + 0.5), 1),
            y=y_of(told.estimate),
            top=y_of(told.high),
            bottom=y_of(told.low),
            alert_y=y_of(row.alert_rate),
            labelled=(len(shown) - 1 - nth) % every == 0,
        )
        for nth, (row, told) in enumerate(shown)
    ]
    lines = round(top / step)
    return Chart(
        points=points,
        grid=[(f"{100 * step * nth:g} %", y_of(step * nth)) for nth in range(lines + 1)],
        alert_path=" ".join(f"{'L' if nth else 'M'}{one.x} {one.alert_y}" for nth, one in enumerate(points)),
    )
