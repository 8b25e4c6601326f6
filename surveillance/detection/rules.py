"""The screeners of this process: of the rulebook, by which calls are screened, and of the folder on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from detectors.screen import Screener
from policies.loader import load
from policies.schema import PolicyFaults
from surveillance.core.backends import load as backend
from surveillance.core.errors import Transient
from surveillance.rulebook import selectors
from surveillance.rulebook.services import note_reading, open_book

if TYPE_CHECKING:
    from detectors.intent.reader import Reader

READERS = {"packaged": "detectors.intent.reader:Reader"}


@cache
def reader() -> Reader | None:
    """The reader of this process as `EARSHOT_READER` names it; None where policies are held over the words alone.

    Raises:
        WeightsUnusable: its weights are missing, or not those that were measured.
    """
    if settings.EARSHOT.reader == "none":
        return None
    made: Reader = backend(READERS, settings.EARSHOT.reader)(
        settings.EARSHOT.cache, threads=settings.EARSHOT.reader_threads
    )
    return made


def screener() -> Screener:
    """The screener over the policies in force; made anew when another edition takes effect.

    Raises:
        Transient: nothing is in force yet and the folder has faults; all of them are in the message.
    """
    open_book()
    editions = selectors.mark()
    made = screener_of(editions)
    note_reading(sha256=made.policy_set.sha256, editions=editions)
    return made


@lru_cache(maxsize=8)
def screener_of(editions: tuple[str, ...]) -> Screener:
    """The screener over exactly these editions, by their hashes: in force now, once, or only proposed.

    Raises:
        Broken: the rulebook does not hold one of them.
    """
    return Screener(selectors.policy_set(editions), reader())


def reading_of(policies_sha256: str) -> Sequence[str] | None:
    """The editions behind the hash that a screening names; None where they were never kept."""
    return selectors.reading(policies_sha256)


def folder_screener() -> Screener:
    """The screener over the folder `EARSHOT_POLICIES` as it stands, in force or not; it needs no database.

    Raises:
        Transient: the policies have faults; all of them are in the message.
    """
    folder: Path = settings.EARSHOT.policies
    return _loaded(folder, tuple(sorted(_marks(folder))))


def _marks(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    """What changes when any file does, also for one that is put back with an older date."""
    for path in folder.rglob("*.toml"):
        found = path.stat()
        yield str(path), found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=2)
def _loaded(folder: Path, _as_of: tuple[tuple[str, int, int, int], ...]) -> Screener:
    try:
        return Screener(load(folder), reader())
    except PolicyFaults as faults:
        raise Transient(
            f"The policies do not load: {faults}", cure="Run manage.py check_policies."
        ) from faults
