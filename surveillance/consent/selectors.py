"""Reading what was decided on consent: on one call, what waits, what was let out, what is on file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from detectors.noise.notices import notices
from policies.consent.notice import notice
from policies.consent.rules import load
from search.tokens import streams
from search.transcript import Transcript
from surveillance.access.scope import Desks, Power, Scope
from surveillance.capture.selectors import call
from surveillance.consent.models import Clearance, PersonalCall, Statement, StatementKind
from surveillance.consent.places import normal_number
from surveillance.consent.told import ClearanceRow, Notice, PersonalRow, StatementRow
from surveillance.core.clock import now

NOTICE = "recorded_notice"
KINDS = tuple(StatementKind.choices)
T = TypeVar("T", Clearance, PersonalCall)


def clearance(scope: Scope, recording: UUID) -> ClearanceRow | None:
    """What was decided on one call; None where consent is off, or it was not asked yet. Raises Hidden, Missing."""
    call(scope, recording)
    row = _clearances().filter(recording_id=recording).first()
    return _row(row) if row else None


def waiting(scope: Scope, *, most: int = 200) -> list[ClearanceRow]:
    """Calls that are withheld for want of evidence or because somebody took consent back. Raises Refused."""
    scope.require(Power.CONSENT)
    rows = _on(scope, _clearances().filter(recording__withheld__in=("consent", "withdrawn")))
    return [_row(row) for row in rows.order_by("recording__started_at")[:most]]


def by_week(scope: Scope, *, weeks: int = 12) -> list[tuple[datetime, dict[str, int]]]:
    """How calls were cleared, week by week: by evidence, "" where none was found. Raises Refused."""
    scope.require(Power.CONSENT)
    since = now() - timedelta(weeks=weeks)
    rows = _on(scope, Clearance.objects.filter(recording__started_at__gte=since, recording__drill=False))
    counted = (
        rows.annotate(week=TruncWeek("recording__started_at"))
        .order_by("week")
        .values_list("week", "evidence")
        .annotate(Count("pk"))
    )
    found: dict[datetime, dict[str, int]] = {}
    for week, evidence, many in counted:
        found.setdefault(week, {})[evidence] = many
    return sorted(found.items())


def statements(scope: Scope, *, person: str = "", most: int = 200) -> list[StatementRow]:
    """What is on file, newest first. Raises Refused."""
    scope.require(Power.CONSENT)
    rows = Statement.objects.all()
    if person:
        rows = rows.filter(Q(person__icontains=person) | Q(number__icontains=person))
    return [_statement(row) for row in rows[:most]]


def statements_of(names: Sequence[str], numbers: Sequence[str]) -> list[StatementRow]:
    """What is on file of one person, by whole name or number; for rooms that answer for data subjects."""
    mine = Q(number__in=[normal_number(number) for number in numbers])
    for name in names:
        mine |= Q(person__iexact=name)
    return [_statement(row) for row in Statement.objects.filter(mine)]


def personal_calls(scope: Scope) -> list[PersonalRow]:
    """Calls that are out, or asked to be let out. Raises Refused."""
    scope.require(Power.CONSENT)
    rows = _on(scope, PersonalCall.objects.filter(ended_at__isnull=True).select_related("recording__desk"))
    return [
        PersonalRow(
            id=row.pk,
            recording=row.recording_id,
            title=row.recording.name,
            desk=row.recording.desk.name,
            started_at=row.recording.started_at,
            reason=row.reason,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            agreed_by=row.agreed_by,
            agreed_at=row.agreed_at,
        )
        for row in rows
    ]


def may_verify_voice(person: str, *, places: Sequence[str], at: datetime) -> bool:
    """Has somebody agreed to a voiceprint, where the law of a place they may be in asks for that?

    GDPR art. 9(2)(a), 740 ILCS 14: consent to being recorded is no consent to this. Where no place is known, it asks.
    """
    known = load().of(places)
    if known and not any(place.biometric for place in known):
        return True
    kinds = (StatementKind.VOICE, StatementKind.VOICE_WITHDRAWAL)
    rows = Statement.objects.filter(person__iexact=person, kind__in=kinds, since__lte=at)
    last = rows.filter(Q(until__isnull=True) | Q(until__gt=at)).order_by("-since", "-pk").first()
    return last is not None and last.kind == StatementKind.VOICE


def heard_notice(transcript: Transcript, *, within: float) -> Notice | None:
    """The notice that a call is recorded, where one is heard in its first seconds. Talk about recording is none."""
    analysed = streams(transcript)
    said = [
        Notice(start=span.start, words=span.words[:500]) for span in notices(analysed) if span.kind == NOTICE
    ]
    other = notice(analysed, within=within)
    if other is not None:
        said.append(Notice(start=other.start, words=other.words[:500]))
    return min((one for one in said if one.start <= within), key=lambda one: one.start, default=None)


def _clearances() -> QuerySet[Clearance]:
    return Clearance.objects.select_related("recording__desk").prefetch_related("recording__parties")


def _on(scope: Scope, rows: QuerySet[T]) -> QuerySet[T]:
    reach: Desks = scope.desks(Power.CONSENT)
    return rows if reach.every else rows.filter(recording__desk__slug__in=reach.slugs)


def _statement(row: Statement) -> StatementRow:
    return StatementRow(
        id=row.pk,
        kind=row.kind,
        kind_name=StatementKind(row.kind).label,
        person=row.person,
        number=row.number,
        since=row.since,
        until=row.until,
        purpose=row.purpose,
        reference=row.reference,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
    )


def _row(row: Clearance) -> ClearanceRow:
    names = (party.person or party.number for party in row.recording.parties.all())
    place = load().by_id.get(row.strictest)
    return ClearanceRow(
        recording=row.recording_id,
        title=" and ".join(dict.fromkeys(name for name in names if name)) or row.recording.name,
        desk=row.recording.desk.name,
        started_at=row.recording.started_at,
        clear=row.clear,
        withdrawn=row.withdrawn,
        withheld=row.recording.withheld,
        rule=row.rule,
        strictest=f"{place.name}, {place.citation}" if place else "",
        words=row.words,
        people=row.people,
        evidence=row.evidence,
        heard_at=row.heard_at,
        heard_words=row.heard_words,
        decided_at=row.decided_at,
    )
