"""Seals over the past: its rows hashed in stretches, each stretch bound into the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.custody.models import Forgotten, Past, PastSeal
from surveillance.custody.tables import TRACKED
from surveillance.custody.triggers import live

ACTOR = "program:custody"
STRETCH = 5000  # rows under one seal
SEALED = "past sealed"


@dataclass(frozen=True, kw_only=True)
class Bend:
    """Something of the past that is not as it was written; `where` names it as people find it."""

    where: str
    what: str


def seal_past() -> int:
    """Bind what was written since into the ledger; how many rows."""
    sealed = 0
    while stretch := _sealed_stretch():
        sealed += stretch
    return sealed


@transaction.atomic
def _sealed_stretch() -> int:
    last = PastSeal.objects.select_for_update().order_by("-last").values_list("last", flat=True).first() or 0
    rows = list(Past.objects.filter(pk__gt=last).order_by("pk")[:STRETCH])
    if not rows:
        return 0
    leaves = [[row.pk, leaf(row)] for row in rows]
    seal = PastSeal.objects.create(
        first=rows[0].pk, last=rows[-1].pk, at=now(), leaves=leaves, sha256=_over(leaves)
    )
    detail = {"first": seal.first, "last": seal.last, "rows": len(rows), "sha256": seal.sha256}
    record(actor=ACTOR, action=SEALED, subject="custody", detail=detail)
    return len(rows)


def bends() -> Iterator[Bend]:
    """Everything about the past that was changed, is gone without a reason, or was slipped in."""
    forgotten = {number for rows in Forgotten.objects.values_list("rows", flat=True) for number in rows}
    told = {
        (entry.detail["first"], entry.detail["last"]): entry.detail["sha256"]
        for entry in entries(Filter(action=SEALED, subject="custody"))
    }
    end = 0
    for seal in PastSeal.objects.order_by("last"):
        where = f"past {seal.first} to {seal.last}"
        if told.pop((seal.first, seal.last), "") != seal.sha256 or _over(seal.leaves) != seal.sha256:
            yield Bend(where=where, what="its seal is not the one in the ledger")
        yield from _within(seal, forgotten)
        between = Past.objects.filter(pk__gt=end, pk__lt=seal.first).values_list("pk", flat=True)
        yield from (Bend(where=f"past {number}", what="was slipped in") for number in between)
        end = seal.last
    yield from (Bend(where=f"past {first} to {last}", what="its seal is gone") for first, last in told)


def _within(seal: PastSeal, forgotten: set[int]) -> Iterator[Bend]:
    rows = {row.pk: row for row in Past.objects.filter(pk__gte=seal.first, pk__lte=seal.last)}
    for number, sha256 in seal.leaves:
        row = rows.pop(number, None)
        if row is None:
            if number not in forgotten:
                yield Bend(where=f"past {number}", what="is gone, and no disposal took it")
        elif leaf(row) != sha256:
            yield Bend(
                where=f"past {number}: {row.kind} {row.row} of {row.recording}", what="was changed since"
            )
    yield from (Bend(where=f"past {number}", what="was slipped in") for number in rows)


def astray(recording: UUID) -> Iterator[Bend]:
    """Rows of a record that are not what the past says of them: a hand that first put the triggers out of the way."""
    last: dict[tuple[str, str], Past] = {}
    for row in Past.objects.filter(recording=recording).order_by("pk"):
        last[row.kind, row.row] = row
    told = {place: _canonical(row.state) for place, row in last.items() if not row.gone}
    there = dict(live_rows(recording))
    for place in sorted(told.keys() | there.keys()):
        if told.get(place) != there.get(place):
            what = "has no past" if place not in told else "is gone" if place not in there else "differs"
            yield Bend(where=f"{place[0]} {place[1]} of {recording}", what=what)


def live_rows(recording: UUID) -> Iterator[tuple[tuple[str, str], str]]:
    """Kind, key and canonical JSON of every row of a record as it stands in its table."""
    value = recording if connection.vendor == "postgresql" else recording.hex
    with connection.cursor() as cursor:
        for one in TRACKED:
            cursor.execute(live(connection, one), [value])
            for key, state in cursor.fetchall():
                yield (
                    (one.label, str(key)),
                    _canonical(json.loads(state) if isinstance(state, str) else state),
                )


def leaf(row: Past) -> str:
    """The hash of one row of the past."""
    told = [row.pk, str(row.recording), row.kind, row.row, row.at.isoformat(), row.gone, row.state]
    return hashlib.sha256(_canonical(told).encode()).hexdigest()


def _over(leaves: list[list[object]]) -> str:
    return hashlib.sha256(_canonical(leaves).encode()).hexdigest()


def _canonical(told: object) -> str:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
