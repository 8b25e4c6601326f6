"""Recall as pictures: bars with their intervals, and recall over the days; geometry only, drawn by the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from detectors.shares import Share

WIDTH, HEIGHT = 600, 180  # units of the drawing, not pixels
LEFT, RIGHT, TOP, BOTTOM = 40, 28, 12, 26
MOST_LABELS = 6


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One slice: of a hundred units, where the point and its interval lie."""

    name: str
    label: str
    share: Share
    value: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, kw_only=True)
class Point:
    """One day on the timeline, in units of the drawing."""

    day: date
    share: Share
    x: float
    y: float
    top: float
    bottom: float
    labelled: bool


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Recall over the days, with a line through the points."""

    points: Sequence[Point]
    path: str
    grid: Sequence[tuple[int, float]]
    right: float = WIDTH - RIGHT


def bars(shares: Mapping[str, Share], names: Mapping[str, str]) -> list[Bar]:
    """The slices, worst first."""
    made = [
        Bar(
            name=name,
            label=names.get(name, name),
            share=share,
            value=round(share.value * 100, 1),
            low=round(share.interval[0] * 100, 1),
            high=round(share.interval[1] * 100, 1),
        )
        for name, share in shares.items()
    ]
    return sorted(made, key=lambda bar: (bar.value, bar.label))


def timeline(days: Sequence[tuple[date, Share]]) -> Timeline | None:
    """Recall of each day's runs; None where there are none."""
    if not days:
        return None
    first, last = days[0][0], days[-1][0]
    span = max((last - first).days, 1)
    every = max(1, -(-len(days) // MOST_LABELS))

    def x_of(day: date) -> float:
        inner = WIDTH - LEFT - RIGHT
        return round(LEFT + (inner / 2 if first == last else (day - first).days / span * inner), 1)

    points = [
        Point(
            day=day,
            share=share,
            x=x_of(day),
            y=_y(share.value),
            top=_y(share.interval[1]),
            bottom=_y(share.interval[0]),
            labelled=number % every == 0,
        )
        for number, (day, share) in enumerate(days)
    ]
    path = " ".join(f"{'M' if not number else 'L'}{point.x} {point.y}" for number, point in enumerate(points))
    return Timeline(
        points=points, path=path, grid=[(level, _y(level / 100)) for level in (0, 25, 50, 75, 100)]
    )


def _y(value: float) -> float:
    return round(TOP + (1 - value) * (HEIGHT - TOP - BOTTOM), 1)
