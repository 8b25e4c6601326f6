"""How long a decision takes here: from the first press of play to the decision, as people really worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from surveillance.review.models import Disposition, Play

# Until enough decisions were timed here. A default to reckon with, not a finding: four minutes an alert.
DEFAULT_SECONDS = 240.0
FEWEST = 20
_NEWEST = 500
# Whoever pressed play longer ago than this went to lunch in between.
_ONE_SITTING = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds a decision takes: the median of the timed ones, or the default while they are too few."""

    seconds: float
    timed: int

    @property
    def measured(self) -> bool:
        return self.timed >= FEWEST

    def hours(self, alerts: float) -> float:
        """Hours for so many alerts."""
        return alerts * self.seconds / 3600


def pace() -> Pace:
    """The pace of this installation's newest decisions; names nobody, so it asks for no scope."""
    taken = [seconds for row in Disposition.objects.order_by("-pk")[:_NEWEST] if (seconds := _taken(row))]
    if len(taken) < FEWEST:
        return Pace(seconds=DEFAULT_SECONDS, timed=len(taken))
    return Pace(seconds=median(taken), timed=len(taken))


def _taken(row: Disposition) -> float | None:
    """Seconds from the first play of one sitting to the decision; None where nothing was played."""
    first = (
        Play.objects.filter(
            recording=row.alert.recording_id,
            listener=row.reviewer_name,
            at__lt=row.at,
            at__gte=row.at - _ONE_SITTING,
        )
        .order_by("at")
        .values_list("at", flat=True)
        .first()
    )
    return (row.at - first).total_seconds() if first else None
