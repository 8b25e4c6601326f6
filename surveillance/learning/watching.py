"""The drift watch: a baseline people set, weeks read against it, an incident where one lies too far."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.assurance.services import raise_incident
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.learning.models import Baseline, Reading
from surveillance.learning.readings import FEATURES, FEWEST, Distance, distances, known_words, taken

ACTOR = "program:learning"
DRIFT = "drift"
WEEK = timedelta(days=7)
# Weeks read anew each time: late screenings still belong to them.
LAST_WEEKS = 4


@transaction.atomic
def set_baseline(*, scope: Scope, since: datetime, until: datetime, reason: str) -> int:
    """Take calls screened in [since, until) as what later weeks are compared with.

    Raises:
        Refused: the scope does not put changes in force everywhere. Invalid: no reason, or too few calls.
    """
    scope.require_everywhere(Power.ACTIVATE, subject="drift")
    if not reason.strip():
        raise Invalid("Say why this span is the measure.", cure="One sentence is enough.")
    calls, counts = taken(since, until)
    if calls < FEWEST:
        raise Invalid(
            f"Only {calls} calls were screened in this span, and fewer than {FEWEST} say nothing.",
            cure="Choose a longer span.",
        )
    row = Baseline.objects.create(
        since=since,
        until=until,
        calls=calls,
        counts=counts,
        reason=reason.strip(),
        set_by=scope.actor,
        set_at=now(),
    )
    record(
        actor=scope.actor,
        action="drift baseline set",
        subject=f"baseline:{row.pk}",
        detail={"since": str(since), "until": str(until), "calls": calls, "reason": reason.strip()},
    )
    return row.pk


def read_weeks() -> int:
    """Read the last weeks against the baseline; how many features lie too far in the newest whole one.

    A week of too few calls is not read. What lies too far raises an incident, one a feature until it is closed.
    """
    baseline = Baseline.objects.first()
    if baseline is None:
        return 0
    far = 0
    monday = _monday(now().date())
    for ago in range(LAST_WEEKS, -1, -1):
        week = monday - ago * WEEK
        start = datetime.combine(week, time(), tzinfo=UTC)
        calls, counts = taken(start, start + WEEK, known=known_words(baseline.counts))
        if calls < FEWEST:
            continue
        found = distances(baseline.counts, counts, n=baseline.calls, m=calls)
        for distance in found:
            _keep(baseline, week, calls, distance)
        if ago == 1:
            far = sum(_told(week, calls, distance) for distance in found)
    record(actor=ACTOR, action="drift read", subject=f"baseline:{baseline.pk}", detail={"far": far})
    return far


def _keep(baseline: Baseline, week: date, calls: int, distance: Distance) -> None:
    Reading.objects.update_or_create(
        baseline=baseline,
        week=week,
        feature=distance.feature,
        defaults={
            "calls": calls,
            "psi": distance.psi,
            "ks": distance.ks,
            "chance": distance.chance,
            "counts": dict(distance.counts),
            "at": now(),
        },
    )


def _told(week: date, calls: int, distance: Distance) -> bool:
    if not distance.crossed:
        return False
    title = FEATURES[distance.feature]
    raise_incident(
        kind=DRIFT,
        subject=distance.feature,
        title=f"{title}: PSI {distance.psi:.2f} in the week of {week:%d %B %Y}",
        cure="See what changed on the learning page. Close it with the reason; set a new baseline if it is to stay.",
        detail={"week": str(week), "psi": round(distance.psi, 3), "ks": distance.ks, "calls": calls},
    )
    return True


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
