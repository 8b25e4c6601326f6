"""Reading the ledger, and proving what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from surveillance.audit.checkpoints import WIDTH
from surveillance.audit.merkle import Edge, consistency, inclusion, root_of
from surveillance.audit.models import Checkpoint, Entry, Head, Tile
from surveillance.core.errors import Missing


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What to show of the ledger; empty fields do not narrow."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointFacts:
    """A signed checkpoint; `kept_at` is None while it is not locked away."""

    size: int
    at: datetime
    note: str
    kept_at: datetime | None
    stamped: bool


@dataclass(frozen=True, kw_only=True)
class Proof:
    """That entry `sequence` stands in the tree a checkpoint signed: leaf, path and root as hex (RFC 6962)."""

    sequence: int
    leaf: str
    path: tuple[str, ...]
    size: int
    root: str
    note: str


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


def acts_by_day(since: datetime) -> list[tuple[Any, int]]:
    """Days (UTC) with acts since then, and how many."""
    found = Entry.objects.filter(at__gte=since).annotate(day=TruncDate("at"))
    return list(found.values_list("day").annotate(many=Count("sequence")).order_by("day"))


def checkpoints(most: int = 20) -> list[CheckpointFacts]:
    """The latest checkpoints, newest first."""
    return [
        CheckpointFacts(size=row.size, at=row.at, note=row.note, kept_at=row.kept_at, stamped=bool(row.stamp))
        for row in Checkpoint.objects.order_by("-size")[:most]
    ]


def size() -> int:
    """How many entries the ledger has, by its edge."""
    return Head.objects.filter(id=1).values_list("sequence", flat=True).first() or 0


def proof(sequence: int) -> Proof:
    """The proof that an entry stands under the first checkpoint that covers it.

    Raises:
        Missing: no such entry, or no checkpoint covers it yet.
    """
    leaf = Entry.objects.filter(sequence=sequence).values_list("leaf", flat=True).first()
    if leaf is None:
        raise Missing(f"The ledger has no entry {sequence}.", cure="Look for it on the ledger page.")
    signed = Checkpoint.objects.filter(size__gte=sequence).order_by("size").first()
    if signed is None:
        raise Missing(
            f"No checkpoint covers entry {sequence} yet.", cure="One is signed every few minutes; try again."
        )
    path = inclusion(sequence - 1, signed.size, subtree)
    return Proof(
        sequence=sequence,
        leaf=leaf,
        path=tuple(step.hex() for step in path),
        size=signed.size,
        root=subtree(0, signed.size).hex(),
        note=signed.note,
    )


def growth(old: int, new: int) -> list[str]:
    """The proof that the ledger of `new` entries grew out of that of `old`, hex (RFC 6962 section 2.1.2).

    Raises:
        Missing: the ledger is not that long.
    """
    if not 0 < old <= new <= size():
        raise Missing(f"The ledger has {size()} entries.", cure="Ask for sizes from 1 up to that.")
    return [step.hex() for step in consistency(old, new, subtree)]


def edge_of(head: Head) -> Edge:
    """The edge of the tree as the head keeps it."""
    return Edge(head.sequence, tuple(bytes.fromhex(root) for root in head.edge))


def subtree(first: int, last: int) -> bytes:
    """The root over the leaves `first` to `last` (exclusive, from 0), which begin a complete subtree."""
    edge, here = Edge(), first
    if first % WIDTH == 0 and last - first > WIDTH:
        wanted = Tile.objects.filter(number__gte=first // WIDTH, number__lt=last // WIDTH).order_by("number")
        for root in wanted.values_list("root", flat=True):
            edge, here = edge.grown(bytes.fromhex(root)), here + WIDTH
    leaves = list(_leaves(here, last))
    if not edge.size:
        return root_of(leaves)
    if leaves:
        # The ragged end is one subtree beside whole tiles, whatever its own shape.
        return Edge(0, (*edge.roots, root_of(leaves))).root
    return edge.root


def _leaves(first: int, last: int) -> Iterator[bytes]:
    found = Entry.objects.filter(sequence__gt=first, sequence__lte=last).order_by("sequence")
    return (bytes.fromhex(leaf) for leaf in found.values_list("leaf", flat=True))
