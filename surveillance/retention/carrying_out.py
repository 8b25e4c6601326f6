"""An approved disposal, recording by recording: asked once more, out of the store, out of the database, receipted.

May be killed at any step and begun again. What stood against a recording a moment before it goes wins: the question
is asked inside the transaction that deletes it, while its row is locked and no hold can be written on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from surveillance.archive import forgetting as archive
from surveillance.archive.stores.store import Locked
from surveillance.assurance.incidents import raise_incident
from surveillance.audit.services import record
from surveillance.capture import forgetting as capture
from surveillance.consent import forgetting as consent
from surveillance.core.clock import now
from surveillance.core.errors import Transient
from surveillance.custody import forgetting as custody
from surveillance.detection import forgetting as detection
from surveillance.indexing import forgetting as indexing
from surveillance.learning import forgetting as learning
from surveillance.mentions import forgetting as mentions
from surveillance.noise import forgetting as noise
from surveillance.retention.models import (
    Disposal,
    DisposalItem,
    DisposalState,
    Held,
    ItemState,
    Keeping,
    StoreHold,
)
from surveillance.retention.receipts import RECEIPT
from surveillance.retention.standing import standing
from surveillance.review import forgetting as review
from surveillance.sampling import forgetting as sampling
from surveillance.transcription import forgetting as transcription

ACTOR = "program:retention"
PATIENCE = timedelta(days=30)  # after a limit has run out, before somebody is woken

# The rooms forget from the last to the first: what points at something goes before it.
ROOMS: Final[tuple[Callable[[UUID], None], ...]] = (
    learning.forget,
    sampling.forget,
    review.forget,
    detection.forget,
    noise.forget,
    mentions.forget,
    transcription.forget,
    consent.forget,
    archive.forget,
    capture.forget,
    custody.forget,  # last: the database notes what the others delete
)


@dataclass(frozen=True, kw_only=True)
class CarriedOut:
    """How many went and how many stay of what was taken up; `away`: what it waits for."""

    gone: int
    kept: int
    left: int
    away: str = ""


def carry_out(*, disposal: int, most: int = 1000) -> CarriedOut:
    """Delete what an approved disposal lists, as far as it may go now; sign the receipt when all is settled."""
    gone = kept = 0
    away = ""
    for item in _open_items(disposal)[:most]:
        try:
            if _taken_up(item):
                went = _let_go(item)
                gone, kept = gone + went, kept + (not went)
            else:
                kept += 1
        except Transient as fault:
            away = fault.message
            break
    if not away:
        away = _cleared(disposal)
    left = len(_open_items(disposal))
    Disposal.objects.filter(pk=disposal).update(fault=away)
    if not left and not away:
        _conclude(disposal)
    return CarriedOut(gone=gone, kept=kept, left=left, away=away)


def disposals_under_way() -> list[int]:
    """The approved disposals that are not done."""
    return list(
        Disposal.objects.filter(state=DisposalState.APPROVED).order_by("pk").values_list("pk", flat=True)
    )


def _open_items(disposal: int) -> list[int]:
    open_states = (ItemState.GOING, ItemState.WAITING)
    rows = DisposalItem.objects.filter(
        disposal_id=disposal, disposal__state=DisposalState.APPROVED, state__in=open_states
    )
    return list(rows.order_by("state", "pk").values_list("pk", flat=True))


@transaction.atomic
def _taken_up(item: int) -> bool:
    """Say that it goes, before the store is touched: after a death here it is known what was under way."""
    row = DisposalItem.objects.select_for_update().get(pk=item)
    if row.state == ItemState.GOING:
        return True
    if row.state != ItemState.WAITING:
        return False
    against = _against(row)
    if against:
        _stays(row, against)
        return False
    row.state = ItemState.GOING
    row.save()
    return True


@transaction.atomic
def _let_go(item: int) -> bool:
    """Delete one recording, or find that it stays. Everything of it or nothing: the transaction sees to the rows."""
    row = DisposalItem.objects.select_for_update().get(pk=item)
    capture.condemned(row.recording)  # from here on nobody writes a hold on it
    in_store = bool(row.key) and archive.is_in_store(row.key)
    if against := _against(row):
        # After a death between store and database the words are still there, and a hold keeps those.
        _stays(row, against if in_store or not row.key else f"{against}; its bytes had left the store before")
        return False
    if in_store:
        try:
            archive.remove_native(row.key)
        except Locked as fault:
            _stays(row, fault.message)
            return False
    _forgotten(row.recording)
    row.state, row.at = ItemState.GONE, now()
    row.save()
    record(
        actor=ACTOR,
        action="disposed",
        subject=f"recording:{row.recording}",
        detail={
            "disposal": row.disposal_id,
            "sha256": row.sha256,
            "size": row.size,
            "key": row.key,
            "decision": row.decision,
        },
    )
    return True


def _against(row: DisposalItem) -> str:
    found = standing(row.recording)
    return "" if found is None else found.words


def _stays(row: DisposalItem, because: str) -> None:
    row.state, row.kept_because, row.at = ItemState.KEPT, because, now()
    row.save()
    detail = {"disposal": row.disposal_id, "because": because}
    record(actor=ACTOR, action="disposal stopped", subject=f"recording:{row.recording}", detail=detail)


def _forgotten(recording: UUID) -> None:
    Held.objects.filter(recording_id=recording).delete()
    StoreHold.objects.filter(recording_id=recording).delete()
    Keeping.objects.filter(recording_id=recording).delete()
    for forget in ROOMS:
        forget(recording)


def _cleared(disposal: int) -> str:
    """Index and caches forget what is gone; what they wait for, where they are away."""
    for row in DisposalItem.objects.filter(disposal_id=disposal, state=ItemState.GONE, cleared=False):
        try:
            indexing.forget(row.recording)
        except Transient as fault:
            return fault.message
        archive.forget_derivatives(row.sha256)
        capture.forget_bytes(row.sha256)
        DisposalItem.objects.filter(pk=row.pk).update(cleared=True)
    return ""


@transaction.atomic
def _conclude(disposal: int) -> None:
    row = Disposal.objects.select_for_update().get(pk=disposal)
    if row.state != DisposalState.APPROVED or row.items.filter(state=ItemState.GONE, cleared=False).exists():
        return
    row.done_at = now()
    row.receipt = RECEIPT.sign(_facts(row))
    row.state = DisposalState.DONE
    row.save()
    counts = {
        state.value: row.items.filter(state=state).count() for state in (ItemState.GONE, ItemState.KEPT)
    }
    record(actor=ACTOR, action="disposal done", subject=f"disposal:{disposal}", detail=counts)


def _facts(row: Disposal) -> dict[str, Any]:
    items = list(row.items.order_by("pk"))
    return {
        "disposal": row.pk,
        "reason": row.reason,
        "prepared_by": row.prepared_by,
        "prepared_at": row.prepared_at.isoformat(),
        "approved_by": row.decided_by,
        "approved_at": row.decided_at.isoformat() if row.decided_at else "",
        "done_at": row.done_at.isoformat() if row.done_at else "",
        "rules_sha256": row.rules_sha256,
        "items_sha256": row.items_sha256,
        "gone": [
            {
                "recording": str(item.recording),
                "desk": item.desk,
                "started_at": item.started_at.isoformat(),
                "sha256": item.sha256,
                "size": item.size,
                "decision": item.decision,
                "gone_at": item.at.isoformat() if item.at else "",
            }
            for item in items
            if item.state == ItemState.GONE
        ],
        "kept": [
            {"recording": str(item.recording), "because": item.kept_because}
            for item in items
            if item.state == ItemState.KEPT
        ],
    }


def tell_overdue(*, patience: timedelta = PATIENCE) -> int:
    """Raise an incident where recordings stay past their limit and nobody disposes of them; how many there are."""
    held = Held.objects.filter(hold__released_at__isnull=True).values("recording_id")
    many = Keeping.objects.filter(must_go_at__lte=now() - patience).exclude(recording_id__in=held).count()
    if many:
        raise_incident(
            kind="recordings overdue",
            subject="retention",
            title=f"{many} recordings are kept past their limit, and no duty or hold asks for it.",
            cure="Prepare a disposal of what is overdue, and let another person approve it.",
            detail={"recordings": many},
        )
    return many
