"""Recordings as other rooms and doors see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from surveillance.capture.models import Outcome, Party, Receipt, Recording
from surveillance.capture.reasons import ACCEPTABLE, NOT_KEPT


@dataclass(frozen=True, kw_only=True)
class PartyRow:
    """Someone on a channel. `name` is the best there is: person, else number, else line, else the channel."""

    channel: int
    name: str
    person: str
    number: str
    line: str
    employer: str


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """A recording in a list. `started_at` is UTC, `duration` seconds."""

    id: UUID
    title: str
    name: str
    desk: str
    desk_name: str
    source: str
    direction: str
    started_at: datetime
    started_by: str
    duration: float
    channels: int
    people: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReceiptRow:
    """One arrival of the same bytes."""

    id: UUID
    source: str
    received_at: datetime
    received_by: str
    name: str
    outcome: str
    sidecar_name: str
    sidecar_sha256: str


@dataclass(frozen=True, kw_only=True)
class Call(CallRow):
    """Everything capture knows of one recording."""

    sha256: str
    size: int
    external_id: str
    container: str
    codec: str
    sample_rate: int
    parties: tuple[PartyRow, ...]
    receipts: tuple[ReceiptRow, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, counted from 1."""

    rows: tuple[CallRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class QuarantineRow:
    """A file set aside. `acceptable`: it may be taken as it is. `kept`: its bytes are there to retry."""

    id: UUID
    name: str
    source: str
    desk: str
    received_at: datetime
    received_by: str
    size: int
    sha256: str
    sidecar_name: str
    reason_code: str
    reason: str
    cure: str
    retries: int
    withdrawn: bool
    acceptable: bool
    kept: bool


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """How one recording fares at one stage."""

    stage: str
    state: str
    attempts: int
    since: datetime
    fault: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class Native:
    """The native file of a recording, for the archive. `path` is None once it has left the spool."""

    recording: UUID
    name: str
    sha256: str
    size: int
    started_at: datetime
    duration: float
    path: Path | None


def call_row(recording: Recording) -> CallRow:
    """A recording for a list."""
    return CallRow(**_shown(recording))


def whole_call(recording: Recording) -> Call:
    """A recording for its own page."""
    return Call(
        **_shown(recording),
        sha256=recording.sha256,
        size=recording.size,
        external_id=recording.external_id,
        container=recording.container,
        codec=recording.codec,
        sample_rate=recording.sample_rate,
        parties=tuple(party_row(party) for party in recording.parties.all()),
        receipts=tuple(
            receipt_row(row) for row in recording.receipts.defer("sidecar").order_by("received_at")
        ),
    )


def _shown(recording: Recording) -> dict[str, Any]:
    said = (party.person or party.number for party in recording.parties.all())
    people = tuple(dict.fromkeys(name for name in said if name))
    return {
        "id": recording.id,
        "title": " and ".join(people) or recording.name,
        "name": recording.name,
        "desk": recording.desk.slug,
        "desk_name": recording.desk.name,
        "source": recording.source,
        "direction": recording.direction,
        "started_at": recording.started_at,
        "started_by": recording.started_by,
        "duration": recording.duration,
        "channels": recording.channels,
        "people": people,
        "received_at": recording.received_at,
    }


def party_row(party: Party) -> PartyRow:
    """Someone on a channel."""
    return PartyRow(
        channel=party.channel,
        name=party.person or party.number or party.line or f"channel {party.channel}",
        person=party.person,
        number=party.number,
        line=party.line,
        employer=party.employer,
    )


def receipt_row(receipt: Receipt) -> ReceiptRow:
    """One arrival."""
    return ReceiptRow(
        id=receipt.id,
        source=receipt.source,
        received_at=receipt.received_at,
        received_by=receipt.received_by,
        name=receipt.name,
        outcome=receipt.outcome,
        sidecar_name=receipt.sidecar_name,
        sidecar_sha256=receipt.sidecar_sha256,
    )


def quarantine_row(receipt: Receipt) -> QuarantineRow:
    """A file set aside."""
    return QuarantineRow(
        id=receipt.id,
        name=receipt.name,
        source=receipt.source,
        desk=receipt.desk,
        received_at=receipt.received_at,
        received_by=receipt.received_by,
        size=receipt.size,
        sha256=receipt.sha256,
        sidecar_name=receipt.sidecar_name,
        reason_code=receipt.reason_code,
        reason=receipt.reason,
        cure=receipt.cure,
        retries=receipt.retries,
        withdrawn=receipt.outcome == Outcome.WITHDRAWN,
        acceptable=receipt.reason_code in ACCEPTABLE,
        kept=receipt.reason_code not in NOT_KEPT,
    )
