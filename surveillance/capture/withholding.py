"""What keeps a recording from ears and models: asked and set by rooms, in one place that every list goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q

from surveillance.access.scope import Power, Scope
from surveillance.capture.calls import CallRow, PartyRow, call_row, party_row
from surveillance.capture.models import Party, Recording
from surveillance.capture.walls import beyond

BATCH = 500
WHYS = ("consent", "withdrawn", "personal", "restricted")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What consent asks of a recording. `notice`: what the recorder said of one; `withheld`: why, or empty."""

    recording: UUID
    name: str
    desk: str
    started_at: datetime
    notice: str
    withheld: str
    drill: bool
    parties: tuple[PartyRow, ...]


def standing(recording: UUID) -> Standing | None:
    """How a recording stands; None where there is none of that id. For rooms, never a door."""
    row = Recording.objects.select_related("desk").prefetch_related("parties").filter(pk=recording).first()
    if row is None:
        return None
    return Standing(
        recording=row.pk,
        name=row.name,
        desk=row.desk.slug,
        started_at=row.started_at,
        notice=row.notice,
        withheld=row.withheld,
        drill=row.drill,
        parties=tuple(party_row(party) for party in row.parties.all()),
    )


def withhold(recording: UUID, why: str) -> str:
    """Withhold a recording for a reason of WHYS, or free it for "". Why it was withheld until now.

    Whoever calls it puts it on record.
    """
    if why and why not in WHYS:
        raise ValueError(why)
    row = Recording.objects.get(pk=recording)
    before, row.withheld = row.withheld, why
    if before != why:
        row.save()
    return before


def spoken_by(*, person: str, number: str, since: datetime) -> list[UUID]:
    """Calls begun from then on that somebody was on, by whole name or the end of a number; drills left out."""
    mine = Q(pk__in=[])
    if person:
        mine |= Q(person__iexact=person)
    if number:
        mine |= Q(number__endswith=number[-7:]) | Q(line=number)
    rows = Recording.objects.filter(
        Exists(Party.objects.filter(mine, recording=OuterRef("pk"))), started_at__gte=since, drill=False
    )
    return list(rows.order_by("started_at", "pk").values_list("pk", flat=True))


def answerable(scope: Scope, recordings: Iterable[UUID]) -> dict[UUID, CallRow]:
    """Those of the recordings that the asker answers for to the people on them, withheld ones among them."""
    found = (
        Recording.objects.select_related("desk")
        .prefetch_related("parties")
        .filter(beyond(scope), drill=False)
    )
    reach = scope.desks(Power.PRIVACY)
    if not reach.every:
        found = found.filter(desk__slug__in=reach.slugs)
    wanted = list(recordings)
    rows = (found.filter(pk__in=wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH))
    return {row.pk: call_row(row) for some in rows for row in some}


def withheld_as(recordings: Iterable[UUID]) -> dict[UUID, str]:
    """Why each of some recordings is withheld, "" where it is not; what is gone is left out. For rooms."""
    wanted = list(recordings)
    rows = (
        Recording.objects.filter(pk__in=wanted[at : at + BATCH]).values_list("pk", "withheld")
        for at in range(0, len(wanted), BATCH)
    )
    return {number: why for some in rows for number, why in some}


def kept_span() -> tuple[int, datetime | None]:
    """How many recordings are kept, and when the oldest began; for documents that say so."""
    told = Recording.objects.filter(drill=False).aggregate(many=Count("pk"), since=Min("started_at"))
    return told["many"], told["since"]
