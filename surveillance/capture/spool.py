"""The spool: bytes not yet sealed, and bytes in quarantine; durable before any row speaks of them."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from surveillance.core.errors import Invalid, Missing, Transient

CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Spooled:
    """Bytes on our disk, known by their hash."""

    sha256: str
    size: int
    path: Path
    modified: float  # seconds since 1970: the time of the file it came from


class TooBig(Exception):
    """More bytes than are taken in; nothing of it was kept."""

    def __init__(self, size: int, bound: int) -> None:
        super().__init__(f"{size:,} bytes or more, and {bound:,} are allowed")


def place(sha256: str) -> Path:
    """Where bytes of this hash lie. Names that came from outside never become part of a path."""
    return settings.EARSHOT.spool / "bytes" / sha256[:2] / sha256


@contextmanager
def taken_in(source: Path, *, bound: int) -> Iterator[Spooled]:
    """Copy a file into the spool and hold it while its receipt is written and its sound examined.

    The same bytes are held by one taker at a time, across processes; a dead one lets go.

    Raises:
        TooBig: more than `bound` bytes.
        Invalid: not a regular file.
        Missing: there is no such file.
        Transient: our disk is full.
    """
    part = settings.EARSHOT.spool / "incoming" / uuid.uuid4().hex
    try:
        sha256, size, modified = _copied(source, part, bound)
        with _linked(part, place(sha256)) as path:
            yield Spooled(sha256=sha256, size=size, path=path, modified=modified)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def held(sha256: str, *, wait: bool = True) -> Iterator[Path | None]:
    """Hold bytes that are in the spool; None where they are not, or another holds them and we do not wait."""
    path = place(sha256)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield path if _is(path, descriptor) else None
    finally:
        os.close(descriptor)


def drop(sha256: str) -> None:
    """Let bytes go that are sealed in the archive."""
    place(sha256).unlink(missing_ok=True)


def contents() -> Iterator[tuple[str, float]]:
    """Every hash in the spool, and how many seconds it has lain there."""
    now = time.time()
    for path in (settings.EARSHOT.spool / "bytes").glob("??/*"):
        try:
            yield path.name, now - path.stat().st_ctime
        except FileNotFoundError:
            continue


def sweep_parts(*, older_than: float) -> None:
    """Remove copies that were broken off; their bringers were never told that they had arrived."""
    for path in (settings.EARSHOT.spool / "incoming").glob("*"):
        try:
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()
        except FileNotFoundError:
            continue


def _copied(source: Path, part: Path, bound: int) -> tuple[str, int, float]:
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _regular(source) as incoming:
        facts = os.fstat(incoming.fileno())
        if facts.st_size > bound:
            raise TooBig(facts.st_size, bound)
        try:
            sha256, size = _stream(incoming, part, bound)
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Transient(
                    "The disk that receives recordings is full; nothing was taken in.",
                    cure=f"Make room under {settings.EARSHOT.spool}, then hand the file in again.",
                ) from fault
            raise
    return sha256, size, facts.st_mtime


def _regular(path: Path) -> IO[bytes]:
    """Open a plain file; a link, pipe or device that was laid in our way is not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as fault:
        raise Missing(f"There is no file {path.name[:120]!r}.", cure="Check its name.") from fault
    except OSError as fault:
        raise Invalid(
            f"{path.name[:120]!r} cannot be read: {fault.strerror}.", cure="Check the file."
        ) from fault
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Invalid(f"{path.name[:120]!r} is not a file.", cure="Hand in the recording itself.")
    return os.fdopen(descriptor, "rb")


def _stream(incoming: IO[bytes], part: Path, bound: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := incoming.read(CHUNK):
            size += len(chunk)
            if size > bound:
                raise TooBig(size, bound)
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size


@contextmanager
def _linked(part: Path, path: Path) -> Iterator[Path]:
    """Give the copy its name, hold it, and be sure that it was not sealed away in between."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        try:
            os.link(part, path)
            sync_folder(path.parent)
            sync_folder(path.parent.parent)
        except FileExistsError:
            pass  # the same bytes lie there already
        with held(path.name) as ours:
            if ours is not None:
                part.unlink(missing_ok=True)
                yield ours
                return


def _is(path: Path, descriptor: int) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
