"""Where and when a recording was made: all that the rules of retention ask of capture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from surveillance.capture.models import Party, Recording


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A recording's desk (its key) and the moment its call began, in UTC."""

    recording: UUID
    desk: int
    started_at: datetime


def origin(recording: UUID) -> Origin | None:
    """Where a recording comes from; None where there is none of that id. For rooms, never a door."""
    row = Recording.objects.filter(pk=recording).values_list("desk_id", "started_at").first()
    return Origin(recording=recording, desk=row[0], started_at=row[1]) if row else None


def calls_outside(known: QuerySet[Any, Any], *, most: int) -> list[UUID]:
    """Recordings, drills left out, that the query of ids does not hold, the oldest first. For rooms, never a door."""
    found = Recording.objects.filter(drill=False).exclude(pk__in=known).order_by("started_at", "pk")
    return list(found.values_list("pk", flat=True)[:most])


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which calls a hold asks for: on these desks (None: every one), with one of these people, begun in a span.

    `people` are parts of names or numbers: a hold rather takes in a call too many than one too few.
    """

    desks: frozenset[str] | None = None
    people: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    received_until: datetime | None = None


def calls_wanted(wanted: Wanted, *, recording: UUID | None = None) -> Iterator[tuple[UUID, str]]:
    """The calls asked for, drills left out, each with its desk; of one recording alone. For rooms, never a door."""
    found = Recording.objects.filter(drill=False)
    if recording is not None:
        found = found.filter(pk=recording)
    if wanted.desks is not None:
        found = found.filter(desk__slug__in=wanted.desks)
    if wanted.people:
        named = Q()
        for part in wanted.people:
            named |= Q(person__icontains=part) | Q(number__icontains=part)
        found = found.filter(Exists(Party.objects.filter(named, recording=OuterRef("pk"))))
    if wanted.since:
        found = found.filter(started_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(started_at__lt=wanted.until)
    if wanted.received_until:
        found = found.filter(received_at__lte=wanted.received_until)
    return found.order_by("pk").values_list("pk", "desk__slug").iterator(chunk_size=2000)
