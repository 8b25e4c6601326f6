"""Reading the ledger, and proving that nothing in it was bent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from surveillance.audit import chain
from surveillance.audit.models import Entry, Head


@dataclass(frozen=True, kw_only=True)
class Bend:
    """A place where the chain does not hold."""

    sequence: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What to show of the ledger; empty fields do not narrow."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(wanted: Filter) -> QuerySet[Entry]:
    """Entries, newest first. Who may ask is decided at the door: see `access.scope.Power.LEDGER`."""
    found = Entry.objects.order_by("-sequence")
    narrow: dict[str, Any] = {
        "actor": wanted.actor,
        "action": wanted.action,
        "subject__contains": wanted.subject,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    return found.filter(**{name: value for name, value in narrow.items() if value})


def actions() -> list[str]:
    """Every kind of act on record, in alphabetical order."""
    return list(Entry.objects.order_by("action").values_list("action", flat=True).distinct())


def acts_upon(subject: str) -> QuerySet[Entry]:
    """What was done to one thing, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("sequence")


def bends() -> Iterator[Bend]:
    """Walk the whole chain; yield each entry that was edited, removed, inserted, or cut off the end."""
    previous, expected = chain.GENESIS, 1
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != expected:
            yield Bend(sequence=expected, why=f"entries {expected} to {entry.sequence - 1} are missing")
        elif entry.previous != previous:
            yield Bend(sequence=entry.sequence, why="does not follow from the entry before it")
        found = chain.digest(
            sequence=entry.sequence,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
            previous=entry.previous,
        )
        if found != entry.digest:
            yield Bend(sequence=entry.sequence, why="its words were changed after it was written")
        previous, expected = entry.digest, entry.sequence + 1
    head = Head.objects.filter(id=1).first()
    if head and (head.sequence, head.digest) != (expected - 1, previous):
        yield Bend(sequence=expected, why=f"the ledger should end at entry {head.sequence}; its end was cut off")
