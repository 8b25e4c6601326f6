"""What a night looks at: natives, their second copies, rows against their past, the index against the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from surveillance.access.scope import program
from surveillance.archive.replicas import replica_outcome, replicate
from surveillance.archive.rota import coverage
from surveillance.archive.selectors import unaccounted
from surveillance.archive.services import verify
from surveillance.core.errors import Broken, Missing
from surveillance.custody.restoring import restored
from surveillance.custody.sealing import astray, bends
from surveillance.custody.triggers import missing
from surveillance.indexing.agreeing import is_altered, missing_and_strange
from surveillance.indexing.backend import BrokenIndex

SCOPE = program("fixity")
DRILL = 5  # recordings rebuilt from the copies each night
# What each kind of finding asks of whoever reads the report.
CURES: Mapping[str, str] = {
    "native": "Do not rely on it. Restore it from the replica, and find out who or what changed it.",
    "replica": "The first copy is what counts. Take the bad one out of the replica; the next night copies it anew.",
    "stray": "Something lies in the store that was not put there by Earshot. Find out who did.",
    "rows": "Somebody wrote to the database past Earshot. /calls/…/record shows what stood there before.",
    "past": "Somebody wrote to the history itself. The ledger's seal over it tells which rows still hold.",
    "triggers": "History is not written while they are missing: run manage.py migrate, and find out who did it.",
    "index": "Run manage.py reindex; what is searched until then may be wrong.",
    "restore": "The copies cannot be relied on in an emergency. Mend it before there is one.",
    "late": "Give the nights more bytes (EARSHOT_FIXITY_NIGHT_BYTES), or more days (EARSHOT_FIXITY_DAYS).",
}


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One thing that is not as it was or should be; `where` names it."""

    kind: str
    where: str
    what: str

    def told(self) -> dict[str, str]:
        return {"kind": self.kind, "where": self.where, "what": self.what, "cure": CURES[self.kind]}


def at_natives(recordings: Sequence[UUID]) -> tuple[int, list[Wrong]]:
    """Read and hash these natives, first copies and second; how many bytes, and what is wrong."""
    if not recordings:
        return 0, []
    told = verify(scope=SCOPE, recordings=recordings)
    wrong = [
        Wrong(kind="native", where=f"recording:{one.recording}", what=f"its native is {one.outcome}")
        for one in told.faults
    ]
    for recording in recordings:
        if (outcome := replica_outcome(recording)) not in ("", "sound"):
            wrong.append(
                Wrong(kind="replica", where=f"recording:{recording}", what=f"its second copy is {outcome}")
            )
    return told.bytes, wrong


def at_store() -> Iterator[Wrong]:
    """Hold what lies in the store against the seals, by name."""
    gone, strange = unaccounted()
    for recording in gone:
        yield Wrong(kind="native", where=f"recording:{recording}", what="its native is not in the store")
    yield from (Wrong(kind="stray", where=key, what="no seal knows it") for key in strange)


def at_copies() -> tuple[int, list[Wrong]]:
    """Copy what the replica lacks; how many, and what could not be copied."""
    done = replicate()
    wrong = [Wrong(kind="replica", where=f"recording:{one}", what=why) for one, why in done.faults]
    return done.copied, wrong


def at_rows(recordings: Sequence[UUID]) -> Iterator[Wrong]:
    """Hold rows against their past, and the past against its seals."""
    if gone := missing():
        yield Wrong(
            kind="triggers", where="database", what=f"{len(gone)} triggers of the history are missing"
        )
    for bend in bends():
        yield Wrong(kind="past", where=bend.where, what=bend.what)
    for recording in recordings:
        for bend in astray(recording):
            yield Wrong(kind="rows", where=bend.where, what=f"{bend.what} from its history")


def at_index(recordings: Sequence[UUID]) -> Iterator[Wrong]:
    """Hold the index against the archive: all of it by name, these recordings word by word."""
    lacking, strange = missing_and_strange()
    yield from (Wrong(kind="index", where=f"recording:{one}", what="is not in the index") for one in lacking)
    yield from (
        Wrong(kind="index", where=f"recording:{one}", what="is in the index alone") for one in strange
    )
    for recording in recordings:
        where = f"recording:{recording}"
        try:
            if str(recording) not in lacking and is_altered(recording):
                yield Wrong(kind="index", where=where, what="its words in the index were changed")
        except BrokenIndex as fault:
            yield Wrong(kind="index", where=where, what=fault.message)
        except (Broken, Missing):
            yield Wrong(kind="rows", where=where, what="its words cannot be read any more")


def at_restoring() -> tuple[int, list[Wrong]]:
    """Rebuild a few recordings from the copies, as after a disaster; how many, and what did not come back."""
    done = restored(most=DRILL)
    return done.records, [
        Wrong(kind="restore", where=f"recording:{one}", what=why) for one, why in done.faults
    ]


def at_coverage() -> Iterator[Wrong]:
    """Are all natives read as often as is promised?"""
    late = coverage(days=settings.EARSHOT.fixity_days).overdue
    if late:
        yield Wrong(
            kind="late",
            where="archive",
            what=f"{late} natives were not read for more than {settings.EARSHOT.fixity_days} days",
        )
