"""Recordings still on their way, and those that came to a halt: for the pages that watch over the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncHour

from surveillance.access.scope import Power, Scope
from surveillance.capture.models import Progress, Recording, State
from surveillance.capture.sources import DOORS
from surveillance.capture.walls import beyond
from surveillance.core.clock import now


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage of one recording: waiting, running, done or failed."""

    stage: str
    state: str
    fault: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class OnTheWay:
    """A recording that is not through yet. No more of it than a name: whoever mends the pipeline need not hear it."""

    recording: UUID
    name: str
    desk: str
    desk_name: str
    received_at: datetime
    steps: tuple[Step, ...]


def under_way(
    scope: Scope, stages: Sequence[str], *, power: Power = Power.SEE, limit: int = 50
) -> list[OnTheWay]:
    """Recordings with stages left to do that have not failed, latest arrivals first."""
    behind = _behind(scope, power, stages).exclude(progress__state=State.FAILED)
    return [_on_the_way(row, stages) for row in behind.order_by("-received_at")[:limit]]


def failed(
    scope: Scope, stages: Sequence[str], *, power: Power = Power.SEE, limit: int = 200
) -> list[OnTheWay]:
    """Recordings that wait for a person to look at them, latest arrivals first."""
    halted = _behind(scope, power, stages).filter(progress__state=State.FAILED)
    return [_on_the_way(row, stages) for row in halted.distinct().order_by("-received_at")[:limit]]


def tally(scope: Scope, *, power: Power = Power.SEE) -> dict[str, dict[str, int]]:
    """How many recordings of the scope's desks are at each stage in each state."""
    rows = Progress.objects.filter(beyond(scope, "recording"), recording__drill=False)
    reach = scope.desks(power)
    if not reach.every:
        rows = rows.filter(recording__desk__slug__in=reach.slugs)
    table: dict[str, dict[str, int]] = {}
    for stage, state, number in rows.order_by("stage").values_list("stage", "state").annotate(Count("id")):
        table.setdefault(stage, {})[state] = number
    return table


def halted(stages: Sequence[str], *, older_than: timedelta) -> dict[str, int]:
    """How many calls that arrived longer ago than that stand before each stage, failed or forgotten."""
    done = Count("progress", filter=Q(progress__state=State.DONE, progress__stage__in=stages), distinct=True)
    rows = Recording.objects.filter(drill=False, received_at__lt=now() - older_than).annotate(done=done)
    table: dict[str, int] = {}
    for recording in rows.filter(done__lt=len(stages)).prefetch_related("progress"):
        behind = {step.stage for step in recording.progress.all() if step.state == State.DONE}
        stage = next(stage for stage in stages if stage not in behind)
        table[stage] = table.get(stage, 0) + 1
    return table


def deliveries(*, since: datetime | None = None) -> dict[str, list[datetime]]:
    """The hours in which each recorder delivered, ascending, the last as the exact moment. Doors are no recorders."""
    rows = Recording.objects.filter(drill=False).exclude(source__in=DOORS)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    hours = (
        rows.annotate(hour=TruncHour("received_at")).order_by("source", "hour").values_list("source", "hour")
    )
    table: dict[str, list[datetime]] = {}
    for source, hour in hours.distinct():
        table.setdefault(source, []).append(hour)
    for source, last in rows.order_by("source").values_list("source").annotate(Max("received_at")):
        table[source][-1] = last
    return table


def _behind(scope: Scope, power: Power, stages: Sequence[str]) -> QuerySet[Recording]:
    done = Count("progress", filter=Q(progress__state=State.DONE, progress__stage__in=stages), distinct=True)
    rows = Recording.objects.select_related("desk").prefetch_related("progress").annotate(done=done)
    rows = rows.filter(beyond(scope), done__lt=len(stages), drill=False)
    reach = scope.desks(power)
    return rows if reach.every else rows.filter(desk__slug__in=reach.slugs)


def _on_the_way(row: Recording, stages: Sequence[str]) -> OnTheWay:
    known = {step.stage: step for step in row.progress.all()}
    steps = (known.get(stage) or Progress(stage=stage, state=State.WAITING) for stage in stages)
    return OnTheWay(
        recording=row.id,
        name=row.name,
        desk=row.desk.slug,
        desk_name=row.desk.name,
        received_at=row.received_at,
        steps=tuple(
            Step(stage=step.stage, state=step.state, fault=step.fault, cure=step.cure) for step in steps
        ),
    )
