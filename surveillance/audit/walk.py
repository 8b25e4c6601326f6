"""Walking the whole ledger: every place where it was edited, cut, inserted, put in another order or dated back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings

from surveillance.audit.checkpoints import Witness
from surveillance.audit.merkle import Edge
from surveillance.audit.models import Checkpoint, Entry, Head, Sealed, Tile
from surveillance.audit.notes import NoteUnreadable, Signer, Statement, read_note, signer
from surveillance.audit.stamping import StampUnfit, stamped_at
from surveillance.audit.writing import ROW_FIELDS, bound, leaf_of, row_digest

FIELDS = ("sequence", "at", "actor", "action", "subject", "detail", "rows")
# Clocks are set now and then; an entry may be so much older than the one before it.
SLACK = timedelta(seconds=10)
Told = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Bend:
    """A place where the ledger does not hold: the first entry concerned, and why."""

    sequence: int
    why: str


def the_signer() -> Signer:
    """The key of this installation's ledger."""
    return signer(Path(settings.EARSHOT.home) / "ledger-key", settings.EARSHOT.ledger_origin)


def bends(witness: Witness | None = None, *, told: Told = lambda _: None) -> Iterator[Bend]:
    """Every bend of the ledger, held against itself, the checkpoints beside it, and what lies locked away.

    `told` is called with the number of entries walked, now and then.
    """
    # The head is read before the walk and again after it: entries written meanwhile are no fault.
    begun = Head.objects.filter(id=1).first()
    public = the_signer().public
    walk = _Walk(signed=_statements(public), witness=witness)
    yield from walk.unreadable
    last: datetime | None = None
    expected = 1
    for row in Entry.objects.order_by("sequence").values(*FIELDS, "leaf").iterator(chunk_size=5000):
        stored = row.pop("leaf")
        if row["sequence"] % 20000 == 0:
            told(row["sequence"])
        yield from _order(row, expected, last)
        last = max(last or row["at"], row["at"])
        expected = max(expected, row["sequence"] + 1)
        leaf = leaf_of(row)
        if leaf.hex() != stored:
            yield Bend(sequence=row["sequence"], why="its words were changed after it was written")
        # The tree is made of the leaves as they are kept, so that one edited entry is one bend.
        yield from walk.take(row["sequence"], _bytes_of(stored) or leaf)
    yield from walk.end(begun, Head.objects.filter(id=1).first(), expected - 1)
    yield from _row_bends()
    yield from _stamp_bends()


def _bytes_of(leaf: str) -> bytes:
    try:
        return bytes.fromhex(leaf)
    except ValueError:
        return b""


def _order(row: Mapping[str, Any], expected: int, last: datetime | None) -> Iterator[Bend]:
    sequence = row["sequence"]
    if sequence < 1:
        yield Bend(sequence=sequence, why="stands before the first entry; it was inserted")
    elif sequence > expected:
        gone = (
            f"entry {expected} is"
            if sequence == expected + 1
            else f"entries {expected} to {sequence - 1} are"
        )
        yield Bend(sequence=expected, why=f"{gone} missing")
    if last is not None and row["at"] < last - SLACK:
        yield Bend(
            sequence=sequence, why=f"is dated {row['at']:%Y-%m-%d %H:%M:%S}, before an entry ahead of it"
        )


class _Walk:
    """The tree as it grows over the entries that are there, held against what was signed and locked away."""

    def __init__(self, *, signed: tuple[dict[int, Statement], list[Bend]], witness: Witness | None) -> None:
        self._signed, self.unreadable = signed
        self._locked = witness.statements if witness else {}
        self._leaves = witness.leaves if witness else ()
        if witness:
            self.unreadable += [
                Bend(sequence=0, why=f"{key} in the store is not signed by this ledger's key")
                for key in witness.unreadable
            ]
        self._tiles = dict(Tile.objects.values_list("number", "root"))
        self._edge, self._tile = Edge(), Edge()
        self._broken = False
        self._sure = 0  # so far something other than the entries themselves vouches for them

    def take(self, sequence: int, leaf: bytes) -> Iterator[Bend]:
        """One entry more."""
        if sequence < 1:
            return
        if sequence <= len(self._leaves) and self._leaves[sequence - 1] != leaf:
            yield Bend(sequence=sequence, why="is not the entry whose hash lies locked away in the store")
        self._edge, self._tile = self._edge.grown(leaf), self._tile.grown(leaf)
        if self._edge.size != sequence:
            self._broken = True  # a gap was told; no root behind it can be right
        if self._tile.size == 256:
            number, root = self._edge.size // 256 - 1, self._tile.root.hex()
            if not self._broken and self._tiles.get(number) != root:
                yield Bend(
                    sequence=sequence - 255, why=f"entries {sequence - 255} to {sequence} have another root"
                )
            self._tile = Edge()
        if not self._broken:
            yield from self._held_against(sequence, self._signed, "the checkpoint in the database")
            yield from self._held_against(sequence, self._locked, "the checkpoint locked away in the store")

    def _held_against(self, sequence: int, statements: Mapping[int, Statement], what: str) -> Iterator[Bend]:
        statement = statements.get(sequence)
        if statement is None:
            return
        if statement.root != self._edge.root:
            some = f"among entries {self._sure + 1} to {sequence}"
            why = f"{some} is one that {what} at {sequence} has not signed"
            yield Bend(sequence=self._sure + 1, why=why)
        self._sure = sequence

    def end(self, begun: Head | None, ended: Head | None, many: int) -> Iterator[Bend]:
        """What is known of the end of the ledger."""
        if begun is None or ended is None:
            if many:
                yield Bend(sequence=many + 1, why="the note of where the ledger ends was removed")
        elif many < begun.sequence:
            why = f"the ledger does not reach entry {begun.sequence} as written; its end was cut off"
            yield Bend(sequence=many + 1, why=why)
        elif many > ended.sequence:
            yield Bend(
                sequence=ended.sequence + 1, why=f"the ledger ends at entry {ended.sequence}; more was added"
            )
        elif many == ended.sequence and not self._broken:
            roots = [root.hex() for root in self._edge.roots]
            if roots != ended.edge:
                why = f"among entries {self._sure + 1} to {many} is one that was not written by Earshot"
                yield Bend(sequence=self._sure + 1, why=why)
        for what, statements in (("signed", self._signed), ("locked away", self._locked)):
            beyond = max(statements, default=0)
            if beyond > many:
                why = f"a checkpoint at {beyond} entries was {what}; the end of the ledger was cut off"
                yield Bend(sequence=many + 1, why=why)
        for size in sorted(set(self._locked) - set(self._signed)):
            yield Bend(
                sequence=size, why=f"the checkpoint at {size} lies in the store and is gone from the database"
            )


def _statements(public: bytes) -> tuple[dict[int, Statement], list[Bend]]:
    found: dict[int, Statement] = {}
    unreadable = []
    for size, note in Checkpoint.objects.order_by("size").values_list("size", "note"):
        try:
            statement = read_note(note, public)
        except NoteUnreadable:
            unreadable.append(Bend(sequence=size, why=f"the checkpoint at {size} was forged or changed"))
            continue
        if statement.size != size:
            unreadable.append(Bend(sequence=size, why=f"the checkpoint at {size} speaks of {statement.size}"))
        found[statement.size] = statement
    return found, unreadable


def _row_bends() -> Iterator[Bend]:
    """Row changes of django-auditlog held against the entries that bind them."""
    rows = LogEntry.objects.order_by("pk").values(*ROW_FIELDS).iterator(chunk_size=5000)
    sealed = Sealed.objects.order_by("row").values_list("row", "entry_id", "digest").iterator(chunk_size=5000)
    bundles: dict[int, list[str]] = {}
    row = next(rows, None)
    for number, entry, digest in sealed:
        bundles.setdefault(entry, []).append(digest)
        while row is not None and row["id"] < number:
            row = next(rows, None)  # not bound yet: `seal_rows` will
        if row is None or row["id"] > number:
            yield Bend(sequence=entry, why=f"row change {number}, which it binds, is gone")
        else:
            if row_digest(row) != digest:
                yield Bend(sequence=entry, why=f"row change {number}, which it binds, was edited")
            row = next(rows, None)
    for entry, told in (
        Entry.objects.exclude(rows="").order_by("sequence").values_list("sequence", "rows").iterator()
    ):
        if bound(bundles.get(entry, [])) != told:
            yield Bend(sequence=entry, why="the row changes it binds are not those it was written with")


def _stamp_bends() -> Iterator[Bend]:
    """Time stamps held against the checkpoints they are over, where the authority's roots are known."""
    roots = settings.EARSHOT.timestamp_roots
    if roots is None:
        return
    for row in Checkpoint.objects.exclude(stamp=b"").order_by("size"):
        try:
            moment = stamped_at(bytes(row.stamp), row.note, roots=roots)
        except StampUnfit as fault:
            yield Bend(sequence=row.size, why=f"the time stamp of the checkpoint at {row.size}: {fault}")
            continue
        if moment < row.at - SLACK:
            why = f"the checkpoint at {row.size} was stamped at {moment:%Y-%m-%d %H:%M:%S}, before it says it was made"
            yield Bend(sequence=row.size, why=why)
