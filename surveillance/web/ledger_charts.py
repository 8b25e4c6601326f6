"""Acts day by day, and who heard which stretch of a call; geometry only, drawn by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.review.selectors import Heard

WIDTH, HEIGHT, BOTTOM = 600, 120, 22  # units of the drawing, not pixels


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day: its bar."""

    day: date
    many: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def days(acts: Sequence[tuple[date, int]], *, last: date, many: int = 30) -> list[Day]:
    """The `many` days up to `last`, those without an act too."""
    told = dict(acts)
    top = max(told.values(), default=0) or 1
    room = WIDTH / many
    floor = HEIGHT - BOTTOM
    made = []
    for nth in range(many):
        day = last - timedelta(days=many - 1 - nth)
        height = round((floor - 8) * told.get(day, 0) / top, 1)
        made.append(
            Day(
                day=day,
                many=told.get(day, 0),
                x=round(room * nth + 2, 1),
                y=round(floor - height, 1),
                width=round(room - 4, 1),
                height=height,
                labelled=(many - 1 - nth) % 7 == 0,
            )
        )
    return made


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One listener: what they heard, as per cent of the call."""

    heard: Heard
    bars: tuple[tuple[float, float], ...]


def lanes(listeners: Sequence[Heard], *, duration: float) -> list[Lane]:
    """A lane for each listener of a call of `duration` seconds."""
    scale = 100 / max(duration, 0.1)
    return [
        Lane(
            heard=one,
            bars=tuple(
                (round(part.start * scale, 2), max(round(part.length * scale, 2), 0.4))
                for part in one.stretches
            ),
        )
        for one in listeners
    ]
