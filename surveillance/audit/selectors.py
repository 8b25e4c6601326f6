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
    """Walk the whole chain; yield each place where an entry was edited, removed, inserted or cut off."""
    # The head is read before the walk and again after it: entries written meanwhile are no fault.
    begun = _head()
    previous, expected, met = chain.GENESIS, 1, ""
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=2000):
        yield from _faults(entry, previous, expected)
        previous, expected = entry.digest, entry.sequence + 1
        met = entry.digest if begun and entry.sequence == begun.sequence else met
    ended = _head()
    if begun and met != begun.digest:
        why = f"the ledger does not reach entry {begun.sequence} as written; its end was cut off or replaced"
        yield Bend(sequence=min(expected, begun.sequence), why=why)
    elif ended and expected - 1 > ended.sequence:
        yield Bend(
            sequence=ended.sequence + 1, why=f"the ledger ends at entry {ended.sequence}; more was added"
        )
    elif ended is None and expected > 1:
        yield Bend(sequence=expected, why="the note of where the ledger ends was removed")


def _faults(entry: Entry, previous: str, expected: int) -> Iterator[Bend]:
    """What is wrong with one entry, given the one before it."""
    if entry.sequence < expected:
        yield Bend(sequence=entry.sequence, why="stands before the first entry; it was inserted")
    elif entry.sequence > expected:
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


def _head() -> Head | None:
    return Head.objects.filter(id=1).first()
