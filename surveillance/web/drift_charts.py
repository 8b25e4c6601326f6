"""Drift week by week, one small picture a feature; geometry only, drawn by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveillance.learning.drift import MARKED, SHIFTED
from surveillance.learning.selectors import FeatureDrift, WeekRow

WIDTH, HEIGHT = 300, 96  # units of the drawing, not pixels
LEFT, RIGHT, TOP, BOTTOM = 30, 8, 8, 18


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One week."""

    row: WeekRow
    x: float
    width: float
    y: float
    height: float
    chance_y: float
    labelled: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One feature: bars by week, and the two thresholds where they fit."""

    feature: str
    title: str
    bars: Sequence[Bar]
    thresholds: Sequence[tuple[str, float]]

    @property
    def newest(self) -> WeekRow:
        return self.bars[-1].row


def charts(drifts: Sequence[FeatureDrift]) -> list[Chart]:
    """A chart for every feature that was read."""
    return [_chart(one) for one in drifts if one.weeks]


def _chart(one: FeatureDrift) -> Chart:
    top = max(MARKED * 1.2, *(max(week.psi, week.chance) for week in one.weeks))
    floor = HEIGHT - BOTTOM

    def y_of(value: float) -> float:
        return round(TOP + (1 - value / top) * (floor - TOP), 1)

    room = (WIDTH - LEFT - RIGHT) / max(len(one.weeks), 6)
    width = round(min(room * 0.7, 22), 1)
    every = -(-len(one.weeks) // 4)
    bars = [
        Bar(
            row=week,
            x=round(LEFT + room * nth + (room - width) / 2, 1),
            width=width,
            y=y_of(week.psi),
            height=round(floor - y_of(week.psi), 1),
            chance_y=y_of(week.chance),
            labelled=(len(one.weeks) - 1 - nth) % every == 0,
        )
        for nth, week in enumerate(one.weeks)
    ]
    return Chart(
        feature=one.feature,
        title=one.title,
        bars=bars,
        thresholds=[(f"{value:g}", y_of(value)) for value in (SHIFTED, MARKED)],
    )
