"""Receipts: written before anything is judged, closed in the transaction of what became of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from surveillance.access.scope import DRILLS, Desks, program
from surveillance.access.selectors import desk_key
from surveillance.access.services import open_desk
from surveillance.audit.services import record
from surveillance.capture.examination import UNASSIGNED, Brought, Fit
from surveillance.capture.models import Outcome, Party, Receipt, Recording
from surveillance.capture.reasons import Unfit
from surveillance.capture.said import Arrival, Said
from surveillance.capture.sidecars import Sidecar
from surveillance.capture.told import clean
from surveillance.capture.walls import raise_for_call
from surveillance.core.clock import now
from surveillance.core.errors import Conflict


def display_name(name: str) -> str:
    """A file's name for people. It is never a path: whatever leads elsewhere is cut off."""
    return clean(re.split(r"[/\\]", name)[-1])[:255] or "unnamed"


def source_name(name: str) -> str:
    """A source's name as a slug; what is none is kept in the reason, not in the column."""
    return name if re.fullmatch(r"[-a-zA-Z0-9_]{1,60}", name) else "unknown"


def bringer(source: str) -> str:
    """A source's name as it was said, for the receipt."""
    return clean(source)[:120] or "unattributed"


def brought(receipt: Receipt, path: Path) -> Brought:
    """What a receipt says about bytes that lie at `path`."""
    said = receipt.said
    reach = said.get("reach")
    sidecar = (
        Sidecar(name=receipt.sidecar_name, content=bytes(receipt.sidecar)) if receipt.sidecar_sha256 else None
    )
    return Brought(
        path=path,
        sha256=receipt.sha256,
        size=receipt.size,
        modified=datetime.fromtimestamp(said.get("file_time", 0), UTC),
        source=said.get("brought_by") or receipt.source,
        sidecar=sidecar,
        said=Said(accept=bool(said.get("accept"))).over(said),
        desks=Desks(every=True) if reach is None else Desks(slugs=frozenset(reach)),
    )


def arrived(receipt: Receipt) -> Arrival:
    """A receipt as other rooms see it."""
    return Arrival(
        receipt=receipt.id,
        outcome=receipt.outcome,
        recording=receipt.recording_id,
        reason_code=receipt.reason_code,
        reason=receipt.reason,
        cure=receipt.cure,
    )


def note_arrival(receipt: Receipt, actor: str) -> Receipt:
    """Put a receipt on record; the one that is there already where it was written before a crash."""
    try:
        with transaction.atomic():
            receipt.save(force_insert=True)
            record(
                actor=actor,
                action="arrived",
                subject=f"receipt:{receipt.id}",
                detail=_arrival_detail(receipt),
            )
    except IntegrityError as fault:
        earlier = Receipt.objects.filter(pk=receipt.pk).first()
        if earlier is None:
            raise
        if earlier.sha256 != receipt.sha256:
            raise Conflict("Another file was handed in under this receipt.", cure="Use a new one.") from fault
        return earlier
    return receipt


def _arrival_detail(receipt: Receipt) -> dict[str, Any]:
    return {
        "name": receipt.name,
        "source": receipt.source,
        "size": receipt.size,
        "sha256": receipt.sha256,
        "sidecar": receipt.sidecar_name,
        "sidecar_sha256": receipt.sidecar_sha256,
    }


def known(sha256: str) -> UUID | None:
    """The recording that has these bytes."""
    return Recording.objects.filter(sha256=sha256).values_list("id", flat=True).first()


@transaction.atomic
def close_as_recorded(receipt: Receipt, fit: Fit, actor: str) -> Arrival:
    """Make the recording, or find that another receipt of the same bytes was faster."""
    mine = _still_open(receipt)
    recording, made = _recording(mine, fit)
    mine.outcome = Outcome.RECORDED if made else Outcome.DUPLICATE
    mine.recording, mine.source, mine.desk = recording, fit.source, fit.desk
    _close(mine)
    detail: dict[str, Any] = {
        "receipt": mine.id,
        "sha256": mine.sha256,
        "source": fit.source,
        "desk": fit.desk,
    }
    if made:
        detail["settles"] = _settle_others(recording)
    action = "received" if made else "received again"
    record(actor=actor, action=action, subject=f"recording:{recording.id}", detail=detail)
    return arrived(mine)


@transaction.atomic
def close_as_duplicate(receipt: Receipt, recording: UUID, actor: str) -> Arrival:
    """The same bytes twice are one recording; this receipt and its sidecar are kept beside the first."""
    mine = _still_open(receipt)
    mine.outcome, mine.recording_id = Outcome.DUPLICATE, recording
    _close(mine)
    detail = {"receipt": mine.id, "sha256": mine.sha256}
    record(actor=actor, action="received again", subject=f"recording:{recording}", detail=detail)
    return arrived(mine)


@transaction.atomic
def close_as_quarantined(receipt: Receipt, fault: Unfit, desk: str, actor: str) -> Arrival:
    """Set a file aside with the reason; its bytes stay in the spool."""
    mine = _still_open(receipt)
    mine.outcome = Outcome.QUARANTINED
    mine.desk = desk if re.fullmatch(r"[-a-zA-Z0-9_]{0,50}", desk) else ""
    mine.reason_code, mine.reason, mine.cure = fault.code, clean(fault.reason), fault.cure
    mine.save()
    detail = {"code": fault.code, "reason": mine.reason, "name": mine.name, "sha256": mine.sha256}
    record(actor=actor, action="quarantined", subject=f"receipt:{mine.id}", detail=detail)
    return arrived(mine)


def _still_open(receipt: Receipt) -> Receipt:
    """The receipt under lock, if nobody closed it since it was read.

    Raises:
        Conflict: somebody did.
    """
    mine = Receipt.objects.select_for_update().get(pk=receipt.pk)
    if mine.outcome != receipt.outcome or mine.retries != receipt.retries:
        raise Conflict("This receipt has been dealt with in the meantime.", cure="Look at it again.")
    mine.said, mine.retries = receipt.said, receipt.retries
    return mine


def _close(receipt: Receipt) -> None:
    receipt.reason_code = receipt.reason = receipt.cure = ""
    receipt.save()


def _recording(receipt: Receipt, fit: Fit) -> tuple[Recording, bool]:
    desk = _desk(fit.desk)
    try:
        with transaction.atomic():
            recording = Recording.objects.create(
                sha256=receipt.sha256,
                size=receipt.size,
                name=receipt.name,
                source=fit.source,
                external_id=fit.external_id,
                desk_id=desk,
                direction=fit.direction,
                notice=fit.notice,
                started_at=fit.started_at,
                started_by=fit.started_by,
                duration=fit.media.duration,
                container=fit.media.container[:40],
                codec=fit.media.codec[:40],
                sample_rate=fit.media.sample_rate,
                channels=fit.media.channels,
                received_at=now(),
                drill=fit.desk == DRILLS,
            )
    except IntegrityError:
        # Two arrivals of the same bytes at once: the database let one through.
        return Recording.objects.get(sha256=receipt.sha256), False
    Party.objects.bulk_create(Party(recording=recording, **vars(voice)) for voice in fit.voices)
    raise_for_call(recording.pk)
    return recording, True


def _desk(slug: str) -> int:
    """The key of a desk that was just found to exist; nobody's desk is opened when it is first needed."""
    key = desk_key(slug)
    if key is None and slug == UNASSIGNED:
        open_desk(scope=program("capture"), slug=slug, name="Unassigned")
        key = desk_key(slug)
    if key is None:
        raise Conflict(f"The desk {slug} was closed in the meantime.", cure="Retry it with another desk.")
    return key


def _settle_others(recording: Recording) -> list[UUID]:
    """Earlier arrivals of these bytes that wait in quarantine have nothing to wait for any more."""
    waiting = Receipt.objects.filter(sha256=recording.sha256, outcome=Outcome.QUARANTINED)
    settled = list(waiting.values_list("id", flat=True))
    waiting.update(outcome=Outcome.DUPLICATE, recording=recording, reason_code="", reason="", cure="")
    return settled
