"""Disposal as people see it: a dry run, a list that one person prepares, and another who approves or turns it down."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from surveillance.access.scope import Power, Scope
from surveillance.archive.forgetting import lock_of
from surveillance.audit.services import record
from surveillance.capture.calls import CallRow
from surveillance.capture.forgetting import sha256_of
from surveillance.capture.selectors import rows
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid, Missing
from surveillance.retention.deciding import rules
from surveillance.retention.models import Disposal, DisposalItem, DisposalState, ItemState, Keeping
from surveillance.retention.standing import Standing, standing

BATCH = 500
MOST = 50_000


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A recording and what stands against its going."""

    recording: UUID
    desk: str
    started_at: datetime
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What would go and what stays, of the recordings whose time may have come. `elsewhere`: on desks out of reach."""

    going: tuple[Candidate, ...]
    staying: tuple[Candidate, ...]
    overdue: int
    elsewhere: int

    @property
    def why_staying(self) -> Mapping[str, int]:
        return Counter(one.standing.kind for one in self.staying)


def dry_run(scope: Scope, *, only_overdue: bool = False, most: int = MOST) -> DryRun:
    """What would go now, and why the rest stays. Nothing is changed.

    Raises:
        Refused: the scope may not dispose.
    """
    scope.require(Power.DISPOSE)
    going: list[Candidate] = []
    staying: list[Candidate] = []
    elsewhere = 0
    for recordings in _candidates(only_overdue, most):
        within = rows(scope, recordings, power=Power.DISPOSE)
        elsewhere += len(recordings) - len(within)
        for recording in recordings:
            if recording in within and (one := _weighed(within[recording])) is not None:
                (going if one.standing.may_go else staying).append(one)
    overdue = sum(one.standing.overdue for one in (*going, *staying))
    return DryRun(going=tuple(going), staying=tuple(staying), overdue=overdue, elsewhere=elsewhere)


@transaction.atomic
def prepare_disposal(*, scope: Scope, reason: str, only_overdue: bool = False, most: int = MOST) -> int:
    """List what may go now; its number. Nothing goes before another person approves the list.

    Raises:
        Refused: the scope may not dispose. Invalid: no reason, or nothing may go.
    """
    if not reason.strip():
        raise Invalid("Say why these go.", cure="For instance: yearly disposal, schedule of 2026.")
    found = dry_run(scope, only_overdue=only_overdue, most=most)
    listed = set(_under_way())
    going = [one for one in found.going if one.recording not in listed]
    if not going:
        raise Invalid("Nothing may go now.", cure="The dry run says why each recording stays.")
    row = Disposal.objects.create(
        desks=sorted({one.desk for one in going}),
        reason=reason.strip()[:4000],
        rules_sha256=rules().sha256,
        items_sha256=_digest(going),
        prepared_by=scope.actor,
        prepared_at=now(),
    )
    DisposalItem.objects.bulk_create([_item(row, one) for one in going], batch_size=BATCH)
    record(
        actor=scope.actor,
        action="disposal prepared",
        subject=f"disposal:{row.pk}",
        detail={
            "reason": row.reason,
            "desks": row.desks,
            "recordings": len(going),
            "items_sha256": row.items_sha256,
            "staying": dict(found.why_staying),
        },
    )
    return row.pk


@transaction.atomic
def approve_disposal(*, scope: Scope, disposal: int, items_sha256: str) -> None:
    """Let a list go that somebody else prepared; `items_sha256` is that of the list the approver has seen.

    Raises:
        Hidden, Missing: out of reach. Conflict: decided already, another list, or the same person.
    """
    row = _waiting(scope, disposal)
    if row.prepared_by == scope.actor:
        raise Conflict(
            "You prepared this disposal yourself.", cure="Another person who may dispose approves it."
        )
    if row.items_sha256 != items_sha256:
        raise Conflict("That is not the list that was prepared.", cure="Look at the list again.")
    _decide(row, scope, DisposalState.APPROVED, "")
    detail = {"prepared_by": row.prepared_by, "items_sha256": row.items_sha256}
    record(actor=scope.actor, action="disposal approved", subject=f"disposal:{disposal}", detail=detail)


@transaction.atomic
def refuse_disposal(*, scope: Scope, disposal: int, reason: str) -> None:
    """Turn a list down, or take one's own back: nothing of it goes.

    Raises:
        Hidden, Missing: out of reach. Invalid: no reason. Conflict: decided already.
    """
    row = _waiting(scope, disposal)
    if not reason.strip():
        raise Invalid("Say why nothing of it goes.", cure="One sentence is enough.")
    _decide(row, scope, DisposalState.REFUSED, reason.strip()[:4000])
    detail = {"prepared_by": row.prepared_by, "reason": row.decided_because}
    record(actor=scope.actor, action="disposal turned down", subject=f"disposal:{disposal}", detail=detail)


def reached(scope: Scope, disposal: int, *, locked: bool = False) -> Disposal:
    """The row of a disposal, for whoever may dispose on all of its desks.

    Raises:
        Refused, Hidden, Missing: the scope may not, or there is none.
    """
    scope.require(Power.DISPOSE)
    found = Disposal.objects.select_for_update() if locked else Disposal.objects
    row = found.filter(pk=disposal).first()
    if row is None:
        raise Missing("There is no such disposal.", cure="Check its number.")
    reach = scope.desks(Power.DISPOSE)
    if not all(desk in reach for desk in row.desks):
        raise Hidden("There is no such disposal.", cure="Check its number.", subject=f"disposal:{disposal}")
    return row


def _candidates(only_overdue: bool, most: int) -> Iterator[list[UUID]]:
    """Recordings no duty is known to keep, in batches; what is open-ended or undecided never comes up."""
    at = now()
    over = Q(keep_until__isnull=True) | Q(keep_until__lte=at)
    found = Keeping.objects.filter(over, open_ended=False, undecided=False)
    if only_overdue:
        found = found.filter(must_go_at__lte=at)
    left = (
        found.order_by("recording_id")
        .values_list("recording_id", flat=True)[:most]
        .iterator(chunk_size=BATCH)
    )
    while some := list(islice(left, BATCH)):
        yield some


def _weighed(row: CallRow) -> Candidate | None:
    found = standing(row.id)
    if found is None:
        return None
    return Candidate(recording=row.id, desk=row.desk, started_at=row.started_at, standing=found)


def _under_way() -> Iterator[UUID]:
    open_states = (DisposalState.PREPARED, DisposalState.APPROVED)
    items = DisposalItem.objects.filter(disposal__state__in=open_states).exclude(state=ItemState.KEPT)
    return items.values_list("recording", flat=True).iterator()


def _digest(going: list[Candidate]) -> str:
    digest = hashlib.sha256()
    for one in going:
        digest.update(one.recording.bytes)
    return digest.hexdigest()


def _item(row: Disposal, one: Candidate) -> DisposalItem:
    lock = lock_of(one.recording)
    return DisposalItem(
        disposal=row,
        recording=one.recording,
        desk=one.desk,
        started_at=one.started_at,
        sha256=lock.sha256 if lock else sha256_of(one.recording),
        size=lock.size if lock else 0,
        key=lock.key if lock else "",
        decision=one.standing.decision,
    )


def _waiting(scope: Scope, disposal: int) -> Disposal:
    row = reached(scope, disposal, locked=True)
    if row.state != DisposalState.PREPARED:
        raise Conflict("This disposal was decided on already.", cure="Reload the page.")
    return row


def _decide(row: Disposal, scope: Scope, state: DisposalState, because: str) -> None:
    row.state, row.decided_by, row.decided_at, row.decided_because = state, scope.actor, now(), because
    row.save()
