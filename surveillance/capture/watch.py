"""The watched folder: which files in it have come to rest, and what belongs together."""

from __future__ import annotations

import fcntl
import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from surveillance.capture.sidecars import paired
from surveillance.capture.sources import declared

STILL_SECONDS = 5.0  # unchanged for so long: whoever wrote it has finished
SIDECAR_SECONDS = 30.0  # how long a recording waits for a sidecar that may still come
ASIDE = "set-aside"  # what Earshot could not keep lies there, where nothing is taken from
UNFINISHED = (".part", ".tmp", ".partial", ".filepart", ".crdownload")
DONE = ".done"
NAMESPACE = uuid.UUID("7d0f4c0e-55ab-4a3c-9d0a-1f6f5d0c2a11")


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A recording in the folder, with its sidecar and its sign of completion where they are there."""

    path: Path
    sidecar: Path | None
    done: Path | None
    source: str  # the folder's name, where it is named after a declared source
    arrival: (
        uuid.UUID
    )  # the same for the same file, so that a crash between two steps makes no second receipt


def standing(folder: Path) -> Iterator[Dropped]:
    """Recordings in the folder that nobody writes any more.

    A file has come to rest when it has not changed for some seconds, or when `<name>.done` stands beside it.
    A recording without a sidecar waits a little longer, for the sidecar may be on its way.
    """
    files = [path for path in sorted(folder.rglob("*")) if _is_ours(path, folder)]
    signs = {path for path in files if path.name.endswith(DONE)}
    couples, _ = paired(path for path in files if path not in signs)
    for path, sidecar in couples:
        done = next((sign for sign in _signs(path) if sign in signs), None)
        rest = STILL_SECONDS if sidecar else SIDECAR_SECONDS
        identity = _identity(path)
        if identity and (done or min(_age(part) for part in (path, sidecar) if part) >= rest):
            yield Dropped(
                path=path, sidecar=sidecar, done=done, source=_source(path, folder), arrival=identity
            )


def clear(dropped: Dropped) -> None:
    """Take a file out of the folder whose bytes we hold and whose receipt is written."""
    if _identity(dropped.path) != dropped.arrival:
        return  # it changed after it was read: what stands there now is another arrival
    for path in (dropped.path, dropped.sidecar, dropped.done):
        if path is not None:
            path.unlink(missing_ok=True)


def set_aside(dropped: Dropped, folder: Path) -> None:
    """Move what could not be kept to where it is not tried again and again."""
    place = folder / ASIDE / str(dropped.arrival)
    place.mkdir(parents=True, exist_ok=True)
    for path in (dropped.path, dropped.sidecar, dropped.done):
        if path is not None and path.exists():
            path.rename(place / path.name)


@contextmanager
def alone(lock: Path) -> Iterator[bool]:
    """True for the one process that collects; False where another is at it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _is_ours(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    if inside.parts[0] == ASIDE or any(part.startswith(".") for part in inside.parts):
        return False
    if path.name.lower().endswith(UNFINISHED):
        return False
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _source(path: Path, folder: Path) -> str:
    first = path.relative_to(folder).parts[0]
    return first if first in declared() else "watched"


def _signs(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + DONE), path.with_suffix(DONE)


def _age(path: Path) -> float:
    """Seconds since the file last changed in any way; less than none where it is gone."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return -1.0
    return time.time() - max(found.st_mtime, found.st_ctime)


def _identity(path: Path) -> uuid.UUID | None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    # A name is bytes; those that are no text have an identity as well.
    name = os.fsencode(path).decode("latin-1")
    facts = (name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return uuid.uuid5(NAMESPACE, "|".join(str(fact) for fact in facts))
