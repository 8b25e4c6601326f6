"""Whose turn it is to be read and hashed: what was checked longest ago, so much a night that all have their turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from surveillance.archive.models import Seal
from surveillance.core.clock import now

AGES = (1, 7, 14, 30, 60, 90)  # days; the bars of the coverage


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Natives by the days since they were last read: `bars` are (days or None for never, how many)."""

    natives: int
    bars: Sequence[tuple[int | None, int]]
    overdue: int  # not read within the days that are promised


def due_tonight(*, days: int, most_bytes: int = 0) -> list[UUID]:
    """What is to be read tonight, that each is read once in `days`; never more than `most_bytes` where that is set."""
    total = Seal.objects.aggregate(total=Sum("stored_size"), plain=Sum("size", filter=Q(stored_size=0)))
    share = ((total["total"] or 0) + (total["plain"] or 0)) / max(days, 1)
    bound = min(share, most_bytes) if most_bytes else share
    found: list[UUID] = []
    taken = 0
    rows = _by_age().values_list("recording_id", "size").iterator()
    for recording, size in rows:
        if found and taken + size > bound:
            break
        found.append(recording)
        taken += size
    return found


def coverage(*, days: int) -> Coverage:
    """How long ago every native was read."""
    bars: list[tuple[int | None, int]] = []
    older = now()
    rows = _by_age()
    for age in AGES:
        since = now() - timedelta(days=age)
        bars.append((age, rows.filter(checked__gt=since, checked__lte=older).count()))
        older = since
    natives = rows.count()
    rest = natives - sum(many for _, many in bars)
    overdue = rows.filter(seen__lt=now() - timedelta(days=days)).count()
    return Coverage(natives=natives, bars=(*bars, (None, rest)), overdue=overdue)


def _by_age() -> QuerySet[Any]:
    """Seals with when they were last read (`checked`) or sealed (`seen`), the longest ago first."""
    rows = Seal.objects.annotate(checked=Max("checks__at")).annotate(seen=Coalesce("checked", "sealed_at"))
    return rows.order_by("seen", "pk")
