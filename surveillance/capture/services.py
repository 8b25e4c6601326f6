"""Taking recordings in: received, tried again, set aside; from a door, a folder, or the wreck of a crash."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from detectors.audio import DecoderUnavailable
from surveillance.access.scope import Desks, Power, Scope, program
from surveillance.audit.services import record
from surveillance.capture import receipts, spool, stumbles, watch
from surveillance.capture.examination import examine, meant_for
from surveillance.capture.models import Outcome, Receipt
from surveillance.capture.reasons import NOT_KEPT, Unfit, Why, unfit
from surveillance.capture.said import Arrival, Said
from surveillance.capture.sidecars import MAX_BYTES, Sidecar, sidecar_at
from surveillance.capture.sources import DIRECTIONS, declared
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict, Hidden, Invalid, Missing, Transient

__all__ = [
    "Arrival",
    "Said",
    "Sidecar",
    "collect_watched",
    "receive",
    "recover",
    "retry",
    "sidecar_at",
    "withdraw",
]

log = logging.getLogger(__name__)

NOTHING_SAID = Said()
ORPHAN_SECONDS = 600.0
PART_SECONDS = 86_400.0
AWAY = "The decoder was away; its bytes are safe."
AWAY_CURE = "Earshot looks at it again by itself."


def receive(
    *,
    scope: Scope,
    source: str,
    path: Path,
    name: str,
    sidecar: Sidecar | None = None,
    said: Said = NOTHING_SAID,
    receipt: UUID | None = None,
) -> Arrival:
    """Take one file in. When this returns, its bytes and its sidecar are durable, whatever became of them.

    `receipt` makes the call repeatable: the same id again finishes the same arrival.

    Raises:
        Refused: the scope may not hand recordings in, or not for the desk that was said.
        Invalid, Missing: `path` is no file, or `said` makes no sense.
        Transient: the disk is full; nothing was taken in.
        Broken: the sources file is wrong.
    """
    scope.require(Power.CAPTURE, said.desk or None)
    _check(said)
    declared()
    draft = _draft(scope, source, name, sidecar, said, receipt)
    if sidecar is not None and len(sidecar.content) > MAX_BYTES:
        draft.sidecar, draft.sidecar_sha256 = b"", ""
        return _not_kept(draft, path, unfit(Why.SIDECAR_TOO_BIG, f"{len(sidecar.content):,} bytes"), scope)
    try:
        with spool.taken_in(path, bound=settings.EARSHOT.max_media_bytes) as spooled:
            draft.sha256, draft.size = spooled.sha256, spooled.size
            draft.said["file_time"] = spooled.modified
            return _judge(receipts.note_arrival(draft, scope.actor), spooled.path, scope.actor)
    except spool.TooBig as fault:
        return _not_kept(draft, path, unfit(Why.TOO_BIG_TO_KEEP, str(fault)), scope)


def retry(*, scope: Scope, receipt: UUID, said: Said = NOTHING_SAID) -> Arrival:
    """Look again at what was set aside: with today's maps and desks, and with what the person says.

    Raises:
        Refused: the scope may not do so, or not for that desk.
        Missing: no such receipt within the scope.
        Conflict: somebody else is at it, or its bytes were never kept.
        Broken: its bytes are gone.
    """
    row = _set_aside(scope, receipt)
    scope.require(Power.QUARANTINE, said.desk or None)
    _check(said)
    if row.reason_code in NOT_KEPT:
        raise Conflict("Its bytes were not kept, so there is nothing to look at.", cure=row.cure)
    with spool.held(row.sha256) as path:
        _note_retry(row, said, scope)
        twin = receipts.known(row.sha256)
        if twin is not None:
            return receipts.close_as_duplicate(row, twin, scope.actor)
        if path is None:
            raise Broken(
                "Its bytes are no longer in the spool.", cure="Hand the file in again from the recorder."
            )
        return _closed(row, path, scope.actor)


def _note_retry(row: Receipt, said: Said, scope: Scope) -> None:
    """Put the attempt and the person's words on record before the file is looked at."""
    words = row.said | said.over(row.said).kept() | {"reach": _reach(scope.desks(Power.QUARANTINE))}
    with transaction.atomic():
        same = Receipt.objects.filter(pk=row.pk, retries=row.retries, outcome=row.outcome)
        if not same.update(retries=row.retries + 1, said=words):
            raise Conflict("Somebody else has just tried it again.", cure="Look at it again.")
        detail = {"was": row.reason_code, "said": said.kept()}
        record(actor=scope.actor, action="retried", subject=f"receipt:{row.pk}", detail=detail)
    row.retries, row.said = row.retries + 1, words


@transaction.atomic
def withdraw(*, scope: Scope, receipt: UUID, reason: str) -> None:
    """Take a file out of the list of what must be dealt with. Bytes and record stay; a retry brings it back.

    Raises:
        Refused, Missing: as `retry`.
        Invalid: no reason was given.
    """
    row = _set_aside(scope, receipt)
    if not reason.strip():
        raise Invalid(
            "Say why it is set aside.", cure="Write a sentence a colleague will understand in a year."
        )
    if row.outcome != Outcome.QUARANTINED:
        raise Conflict("It has been set aside already.", cure="Look at it again.")
    row.outcome = Outcome.WITHDRAWN
    row.said = row.said | {"withdrawn_by": scope.actor, "withdrawn_because": reason.strip()}
    row.save()
    record(
        actor=scope.actor, action="withdrawn", subject=f"receipt:{receipt}", detail={"reason": reason.strip()}
    )


def collect_watched() -> list[UUID]:
    """Take in what stands in the watched folder and what a crash left half received; the recordings made."""
    made = list(_finish())
    folder = settings.EARSHOT.watch_folder
    if folder is not None and folder.is_dir():
        with watch.alone(settings.EARSHOT.home / "watch.lock") as ours:
            for dropped in watch.standing(folder) if ours else ():
                with stumbles.apart(dropped.arrival, dropped, folder):
                    made += _collected(dropped, folder)
    # Last: a file that still stands in the folder has its bytes in the spool, and is no orphan.
    _tidy()
    return made


def recover() -> list[UUID]:
    """Finish receipts whose process died, and find bytes that have no receipt at all; the recordings made."""
    made = list(_finish())
    _tidy()
    return made


def _finish() -> Iterator[UUID]:
    open_ = Receipt.objects.filter(outcome=Outcome.RECEIVED).order_by("received_at")
    for pk, sha256 in open_.values_list("pk", "sha256"):
        made: list[UUID] = []
        with stumbles.apart(pk), spool.held(sha256, wait=False) as path:
            # Whoever still works on it holds its bytes.
            if path is not None and (fresh := open_.filter(pk=pk).first()) is not None:
                made = _made(_judge(fresh, path, "program:capture"))
        yield from made


def _tidy() -> None:
    _find_orphans()
    spool.sweep_parts(older_than=PART_SECONDS)


def _judge(row: Receipt, path: Path, actor: str) -> Arrival:
    """Examine the bytes of a receipt, which we hold, and close it."""
    if row.outcome != Outcome.RECEIVED:
        return receipts.arrived(row)  # finished before the crash that made someone ask again
    twin = receipts.known(row.sha256)
    return receipts.close_as_duplicate(row, twin, actor) if twin else _closed(row, path, actor)


def _closed(row: Receipt, path: Path, actor: str) -> Arrival:
    brought = receipts.brought(row, path)
    try:
        return receipts.close_as_recorded(row, examine(brought), actor)
    except Unfit as fault:
        return receipts.close_as_quarantined(row, fault, meant_for(brought), actor)
    except DecoderUnavailable as fault:
        log.warning("%s waits for the decoder: %s", row.pk, fault)
        return Arrival(
            receipt=row.pk, outcome=row.outcome, reason_code="decoder_away", reason=AWAY, cure=AWAY_CURE
        )


def _draft(
    scope: Scope, source: str, name: str, sidecar: Sidecar | None, said: Said, receipt: UUID | None
) -> Receipt:
    by = receipts.bringer(source)
    return Receipt(
        id=receipt or uuid.uuid4(),
        source=receipts.source_name(by),
        desk=said.desk,
        received_at=now(),
        received_by=scope.actor[:150],
        name=receipts.display_name(name),
        sidecar_name=receipts.display_name(sidecar.name) if sidecar else "",
        sidecar=sidecar.content if sidecar else b"",
        sidecar_sha256=sidecar.sha256 if sidecar else "",
        said=said.kept() | {"reach": _reach(scope.desks(Power.CAPTURE)), "brought_by": by},
    )


def _not_kept(draft: Receipt, path: Path, fault: Unfit, scope: Scope) -> Arrival:
    """A receipt for what is too big to be kept: at least it is on record that it came."""
    draft.size = path.stat().st_size
    row = receipts.note_arrival(draft, scope.actor)
    return receipts.close_as_quarantined(row, fault, draft.desk, scope.actor)


def _collected(dropped: watch.Dropped, folder: Path) -> list[UUID]:
    try:
        arrival = receive(
            scope=program("watch"),
            source=dropped.source,
            path=dropped.path,
            name=dropped.path.name,
            sidecar=sidecar_at(dropped.sidecar) if dropped.sidecar else None,
            receipt=dropped.arrival,
        )
    except (Missing, Invalid, Transient, FileNotFoundError) as fault:
        # Taken away or changed under our hands, or no room: it stays where it is until the next round.
        log.warning("%a stays in the watched folder: %s", dropped.path.name, fault)
        return []
    if arrival.reason_code in NOT_KEPT:
        watch.set_aside(dropped, folder)
    else:
        watch.clear(dropped)
    return _made(arrival)


def _made(arrival: Arrival) -> list[UUID]:
    return [arrival.recording] if arrival.outcome == Outcome.RECORDED and arrival.recording else []


def _find_orphans() -> None:
    old = [sha256 for sha256, age in spool.contents() if age > ORPHAN_SECONDS]
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        noted = set(Receipt.objects.filter(sha256__in=some).values_list("sha256", flat=True))
        for sha256 in set(some) - noted:
            with spool.held(sha256, wait=False) as path:
                if path is not None:
                    _adopt(sha256, path)


def _adopt(sha256: str, path: Path) -> None:
    scope = program("capture")
    draft = _draft(scope, "unattributed", sha256[:12], None, NOTHING_SAID, None)
    found = path.stat()
    draft.sha256, draft.size, draft.said["file_time"] = sha256, found.st_size, found.st_mtime
    row = receipts.note_arrival(draft, scope.actor)
    receipts.close_as_quarantined(row, unfit(Why.ORPHANED), "", scope.actor)


def _set_aside(scope: Scope, receipt: UUID) -> Receipt:
    scope.require(Power.QUARANTINE, subject=f"receipt:{receipt}")
    row = Receipt.objects.filter(pk=receipt, outcome__in=[Outcome.QUARANTINED, Outcome.WITHDRAWN]).first()
    told, cure = "There is no such file in quarantine.", "It may have been dealt with; look again."
    if row is None:
        raise Missing(told, cure=cure)
    if row.desk and row.desk not in scope.desks(Power.QUARANTINE):
        raise Hidden(told, cure=cure, subject=f"receipt:{receipt}")
    return row


def _reach(desks: Desks) -> list[str] | None:
    return None if desks.every else sorted(desks.slugs)


def _check(said: Said) -> None:
    faults: list[str] = []
    if said.direction and said.direction not in DIRECTIONS:
        faults.append(f"{said.direction!r} is not a direction")
    if said.started_at and said.started_at.tzinfo is None:
        faults.append("the start has no time zone")
    if said.started_at and said.started_at.tzinfo and said.started_at > now() + timedelta(minutes=5):
        faults.append("the start lies in the future")
    if faults:
        raise Invalid(
            f"This cannot be so: {'; '.join(faults)}.", cure="Correct it and hand the file in again."
        )
