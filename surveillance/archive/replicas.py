"""The second copy of every native: what is missing there is copied, what lies there is checked like the first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from surveillance.archive.models import FixityOutcome, Seal
from surveillance.archive.reading import FOLDER, Found, as_sealed, found, scratch_file, sealed_bytes
from surveillance.archive.stores.configured import replica, store
from surveillance.archive.stores.store import Altered, NotStored, Store
from surveillance.audit.services import record
from surveillance.core.errors import Broken, Missing

ACTOR = "program:archive"


@dataclass(frozen=True, kw_only=True)
class Replicated:
    """One round: how many were copied, how many are still missing, and what could not be copied and why."""

    copied: int
    left: int
    faults: tuple[tuple[UUID, str], ...] = ()


def replicate(*, most: int = 1000) -> Replicated:
    """Copy natives that the replica does not hold, encrypted as they are, under the same lock.

    Killed, it goes on where it was. Raises StoreAway: one of the two stores is away.
    """
    second = replica()
    if second is None:
        return Replicated(copied=0, left=0)
    held = set(second.keys(f"{FOLDER}/"))
    wanting = [seal for seal in Seal.objects.order_by("pk").iterator() if seal.key not in held]
    faults = []
    for seal in wanting[:most]:
        try:
            _copied(seal, second)
        except (Broken, NotStored) as fault:
            faults.append((seal.recording_id, fault.message))
    done = len(wanting[:most]) - len(faults)
    if done:
        record(actor=ACTOR, action="replicated", subject="archive", detail={"copied": done})
    return Replicated(copied=done, left=len(wanting) - done, faults=tuple(faults))


def replica_outcome(recording: UUID) -> str:
    """Is the second copy of a native as it was sealed? An outcome of FixityOutcome; "" where there is no replica.

    Raises StoreAway. Missing: not sealed.
    """
    second = replica()
    if second is None:
        return ""
    seal = Seal.objects.filter(recording_id=recording).first()
    if seal is None:
        raise Missing("This recording is not sealed.", cure="Wait until it is.")
    try:
        back: Found = found(second, seal)
        if not as_sealed(back, seal):
            return FixityOutcome.CHANGED.value
        weak = second.stat(seal.key).retain_until < seal.retain_until
        if weak:
            second.retain(seal.key, seal.retain_until)  # the replica follows what was locked for longer
        return FixityOutcome.SOUND.value
    except NotStored:
        return FixityOutcome.MISSING.value
    except Altered:
        return FixityOutcome.WEAKENED.value
    except Broken:
        return FixityOutcome.UNREADABLE.value


def _copied(seal: Seal, second: Store) -> None:
    digest = hashlib.sha256()
    with scratch_file(".copy") as path:
        with path.open("wb") as out:
            for piece in _stored(seal):
                digest.update(piece)
                out.write(piece)
        if digest.hexdigest() != (seal.stored_sha256 or seal.sha256):
            raise Altered(
                f"The bytes of {seal.key} are not those that were sealed.", cure="Run verify_archive."
            )
        second.put(seal.key, path, sha256=digest.hexdigest(), retain_until=seal.retain_until)


def _stored(seal: Seal) -> Iterator[bytes]:
    yield from store().read(seal.key)


def restored_native(recording: UUID) -> tuple[str, Iterator[bytes]]:
    """Where the copy lies that would be restored from, "replica" or "store", and the native's bytes out of it.

    Raises:
        Missing: not sealed. Altered while they are read: changed or gone. StoreAway.
    """
    seal = Seal.objects.filter(recording_id=recording).first()
    if seal is None:
        raise Missing("This recording is not sealed.", cure="Wait until it is.")
    second = replica()
    return ("replica" if second else "store"), sealed_bytes(seal, keeper=second)
