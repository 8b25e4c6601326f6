"""Is a feed silent beyond its own rhythm? Held against the same hours of the weeks before, so nights are no fault."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

WEEKS = 8  # looked back upon
KNOWN_WEEKS = 3  # of history, from which on a feed has a weekly rhythm
SHORTEST = timedelta(hours=2)  # silences below this are never worth waking someone
GRACE = timedelta(hours=2)  # by which a working day may begin later than in other weeks
YOUNG_FEED = timedelta(days=1)  # how long a feed without a rhythm yet may be silent
FEWEST = 5  # deliveries before a feed is missed at all


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A feed that should have delivered: since when, and how many of the weeks before did in the same hours."""

    since: datetime
    weeks_that_delivered: int
    weeks_compared: int


def silence(deliveries: Sequence[datetime], moment: datetime) -> Silence | None:
    """The silence of a feed that delivered at these moments (ascending), where it is longer than it ever should be.

    The window from the last delivery until now is laid over the same hours of the weeks before. Where every one
    of them brought something, this silence is none of the feed's own: a weekend or a night was as quiet then.
    FCA Market Watch 79: a feed that was never activated went unnoticed for more than three years.
    """
    if len(deliveries) < FEWEST:
        return None
    last, first = deliveries[-1], deliveries[0]
    quiet = moment - last
    if quiet < SHORTEST:
        return None
    weeks = min(WEEKS, (last - first) // timedelta(weeks=1))
    if weeks < KNOWN_WEEKS:
        return _young(deliveries, moment)
    if quiet >= timedelta(weeks=1):
        return Silence(since=last, weeks_that_delivered=weeks, weeks_compared=weeks)
    brought = sum(
        _any(deliveries, last - timedelta(weeks=week), moment - timedelta(weeks=week) - GRACE)
        for week in range(1, weeks + 1)
    )
    return (
        Silence(since=last, weeks_that_delivered=brought, weeks_compared=weeks) if brought == weeks else None
    )


def _young(deliveries: Sequence[datetime], moment: datetime) -> Silence | None:
    """Of a feed without a rhythm yet: silent for a day, and three times as long as ever before."""
    gaps = [later - earlier for earlier, later in pairwise(deliveries)]
    last = deliveries[-1]
    if moment - last > max(YOUNG_FEED, 3 * max(gaps)):
        return Silence(since=last, weeks_that_delivered=0, weeks_compared=0)
    return None


def _any(deliveries: Sequence[datetime], after: datetime, until: datetime) -> bool:
    """Did anything arrive after `after` and not after `until`?"""
    place = bisect_left(deliveries, after + timedelta(microseconds=1))
    return place < len(deliveries) and deliveries[place] <= until
