"""Reading disposals: what is listed, who decided, what went and what stays, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from surveillance.access.scope import Power, Scope
from surveillance.retention.disposing import reached
from surveillance.retention.models import Disposal, DisposalItem, ItemState


@dataclass(frozen=True, kw_only=True)
class DisposalRow:
    """A disposal as people see it, with how many of its recordings wait, are gone and stay."""

    number: int
    state: str
    state_name: str
    desks: tuple[str, ...]
    reason: str
    prepared_by: str
    prepared_at: datetime
    decided_by: str
    decided_at: datetime | None
    decided_because: str
    done_at: datetime | None
    items_sha256: str
    waits_for: str
    recordings: int
    gone: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """One recording of a disposal. It names nobody."""

    recording: UUID
    desk: str
    started_at: datetime
    sha256: str
    size: int
    decision: str
    state: str
    kept_because: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Disposals:
    """Disposals within a scope, newest first; how many lie out of its reach."""

    rows: tuple[DisposalRow, ...]
    elsewhere: int


def disposals(scope: Scope) -> Disposals:
    """The disposals on desks where the asker may dispose.

    Raises:
        Refused: the scope may not dispose anywhere.
    """
    scope.require(Power.DISPOSE)
    reach = scope.desks(Power.DISPOSE)
    rows = list(_counted().order_by("-pk"))
    within = [row for row in rows if all(desk in reach for desk in row.desks)]
    return Disposals(rows=tuple(_row(row) for row in within), elsewhere=len(rows) - len(within))


def disposal(scope: Scope, number: int) -> DisposalRow:
    """One disposal. Raises Refused, Hidden, Missing."""
    reached(scope, number)
    return _row(_counted().get(pk=number))


def items(scope: Scope, number: int, *, most: int = 1000) -> list[ItemRow]:
    """The recordings of a disposal, the first `most`. Raises as `disposal`."""
    row = reached(scope, number)
    return [_item(one) for one in row.items.order_by("pk")[:most]]


def receipt(scope: Scope, number: int) -> str:
    """The signed receipt; empty before the disposal is done. Raises as `disposal`."""
    return reached(scope, number).receipt


def _counted() -> QuerySet[Any]:
    return Disposal.objects.annotate(
        many=Count("items"),
        gone=Count("items", filter=Q(items__state=ItemState.GONE)),
        kept=Count("items", filter=Q(items__state=ItemState.KEPT)),
    )


def _row(row: Disposal) -> DisposalRow:
    return DisposalRow(
        number=row.pk,
        state=row.state,
        state_name=row.get_state_display(),
        desks=tuple(row.desks),
        reason=row.reason,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decided_because=row.decided_because,
        done_at=row.done_at,
        items_sha256=row.items_sha256,
        waits_for=row.fault,
        recordings=getattr(row, "many", 0),
        gone=getattr(row, "gone", 0),
        kept=getattr(row, "kept", 0),
    )


def _item(one: DisposalItem) -> ItemRow:
    return ItemRow(
        recording=one.recording,
        desk=one.desk,
        started_at=one.started_at,
        sha256=one.sha256,
        size=one.size,
        decision=one.decision,
        state=one.state,
        kept_because=one.kept_because,
        at=one.at,
    )
