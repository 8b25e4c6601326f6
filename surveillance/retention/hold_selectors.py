"""Reading holds: what each asks for, how far the store has followed, and how long that took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q

from surveillance.access.scope import Desks, Power, Scope
from surveillance.capture.selectors import call
from surveillance.core.errors import Hidden, Missing
from surveillance.retention.models import Held, Hold, StoreHold


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    """A hold as people see it. `recordings` under it, `locked` of them held in the store too, `waiting` not yet."""

    number: int
    matter: str
    reason: str
    desks: tuple[str, ...]
    every_desk: bool
    custodians: tuple[str, ...]
    query: str
    since: datetime | None
    until: datetime | None
    forward: bool
    placed_by: str
    placed_at: datetime
    release_asked_by: str
    release_asked_at: datetime | None
    release_reason: str
    released_by: str
    released_at: datetime | None
    recordings: int
    locked: int

    @property
    def stands(self) -> bool:
        return self.released_at is None

    @property
    def waiting(self) -> int:
        return self.recordings - self.locked if self.stands else 0

    def asks_for(self) -> str:
        """The terms in words."""
        told = []
        if self.custodians:
            told.append(f"calls with {' or '.join(self.custodians)}")
        if self.query:
            told.append(f"calls that say {self.query}")
        if self.since:
            told.append(f"from {self.since:%Y-%m-%d}")
        if self.until:
            told.append(f"before {self.until:%Y-%m-%d}")
        told.append("on every desk" if self.every_desk else f"on {', '.join(self.desks)}")
        return ", ".join(told)


@dataclass(frozen=True, kw_only=True)
class Holds:
    """Holds within a scope, newest first; how many lie out of its reach."""

    rows: tuple[HoldRow, ...]
    elsewhere: int


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds from the placing of a hold to the lock in the store, sorted; `waiting`: not locked yet."""

    seconds: tuple[float, ...]
    waiting: int

    def quantile(self, share: float) -> float | None:
        """The smallest number of seconds within which that share was locked."""
        if not self.seconds:
            return None
        return self.seconds[max(0, math.ceil(share * len(self.seconds)) - 1)]


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """A hold as the page of a call shows it: whoever may not hold learns that there is one, not of which matter."""

    number: int
    matter: str
    since: datetime
    until: datetime | None


def holds(scope: Scope, *, released: bool = True) -> Holds:
    """The holds that the asker may place and release, newest first.

    Raises:
        Refused: the scope may not hold anywhere.
    """
    scope.require(Power.HOLD)
    found = Hold.objects.all() if released else Hold.objects.filter(released_at__isnull=True)
    counted = found.annotate(
        many=Count("held", distinct=True),
        locked=Count("held", filter=Q(held__recording__store_hold__seen=True), distinct=True),
    )
    rows = list(counted.order_by("-pk"))
    within = [row for row in rows if _within(row, scope.desks(Power.HOLD))]
    return Holds(rows=tuple(_row(row) for row in within), elsewhere=len(rows) - len(within))


def hold(scope: Scope, number: int) -> HoldRow:
    """One hold.

    Raises:
        Refused, Hidden, Missing: the scope may not hold there, or there is none.
    """
    rows = [row for row in holds(scope).rows if row.number == number]
    if rows:
        return rows[0]
    if Hold.objects.filter(pk=number).exists():
        raise Hidden("There is no such hold.", cure="Check its number.", subject=f"hold:{number}")
    raise Missing("There is no such hold.", cure="Check its number.")


def latency(scope: Scope, number: int) -> Latency:
    """How long the store took to follow a hold. Raises as `hold`."""
    row = hold(scope, number)
    under = Held.objects.filter(hold_id=number)
    moments = (
        StoreHold.objects.filter(recording_id__in=under.values("recording_id"), wanted=True, seen=True)
        .filter(seen_at__gte=F("wanted_at"))
        .values_list("wanted_at", "seen_at")
    )
    seconds = sorted((seen - wanted).total_seconds() for wanted, seen in moments if seen is not None)
    return Latency(seconds=tuple(seconds), waiting=row.waiting)


def holds_on(scope: Scope, recording: UUID) -> list[OnCall]:
    """The holds a recording was ever under, oldest first.

    Raises:
        Hidden, Missing: no such recording within the scope.
    """
    facts = call(scope, recording)
    named = scope.may(Power.HOLD, facts.desk)
    rows = Held.objects.filter(recording_id=recording).select_related("hold").order_by("at", "pk")
    return [
        OnCall(
            number=row.hold.pk if named else 0,
            matter=row.hold.matter if named else "a matter",
            since=row.at,
            until=row.hold.released_at,
        )
        for row in rows
    ]


def holds_on_custodian(told: Iterable[str]) -> int:
    """How many standing holds name somebody as a custodian; for rooms that answer for data subjects."""
    names = [one.casefold() for one in told]
    rows = Hold.objects.filter(released_at__isnull=True).values_list("custodians", flat=True)
    return sum(any(str(part).casefold() in name for part in row for name in names) for row in rows)


def _within(row: Hold, reach: Desks) -> bool:
    return reach.every or (not row.every_desk and all(desk in reach for desk in row.desks))


def _texts(told: Iterable[str]) -> tuple[str, ...]:
    return tuple(told)


def _row(row: Hold) -> HoldRow:
    counted: Sequence[int] = (getattr(row, "many", 0), getattr(row, "locked", 0))
    return HoldRow(
        number=row.pk,
        matter=row.matter,
        reason=row.reason,
        desks=_texts(row.desks),
        every_desk=row.every_desk,
        custodians=_texts(row.custodians),
        query=row.query,
        since=row.since,
        until=row.until,
        forward=row.forward,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        release_asked_by=row.release_asked_by,
        release_asked_at=row.release_asked_at,
        release_reason=row.release_reason,
        released_by=row.released_by,
        released_at=row.released_at,
        recordings=counted[0],
        locked=counted[1],
    )
