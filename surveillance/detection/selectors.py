"""Findings and alerts, as a scope may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.core.errors import Hidden, Missing
from surveillance.detection.models import Alert, Finding, Screening


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """One stretch of talk that a policy caught; times in seconds."""

    id: int
    category: str
    policy: str
    policy_version: int
    score: float
    start: float
    end: float
    turn: int
    speaker: str
    channel: int
    words: str
    why: Mapping[str, Any]
    second_eyes: bool


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert as a queue shows it."""

    id: int
    recording: UUID
    desk: str
    desk_name: str
    title: str
    started_at: datetime
    duration: float
    people: tuple[str, ...]
    risk: float
    categories: tuple[str, ...]
    findings: int
    top_words: str
    state: str
    raised_at: datetime
    second_eyes: bool


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What to show of the queue; empty fields do not narrow."""

    state: str = "open"
    desk: str = ""
    category: str = ""
    order: str = "risk"


ORDERS = {"risk": ("-risk", "raised_at", "pk"), "age": ("raised_at", "pk"), "newest": ("-raised_at", "pk")}


def findings(scope: Scope, recording: UUID) -> list[FindingRow]:
    """What the newest screening of a recording caught, in order of time.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    newest = Screening.objects.filter(recording_id=recording).order_by("-at", "-pk").first()
    return [_finding(row) for row in newest.findings.all()] if newest else []


def alerts(scope: Scope, wanted: QueueFilter) -> list[AlertRow]:
    """The alerts a scope may see, most pressing first."""
    found = _visible(scope)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.desk:
        found = found.filter(recording__desk__slug=wanted.desk)
    rows = [_alert(row) for row in found.order_by(*ORDERS.get(wanted.order, ORDERS["risk"]))]
    return [row for row in rows if not wanted.category or wanted.category in row.categories]


def alert(scope: Scope, number: int) -> AlertRow:
    """One alert by its number.

    Raises:
        Hidden: it lies outside the scope. Missing: there is none of that number.
    """
    row = _visible(scope).filter(pk=number).first()
    if row is not None:
        return _alert(row)
    if Alert.objects.filter(pk=number).exists():
        raise Hidden("There is no such alert.", subject=f"alert:{number}")
    raise Missing("There is no such alert.")


def alert_of(scope: Scope, recording: UUID) -> AlertRow | None:
    """The alert a recording raised, if any.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    row = _visible(scope).filter(recording_id=recording).first()
    return _alert(row) if row else None


def _visible(scope: Scope) -> QuerySet[Alert]:
    reach = scope.desks(Power.SEE)
    rows = Alert.objects.select_related("recording__desk", "screening").prefetch_related(
        "recording__parties", "screening__findings"
    )
    return rows if reach.every else rows.filter(recording__desk__slug__in=reach.slugs)


def _alert(row: Alert) -> AlertRow:
    caught = sorted(row.screening.findings.all(), key=lambda item: -item.score)
    names = (party.person or party.number for party in row.recording.parties.all())
    return AlertRow(
        id=row.pk,
        recording=row.recording_id,
        desk=row.recording.desk.slug,
        desk_name=row.recording.desk.name,
        title=row.recording.name,
        started_at=row.recording.started_at,
        duration=row.recording.duration,
        people=tuple(dict.fromkeys(name for name in names if name)),
        risk=row.risk,
        categories=tuple(row.categories),
        findings=len(caught),
        top_words=caught[0].words if caught else "",
        state=row.state,
        raised_at=row.raised_at,
        second_eyes=row.second_eyes,
    )


def _finding(row: Finding) -> FindingRow:
    return FindingRow(
        id=row.pk,
        category=row.category,
        policy=row.policy,
        policy_version=row.policy_version,
        score=row.score,
        start=row.start,
        end=row.end,
        turn=row.turn,
        speaker=row.speaker,
        channel=row.channel,
        words=row.words,
        why=row.why,
        second_eyes=row.second_eyes,
    )
