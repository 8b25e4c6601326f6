"""Where and when a recording was made: all that the rules of retention ask of capture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from surveillance.capture.models import Recording


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
