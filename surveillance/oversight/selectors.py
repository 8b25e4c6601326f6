"""What was reported, for the second line alone: never about oneself, never about one's own team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import same_team
from surveillance.core.clock import now
from surveillance.core.errors import Hidden, Missing
from surveillance.oversight.models import Report, ReportState, Tally
from surveillance.oversight.patterns import BY_ID, PATTERNS

WEEKS = 12


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """One report."""

    number: int
    pattern: str
    title: str
    sees: str
    honest: str
    severity: str
    actor: str
    first_day: date
    last_day: date
    value: int
    words: str
    evidence: Sequence[int]
    state: str
    state_name: str
    raised_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is watched for, as people are told who work here."""

    title: str
    sees: str
    honest: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """One person's weeks in one pattern, beside the middle of the others; oldest first."""

    pattern: str
    title: str
    unit: str
    mine: Sequence[int]
    others: Sequence[float]


def reports(scope: Scope, *, state: str = "", actor: str = "") -> list[ReportRow]:
    """What was reported, open ones first. Raises Refused."""
    scope.require(Power.OVERSEE)
    found = Report.objects.all()
    if state:
        found = found.filter(state=state)
    if actor:
        found = found.filter(actor__icontains=actor)
    shown = [row for row in found if not same_team(scope.actor, row.actor)]
    return [_row(row) for row in sorted(shown, key=lambda row: row.state != ReportState.OPEN)]


def report(scope: Scope, number: int) -> ReportRow:
    """One report.

    Raises:
        Refused: the scope may not. Hidden: it is about the asker or their team. Missing.
    """
    scope.require(Power.OVERSEE)
    row = Report.objects.filter(pk=number).first()
    if row is None:
        raise Missing("There is no such report.", cure="Look for it on the list.")
    if same_team(scope.actor, row.actor):
        raise Hidden("There is no such report.", cure="Look for it on the list.", subject=f"report:{number}")
    return _row(row)


def courses(scope: Scope, number: int) -> list[Course]:
    """The person of a report over the last weeks, pattern by pattern, beside the others. Raises as `report`."""
    told = report(scope, number)
    monday = now().date() - timedelta(days=now().weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    rows = list(Tally.objects.filter(day__gte=first).values_list("actor", "day", "counts"))
    found = []
    for pattern in PATTERNS:
        if pattern.days != 1 or pattern.alone:
            continue
        weeks: dict[str, list[int]] = {}
        for actor, day, counts in rows:
            weeks.setdefault(actor, [0] * WEEKS)[(day - first).days // 7] += counts.get(pattern.id, 0)
        mine = weeks.pop(told.actor, [0] * WEEKS)
        others = (
            [sorted(column)[len(column) // 2] for column in zip(*weeks.values(), strict=True)]
            if weeks
            else []
        )
        if any(mine):
            found.append(
                Course(
                    pattern=pattern.id,
                    title=pattern.title,
                    unit=pattern.unit,
                    mine=mine,
                    others=others or [0] * WEEKS,
                )
            )
    return found


def what_is_watched() -> list[Watched]:
    """Every pattern, for the notice to those who are watched."""
    return [Watched(title=one.title, sees=one.sees, honest=one.honest) for one in PATTERNS]


def _row(row: Report) -> ReportRow:
    pattern = BY_ID.get(row.pattern)
    return ReportRow(
        number=row.pk,
        pattern=row.pattern,
        title=pattern.title if pattern else row.pattern,
        sees=pattern.sees if pattern else "",
        honest=pattern.honest if pattern else "",
        severity=pattern.severity if pattern else "medium",
        actor=row.actor,
        first_day=row.first_day,
        last_day=row.last_day,
        value=row.value,
        words=row.words,
        evidence=row.evidence,
        state=row.state,
        state_name=ReportState(row.state).label,
        raised_at=row.raised_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )
