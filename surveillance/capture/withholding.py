"""What keeps a recording from ears and models: asked and set by rooms, in one place that every list goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from surveillance.capture.calls import PartyRow, party_row
from surveillance.capture.models import Party, Recording

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
