"""Sealing natives, and proving again and again that nothing happened to them."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.archive.envelope import head_of_native, sealing
from surveillance.archive.keys import Shredded, new_or_known_key
from surveillance.archive.models import FixityCheck, FixityOutcome, Seal
from surveillance.archive.reading import FOLDER, NATIVE, as_sealed, found, scratch_file, sweep_scratch
from surveillance.archive.seals import Checked, Verification
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Altered, NotStored, Store
from surveillance.audit.services import record
from surveillance.capture import spool
from surveillance.capture.calls import Native
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import native
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Missing

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

ACTOR = "program:archive"
SHORTEST_LOCK = timedelta(days=1)
CHUNK = 1 << 20


def seal(claim: Claim, *, retain_until: datetime | None = None) -> None:
    """Put a native from the spool into the store for good, and prove that it is there unchanged.

    Locked until `retain_until`, which the rules of retention say; by EARSHOT_RETENTION_DAYS where they say nothing.

    May be killed at any step and begun again: the store takes the same bytes once, the row and the settled stage
    stand or fall together, and the spool lets go only after them.

    Raises:
        Broken: the bytes are gone or changed, or others lie in their place.
        Transient: the store is away.
        Conflict: the claim was lost.
    """
    facts = native(claim.recording)
    keeper = store()
    row = _put(keeper, facts, retain_until)
    back = found(keeper, row)
    if (back.sha256, back.size) != (facts.sha256, facts.size):
        raise Altered(
            f"The store does not give back what it was given for {facts.name}.",
            cure="Its bytes are still in the spool. Look into the store, then retry.",
        )
    with transaction.atomic():
        made = not Seal.objects.filter(recording_id=claim.recording).exists()
        if made:
            row.sealed_at = now()
            row.save()
        settle(claim)
        record(
            actor=ACTOR,
            action="sealed" if made else "seal confirmed",
            subject=f"recording:{claim.recording}",
            detail={
                "key": row.key,
                "sha256": row.sha256,
                "encrypted": row.encrypted,
                "retain_until": row.retain_until,
            },
        )
    spool.drop(facts.sha256)


def clear_spool() -> int:
    """Let go of spooled bytes whose seal was written just before a crash; return how many.

    What a killed stage left open on our disk goes with them.
    """
    sweep_scratch()
    old = [sha256 for sha256, age in spool.contents() if age > 60]
    gone = 0
    for start in range(0, len(old), 500):
        for sha256 in Seal.objects.filter(sha256__in=old[start : start + 500]).values_list(
            "sha256", flat=True
        ):
            with spool.held(sha256, wait=False) as path:
                if path is not None:
                    spool.drop(sha256)
                    gone += 1
    return gone


def verify(
    *,
    scope: Scope,
    recording: UUID | None = None,
    recordings: Sequence[UUID] | None = None,
    sample: int | None = None,
    told: Callable[[Checked], None] = lambda _: None,
) -> Verification:
    """Re-hash every native, one of them, some, or a random sample; each check is kept as it is made.

    SEC 17a-4(f)(2)(ii): completeness and accuracy of what is stored are verified automatically.

    Raises:
        Refused: the scope may not. Missing: that recording has no seal. Transient: the store is away.
    """
    scope.require(Power.ADMINISTER)
    began, keeper = time.monotonic(), store()
    ids = _chosen(recordings if recording is None else [recording], sample)
    faults: list[Checked] = []
    size = 0
    for checked in _walk(keeper, ids, scope.actor):
        told(checked)
        size += checked.size
        if not checked.sound:
            faults.append(checked)
    whole = recording is None and recordings is None and sample is None
    verified = Verification(
        checked=len(ids),
        bytes=size,
        seconds=time.monotonic() - began,
        faults=tuple(faults),
        strays=tuple(_strays(keeper)) if whole else (),
        whole=whole,
    )
    detail = {
        "checked": verified.checked,
        "bytes": verified.bytes,
        "whole": whole,
        "faults": {str(fault.recording): fault.outcome for fault in faults},
        "strays": list(verified.strays[:100]),
    }
    record(actor=scope.actor, action="archive verified", subject="archive", detail=detail)
    return verified


def keep_until(started_at: datetime) -> datetime:
    """MiFID II 2017/565 art. 76(10): the years run from the call, not from the day it was handed in."""
    return _a_day_at_least(started_at + timedelta(days=settings.EARSHOT.retention_days))


def _a_day_at_least(due: datetime) -> datetime:
    """What is older than its duty is still locked for a day: nothing may vanish in the night it arrived."""
    return max(due, now() + SHORTEST_LOCK).replace(microsecond=0)


def _put(keeper: Store, facts: Native, retain_until: datetime | None) -> Seal:
    """The native in the store, put there now or by a try that was killed; its seal, not saved yet."""
    key = f"{FOLDER}/{facts.sha256[:2]}/{facts.sha256}"
    data_key = new_or_known_key(facts.recording)
    if keeper.exists(key):
        stored = keeper.stat(key)
    elif facts.path is None:
        raise Broken(
            f"The bytes of {facts.name} are neither in the spool nor in the store.", cure="Wake someone."
        )
    else:
        due = _a_day_at_least(retain_until) if retain_until else keep_until(facts.started_at)
        with _as_kept(facts.path, facts, data_key) as (path, sha256):
            stored = keeper.put(key, path, sha256=sha256, retain_until=due)
    return Seal(
        recording_id=facts.recording,
        store=keeper.name,
        key=key,
        version=stored.version,
        sha256=facts.sha256,
        size=facts.size,
        encrypted=stored.sha256 != facts.sha256,
        stored_sha256=stored.sha256,
        stored_size=stored.size,
        retain_until=stored.retain_until,
    )


@contextmanager
def _as_kept(native: Path, facts: Native, key: bytes | None) -> Iterator[tuple[Path, str]]:
    """The file that goes into the store, and its hash: encrypted, or as it is where there is no key."""
    if key is None:
        yield native, facts.sha256
        return
    plain, kept = hashlib.sha256(), hashlib.sha256()
    with scratch_file(".sealed") as path:
        with native.open("rb") as content, path.open("wb") as out:
            pieces = _hashed(plain, iter(partial(content.read, CHUNK), b""))
            head = head_of_native(key, facts.sha256)
            for piece in sealing(key, facts.recording, NATIVE).sealed(pieces, head=head):
                kept.update(piece)
                out.write(piece)
        if plain.hexdigest() != facts.sha256:
            raise Altered(
                "The bytes in the spool are not those that were received.",
                cure="Look into the disk's health, then hand the recording in again.",
            )
        yield path, kept.hexdigest()


def _hashed(digest: Hash, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _chosen(recordings: Sequence[UUID] | None, sample: int | None) -> list[int]:
    seals = Seal.objects.order_by("pk")
    if recordings is not None:
        seals = seals.filter(recording_id__in=recordings)
    ids = list(seals.values_list("pk", flat=True))
    if recordings and not ids:
        raise Missing("That recording has no seal.", cure="Check its id, or wait until it is sealed.")
    return ids if sample is None or sample >= len(ids) else random.SystemRandom().sample(ids, max(sample, 0))


def _walk(keeper: Store, ids: list[int], actor: str) -> Iterator[Checked]:
    for pk in ids:
        row = Seal.objects.select_related("recording").get(pk=pk)
        checked = _check(keeper, row)
        with transaction.atomic():
            FixityCheck.objects.create(
                seal=row, at=now(), outcome=checked.outcome, found_sha256=checked.found_sha256
            )
            if not checked.sound:
                subject = f"recording:{row.recording_id}"
                detail = {"key": row.key, "sealed": row.sha256, "found": checked.found_sha256}
                record(actor=actor, action=f"found {checked.outcome}", subject=subject, detail=detail)
        yield checked


def _check(keeper: Store, row: Seal) -> Checked:
    back, outcome = None, FixityOutcome.MISSING
    try:
        back = found(keeper, row)
        outcome = FixityOutcome.SOUND if as_sealed(back, row) else FixityOutcome.CHANGED
        if outcome is FixityOutcome.SOUND and keeper.stat(row.key).retain_until < row.retain_until:
            outcome = FixityOutcome.WEAKENED
    except NotStored:
        pass  # that is the finding
    except Altered:
        outcome = FixityOutcome.WEAKENED if outcome is FixityOutcome.SOUND else outcome
    except (Shredded, Broken):
        # A disposal takes seal and key in one transaction: a seal without its key is a loss, whoever did it.
        outcome = FixityOutcome.UNREADABLE
    # Where a segment is bent there is no native to hash: the stored bytes are told instead.
    bent = back is not None and back.bent >= 0
    return Checked(
        recording=row.recording_id,
        name=row.recording.name,
        key=row.key,
        outcome=outcome.value,
        expected_sha256=row.stored_sha256 if bent else row.sha256,
        found_sha256=(back.stored_sha256 if bent else back.sha256) if back else "",
        size=back.stored_size if back else 0,
    )


def _strays(keeper: Store) -> Iterator[str]:
    known = set(Seal.objects.values_list("key", flat=True))
    return (key for key in keeper.keys(f"{FOLDER}/") if key not in known)
