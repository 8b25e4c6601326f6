"""Reading what has arrived, each person within their desks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from surveillance.access.scope import DRILLS, Desks, Power, Scope
from surveillance.capture import spool
from surveillance.capture.calls import (
    Call,
    CallRow,
    Native,
    Page,
    PartyRow,
    QuarantineRow,
    StageRow,
    call_row,
    quarantine_row,
    whole_call,
)
from surveillance.capture.models import Outcome, Party, Receipt, Recording
from surveillance.capture.said import Arrival
from surveillance.capture.walls import beyond, is_behind
from surveillance.core.errors import Hidden, Missing

__all__ = [
    "Call",
    "arrival",
    "call",
    "calls",
    "desk_of",
    "is_drill",
    "meeting",
    "native",
    "progress_of",
    "quarantine",
    "rows",
    "speakers",
    "visible",
]

PAGE = 50


def calls(
    scope: Scope,
    *,
    desk: str = "",
    person: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
) -> Page:
    """Recordings within the scope, newest first; `person` is part of a name or number."""
    found = _within(scope, Power.SEE)
    if desk:
        found = found.filter(desk__slug=desk)
    if person:
        spoke = Party.objects.filter(recording=OuterRef("pk"))
        found = found.filter(Exists(spoke.filter(Q(person__icontains=person) | Q(number__icontains=person))))
    if since:
        found = found.filter(started_at__gte=since)
    if until:
        found = found.filter(started_at__lt=until)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = found[(page - 1) * PAGE : page * PAGE]
    return Page(rows=tuple(call_row(recording) for recording in rows), total=total, page=page, pages=pages)


def call(scope: Scope, recording: UUID, power: Power = Power.SEE) -> Call:
    """Everything about one recording.

    Raises:
        Hidden: it lies on a desk where the scope lacks `power`; told apart from absence by nobody.
        Missing: there is none of that id.
    """
    row = _all().filter(pk=recording).first()
    if row is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    _reveal(scope, power, row)
    return whole_call(row)


def rows(scope: Scope, recordings: Iterable[UUID], power: Power = Power.SEE) -> dict[UUID, CallRow]:
    """Those of the recordings that lie within the scope, by id."""
    found = _within(scope, power).filter(pk__in=list(recordings))
    return {recording.id: call_row(recording) for recording in found}


def visible(scope: Scope, recordings: Iterable[UUID], power: Power = Power.SEE) -> set[UUID]:
    """Which of the recordings lie within the scope."""
    found = _within(scope, power, _bare()).filter(pk__in=list(recordings))
    return set(found.values_list("id", flat=True))


def desk_of(recording: UUID) -> str:
    """The desk of a recording. For rooms; no door may show it without a scope.

    Raises:
        Missing: there is none of that id.
    """
    desk = Recording.objects.filter(pk=recording).values_list("desk__slug", flat=True).first()
    if desk is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    return desk


def is_drill(recording: UUID) -> bool:
    """Is it a drill? For rooms, which keep drills out of what is told of calls."""
    return Recording.objects.filter(pk=recording, drill=True).exists()


def meeting(recording: UUID, *, within: timedelta, most: int) -> list[UUID]:
    """Other calls that ran at the same time, give or take `within`, nearest start first. For rooms, never a door.

    Where both sides name people or numbers they must share one. A call of nobody named is compared with those that
    began in the same quarter of an hour.

    Raises:
        Missing: there is none of that id.
    """
    row = _all().filter(pk=recording).first()
    if row is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    ends = row.started_at + timedelta(seconds=row.duration)
    people = {party.person for party in row.parties.all()} - {""}
    numbers = {party.number for party in row.parties.all()} - {""}
    others = Recording.objects.filter(drill=False, started_at__lte=ends + within).exclude(pk=recording)
    if people or numbers:
        here = Party.objects.filter(recording=OuterRef("pk"))
        shared = Exists(here.filter(Q(person__in=people) | Q(number__in=numbers)))
        nobody = ~Exists(here.exclude(person="", number=""))
        since = timedelta(seconds=settings.EARSHOT.max_media_seconds)
        others = others.filter(shared | nobody)
    else:
        since = timedelta(minutes=15)
    found = others.filter(started_at__gte=row.started_at - since).values_list("pk", "started_at", "duration")
    at_once = [
        (abs(begun - row.started_at), other)
        for other, begun, length in found
        if begun + timedelta(seconds=length) + within >= row.started_at
    ]
    return [other for _, other in sorted(at_once)[:most]]


def quarantine(scope: Scope, *, withdrawn: bool = False) -> list[QuarantineRow]:
    """What was set aside, newest first: of the scope's desks, and of no desk at all.

    Raises:
        Refused: the scope may not see the quarantine.
    """
    scope.require(Power.QUARANTINE)
    outcome = Outcome.WITHDRAWN if withdrawn else Outcome.QUARANTINED
    found = Receipt.objects.filter(outcome=outcome).exclude(desk=DRILLS).defer("sidecar")
    desks = scope.desks(Power.QUARANTINE)
    if not desks.every:
        found = found.filter(Q(desk="") | Q(desk__in=desks.slugs))
    return [quarantine_row(receipt) for receipt in found]


def arrival(scope: Scope, receipt: UUID) -> Arrival:
    """What became of a receipt, for whoever handed it in or may see the quarantine.

    Raises:
        Hidden, Missing: as `call`.
    """
    row = Receipt.objects.filter(pk=receipt).defer("sidecar").first()
    if row is None:
        raise Missing("There is no such receipt.", cure="Check the address.")
    desks = scope.desks(Power.QUARANTINE)
    if row.received_by != scope.actor and not (desks and (not row.desk or row.desk in desks)):
        raise Hidden("There is no such receipt.", cure="Check the address.", subject=f"receipt:{receipt}")
    return Arrival(
        receipt=row.id,
        outcome=row.outcome,
        recording=row.recording_id,
        reason_code=row.reason_code,
        reason=row.reason,
        cure=row.cure,
    )


def progress_of(scope: Scope, recording: UUID) -> list[StageRow]:
    """How a recording fares, stage by stage in the order they were begun.

    Raises:
        Hidden, Missing: as `call`.
    """
    row = _bare().select_related("desk").filter(pk=recording).first()
    if row is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    _reveal(scope, Power.SEE, row)
    return [
        StageRow(
            stage=step.stage,
            state=step.state,
            attempts=step.attempts,
            since=step.since,
            fault=step.fault,
            cure=step.cure,
        )
        for step in row.progress.order_by("id")
    ]


def speakers(recording: UUID) -> dict[int, str]:
    """Who is on each channel, for naming turns; channels of which nothing was told are left out."""
    named: dict[int, list[str]] = {}
    for party in Party.objects.filter(recording_id=recording).order_by("channel", "id"):
        if name := party.person or party.number or party.line:
            named.setdefault(party.channel, []).append(name)
    return {channel: " / ".join(names)[:120] for channel, names in named.items()}


def spoken_within(
    scope: Scope,
    *,
    desk: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    only: frozenset[UUID] | None = None,
    most: int,
) -> list[CallRow]:
    """The newest `most` recordings within the scope; `only` narrows to some of them."""
    found = _within(scope, Power.SEE)
    if desk:
        found = found.filter(desk__slug=desk)
    if since:
        found = found.filter(started_at__gte=since)
    if until:
        found = found.filter(started_at__lt=until)
    if only is None:
        return [call_row(recording) for recording in found[:most]]
    # Held against the set here: a list of ids in the query has its limit on SQLite.
    return [call_row(recording) for recording in found if recording.id in only][:most]


def known_parties() -> list[PartyRow]:
    """Everyone whom a recorder ever named, each way once; for rooms that tell who is meant. Drills' are made up."""
    rows = Party.objects.filter(recording__drill=False).exclude(person="", employer="")
    told = rows.order_by("person", "number", "line", "employer").distinct()
    return [
        PartyRow(
            channel=0,
            name=person or number or line,
            person=person,
            number=number,
            line=line,
            employer=employer,
        )
        for person, number, line, employer in told.values_list("person", "number", "line", "employer")
    ]


def native(recording: UUID) -> Native:
    """The native file of a recording, for the archive alone.

    Raises:
        Missing: there is none of that id.
    """
    row = Recording.objects.filter(pk=recording).first()
    if row is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    path = spool.place(row.sha256)
    return Native(
        recording=row.id,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        started_at=row.started_at,
        duration=row.duration,
        path=path if path.exists() else None,
    )


def _bare() -> QuerySet[Recording]:
    return Recording.objects.all()


def _all() -> QuerySet[Recording]:
    return Recording.objects.select_related("desk").prefetch_related("parties")


def _within(scope: Scope, power: Power, found: QuerySet[Recording] | None = None) -> QuerySet[Recording]:
    """The one narrowing that every list goes through: to desks, past the walls; no drill, nothing that is withheld."""
    found = (_all() if found is None else found).filter(beyond(scope), drill=False, withheld="")
    reach: Desks = scope.desks(power)
    return found if reach.every else found.filter(desk__slug__in=reach.slugs)


def _reveal(scope: Scope, power: Power, recording: Recording) -> None:
    """Hidden from whoever may not see it; refused to whoever sees it and may not do this."""
    subject = f"recording:{recording.pk}"
    desk = recording.desk.slug
    # What is withheld is there for those who decide on consent, and to be heard for those who answer for privacy.
    withheld = recording.withheld and not scope.may(
        Power.CONSENT if power is Power.SEE else Power.PRIVACY, desk
    )
    if withheld or not scope.may(Power.SEE, desk) or is_behind(scope, recording.pk):
        raise Hidden("There is no such recording.", cure="Check the address.", subject=subject)
    scope.require(power, recording.desk.slug, subject=subject)
