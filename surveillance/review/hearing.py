"""How much of a recording has been heard: stretches of seconds, laid together so that nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# The player offers double speed; what arrives faster than this was never heard by anyone.
FASTEST = 3.0
# Stretches this close are one: a player reports in beats, and its clock has grains of a quarter second.
GRAIN = 0.3


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From `start` to `end`, seconds into the recording."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The union of the stretches, in order."""
    union: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda one: (one.start, one.end)):
        if union and stretch.start <= union[-1].end + GRAIN:
            union[-1] = Stretch(start=union[-1].start, end=max(union[-1].end, stretch.end))
        else:
            union.append(stretch)
    return union


def seconds(stretches: Iterable[Stretch]) -> float:
    """Seconds covered by the stretches, each counted once."""
    return sum(stretch.length for stretch in joined(stretches))


def possible(stretch: Stretch, *, duration: float, waited: float) -> bool:
    """Can it have sounded: inside a recording of `duration` seconds, in `waited` seconds of the wall clock?"""
    inside = -GRAIN <= stretch.start < stretch.end <= duration + GRAIN
    return inside and stretch.length <= waited * FASTEST + GRAIN
