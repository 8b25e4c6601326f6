"""Letting go of a native whose time has come: out of the store, out of the caches."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from surveillance.archive.keys import shred
from surveillance.archive.models import FixityCheck, Seal
from surveillance.archive.stores.configured import replica, store
from surveillance.archive.stores.store import NotStored

ACTOR = "program:archive"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Under which key and hash a native lies in the store, how long it is, and until when it is locked."""

    key: str
    sha256: str
    size: int
    until: datetime


def lock_of(recording: UUID) -> Lock | None:
    """The lock on a recording; None where it is not sealed. For rooms, never a door."""
    seal = Seal.objects.filter(recording_id=recording).first()
    return Lock(key=seal.key, sha256=seal.sha256, size=seal.size, until=seal.retain_until) if seal else None


def is_in_store(key: str) -> bool:
    """Does the store still hold it? Raises StoreAway."""
    return store().exists(key)


def remove_native(key: str) -> None:
    """Delete a native from the store and from the replica; nothing where it is gone already.

    Raises:
        Locked: a store's lock or hold stands against it. StoreAway: try again. Altered: its lock was changed.
    """
    for keeper in (replica(), store()):  # ours last: as long as it is there, the deed is not done
        if keeper is not None:
            with suppress(NotStored):
                keeper.remove(key)


def forget(recording: UUID) -> None:
    """Delete the seal and its checks, and destroy the key: what copies may lie anywhere is unreadable from now on.

    The disposal that calls it is what is recorded.
    """
    shred(recording=recording, actor=ACTOR)
    FixityCheck.objects.filter(seal__recording_id=recording).delete()
    for seal in Seal.objects.filter(recording_id=recording):
        seal.delete()


def forget_derivatives(sha256: str) -> None:
    """Delete what was made of a native for ears and eyes, and copies of it that lie in the cache."""
    for path in settings.EARSHOT.cache.glob(f"*/*{sha256}*"):
        path.unlink(missing_ok=True)
