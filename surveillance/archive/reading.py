"""Reading sealed bytes: opened with the recording's key, and held against their hash."""

from __future__ import annotations

import errno
import hashlib
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from surveillance.archive.envelope import sealing
from surveillance.archive.keys import key_of
from surveillance.archive.models import Seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Altered, NotStored, Store
from surveillance.archive.streaming_aead import Bent
from surveillance.core.errors import Broken, Transient

CURE = "Do not rely on it. Restore it from a replica, and find out what changed it: run verify_archive."
FOLDER = "natives"  # of the store
NATIVE = "native"  # what a sealing is bound to
FORGOTTEN_SECONDS = 6 * 3600.0  # no stage works on one file for so long


@dataclass(frozen=True, kw_only=True)
class Found:
    """What lies in the store, read to its end: hash and size of the native, and of the bytes that hold it.

    `bent` is the first segment that does not verify, -1 for none; the native's own hash is unknown then.
    """

    sha256: str
    size: int
    stored_sha256: str
    stored_size: int
    bent: int = -1


def found(keeper: Store, seal: Seal) -> Found:
    """Read a native to its end, in pieces. Raises NotStored, StoreAway, Shredded."""
    stored, native = _Digest(), _Digest()
    pieces = stored.over(keeper.read(seal.key))
    bent = -1
    try:
        for piece in _plain(seal, lambda start, length: pieces):
            native.add(piece)
    except Bent as fault:
        bent = fault.segment
    for _ in pieces:
        pass  # what lies behind the end of what was sealed is a change too
    return Found(
        sha256="" if bent >= 0 else native.hex(),
        size=native.size,
        stored_sha256=stored.hex(),
        stored_size=stored.size,
        bent=bent,
    )


def as_sealed(back: Found, row: Seal) -> bool:
    """Is what was read what was sealed, native and stored bytes alike?"""
    kept = not row.encrypted or back.stored_sha256 == row.stored_sha256
    return kept and (back.sha256, back.size) == (row.sha256, row.size)


@contextmanager
def proven(seal: Seal) -> Iterator[Path]:
    """The native as a plain file while the block lasts, its bytes just held against their seal.

    Raises:
        Altered: they are not what was sealed, or are gone. StoreAway. Transient: the disk is full.
    """
    with scratch_file(".native") as path:
        digest = _Digest()
        with path.open("wb") as out:
            for piece in sealed_bytes(seal):
                digest.add(piece)
                out.write(piece)
        if digest.hex() != seal.sha256:
            raise Altered(f"The bytes of {seal.key} are not those that were sealed.", cure=CURE)
        yield path


def sealed_bytes(
    seal: Seal, *, start: int = 0, length: int | None = None, keeper: Store | None = None
) -> Iterator[bytes]:
    """A range of a native, out of the store or another `keeper`.

    Raises Altered where it is gone or changed; StoreAway, Shredded.
    """

    def read(begin: int, many: int) -> Iterator[bytes]:
        return (keeper or store()).read(seal.key, start=begin, length=many)

    try:
        yield from _plain(seal, read, start=start, length=length)
    except Bent as fault:
        raise Altered(f"The bytes of {seal.key} were changed: {fault}.", cure=CURE) from fault
    except NotStored as fault:
        # What was sealed and is not there is no mistake of whoever asks for it: it was lost.
        raise Altered(f"The bytes of {seal.key} were sealed and are gone.", cure=CURE) from fault


@contextmanager
def scratch_file(ending: str) -> Iterator[Path]:
    """An empty file that only we read, gone when the block ends.

    Raises:
        Transient: the disk is full.
    """
    folder = settings.EARSHOT.scratch
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{uuid.uuid4().hex}{ending}"
    try:
        path.touch(mode=0o600)
        yield path
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Transient(f"There is no room under {folder}.", cure="Make room for it.") from fault
    finally:
        path.unlink(missing_ok=True)


def sweep_scratch() -> None:
    """Remove plain files that a killed process left behind."""
    for path in settings.EARSHOT.scratch.glob("*"):
        try:
            if time.time() - path.stat().st_mtime > FORGOTTEN_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue


class _Read(Protocol):
    def __call__(self, start: int, length: int, /) -> Iterator[bytes]: ...


def _plain(seal: Seal, read: _Read, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    if not seal.encrypted:
        many = seal.size - start if length is None else length
        return read(start, many)
    key = key_of(seal.recording_id)
    if key is None:
        raise Broken(
            f"The key of {seal.recording_id} is not in the database; its native cannot be read.",
            cure="Restore the table of keys from a backup of the database.",
            code="key-gone",
        )
    return sealing(key, seal.recording_id, NATIVE).opened(
        read, size=seal.stored_size, start=start, length=length
    )


class _Digest:
    """A hash and a length, as bytes go by."""

    def __init__(self) -> None:
        self._digest, self.size = hashlib.sha256(), 0

    def add(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)

    def over(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.add(piece)
            yield piece

    def hex(self) -> str:
        return self._digest.hexdigest()
