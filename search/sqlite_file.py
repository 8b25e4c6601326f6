"""The file of the embedded index: opened, missed, set aside; its faults told as faults of an index."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from search.index import IndexBroken, IndexDown

_TRY_AGAIN = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
}


def file_at(path: Path) -> tuple[int, int] | None:
    """Which file a path means now; None when there is none."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_dev, told.st_ino


def opened(path: Path, patience: float) -> sqlite3.Connection:
    """A connection to the file, which is made if it is not there."""
    with _alone(path):
        if not path.exists():
            _drop_journals(path)
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
                "CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, score INTEGER NOT NULL);"
            )
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def set_aside(path: Path) -> None:
    """Keep a damaged file for whoever asks what happened, out of the way of the new one."""
    with translated(), _alone(path):
        if path.exists():
            path.rename(_beside(path, f".broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"))
        _drop_journals(path)


@contextmanager
def translated() -> Iterator[None]:
    """Faults of SQLite and of the folder become IndexDown and IndexBroken."""
    try:
        yield
    except sqlite3.Error as fault:
        if passes(fault):
            raise IndexDown(f"the index file cannot be used now: {fault}") from fault
        raise IndexBroken(f"the index file is damaged: {fault}") from fault
    except OSError as fault:
        raise IndexDown(f"the index folder cannot be used: {fault}") from fault


def passes(fault: sqlite3.Error) -> bool:
    """Whether trying again may help; the low byte of the code is the kind of fault, the rest its detail."""
    if not isinstance(fault, sqlite3.OperationalError):
        return False
    return (fault.sqlite_errorcode & 0xFF) in _TRY_AGAIN


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While files come and go, no other process opens or moves them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path, "-lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _drop_journals(path: Path) -> None:
    """The journals of a file that is gone must not be read into the one made after it."""
    for ending in ("-wal", "-shm"):
        _beside(path, ending).unlink(missing_ok=True)
