"""The store's own holds follow the holds: many at a time, each with its receipt, resumable after any death."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from surveillance.archive.locks import Place, hold_in_store, places_of
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Fault, Transient
from surveillance.retention.models import StoreHold

ACTOR = "program:retention"
THREADS = 12
BATCH = 1000
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How many objects were held or freed in the store, and how many wait. `away`: the store does not answer."""

    done: int
    faults: int
    waiting: int
    away: str = ""


def follow_holds(*, most: int = 200_000, threads: int = THREADS) -> Followed:
    """Hold and free in the store what the holds ask for. What a dead store or a killed worker left is done next time.

    Objects are taken by lease, so that two sweeps never work on one object: an order that was given late could
    otherwise undo a later one.
    """
    done = faults = 0
    away = ""
    with ThreadPoolExecutor(max_workers=threads) as hands:
        taken = _taken(min(BATCH, most))
        while taken:
            told = [hands.submit(_obeyed, order) for order in taken]
            # The next are read while the store works on these.
            left = most - done - faults - len(taken)
            coming = _taken(min(BATCH, left)) if left > 0 else []
            good, bad, away = _receipted(taken, [one.result() for one in told])
            done, faults = done + good, faults + bad
            if away:
                _given_back(coming)
                break
            taken = coming
    return Followed(done=done, faults=faults, waiting=_behind().count(), away=away)


@dataclass(frozen=True, kw_only=True)
class _Order:
    row: int
    recording: UUID
    place: Place
    on: bool


def _behind() -> QuerySet[StoreHold]:
    """What the store was not seen to do yet, of what lies in it."""
    return StoreHold.objects.filter(
        Q(seen__isnull=True) | ~Q(seen=F("wanted")), recording__seal__isnull=False
    )


@transaction.atomic
def _taken(most: int) -> list[_Order]:
    at = now()
    free = _behind().filter(Q(taken_until__isnull=True) | Q(taken_until__lt=at))
    # Holds before releases: a minute too long under a hold hurts nobody.
    ids = free.order_by("-wanted", "tries", "pk").values_list("pk", flat=True)[:most]
    rows = list(StoreHold.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk"))
    rows = [row for row in rows if row.taken_until is None or row.taken_until < at]
    StoreHold.objects.filter(pk__in=[row.pk for row in rows]).update(taken_until=at + LEASE)
    places = places_of(row.recording_id for row in rows)
    return [
        _Order(row=row.pk, recording=row.recording_id, place=places[row.recording_id], on=row.wanted)
        for row in rows
        if row.recording_id in places
    ]


def _given_back(orders: Sequence[_Order]) -> None:
    StoreHold.objects.filter(pk__in=[order.row for order in orders]).update(taken_until=None)


def _obeyed(order: _Order) -> Fault | None:
    try:
        hold_in_store(order.place, order.on)
    except Fault as fault:
        return fault
    return None


@transaction.atomic
def _receipted(orders: Sequence[_Order], told: Sequence[Fault | None]) -> tuple[int, int, str]:
    """How many the store obeyed, how many it refused, and what it said where it is away."""
    at, away = now(), ""
    obeyed: dict[bool, list[_Order]] = {True: [], False: []}
    refused = []
    for order, fault in zip(orders, told, strict=True):
        if fault is None:
            obeyed[order.on].append(order)
            continue
        refused.append(order)
        if isinstance(fault, Transient):
            away = fault.message
        # A dead store is asked again at the next sweep; an object that is gone or altered less often.
        rest = None if isinstance(fault, Transient) else at + LEASE
        row = StoreHold.objects.filter(pk=order.row)
        row.update(taken_until=rest, tries=F("tries") + 1, fault=str(fault), seen=None)
    for on, some in obeyed.items():
        rows = StoreHold.objects.filter(pk__in=[order.row for order in some])
        rows.update(taken_until=None, seen=on, seen_at=at, fault="")
        if some:
            detail = {"recordings": [str(order.recording) for order in some]}
            action = "held in the store" if on else "freed in the store"
            record(actor=ACTOR, action=action, subject="holds", detail=detail)
    if refused:
        waits = {"recordings": [str(order.recording) for order in refused], "away": away}
        record(actor=ACTOR, action="hold waits for the store", subject="holds", detail=waits)
    return len(orders) - len(refused), len(refused), away
