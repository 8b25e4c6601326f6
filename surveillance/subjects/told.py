"""Requests, found calls and restrictions as doors see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from surveillance.subjects.masking import Mask


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """One request. `left`: days until it is due, less than nothing where it is late."""

    number: int
    kind: str
    kind_name: str
    person: str
    names: Sequence[str]
    numbers: Sequence[str]
    identity: str
    told: str
    received_at: datetime
    due_at: datetime
    left: int
    extended_because: str
    also_mask: Sequence[str]
    gathered_at: datetime | None
    stage: str
    stage_name: str
    entered_by: str
    prepared_by: str
    prepared_at: datetime | None
    answer: str
    closed_by: str
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def gone_by(self) -> float:
        """How much of the time is gone, 0 to 1."""
        until = self.closed_at or self.due_at - timedelta(days=self.left)
        whole = (self.due_at - self.received_at).total_seconds()
        return min(1.0, max(0.0, (until - self.received_at).total_seconds() / whole)) if whole > 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class FoundRow:
    """One call of a request. `kept_because`: what stands against erasing it; `withheld`: why nobody hears it."""

    recording: UUID
    title: str
    desk: str
    started_at: datetime
    duration: float
    why: Sequence[str]
    left_out_because: str
    checked_by: str
    checked_at: datetime | None
    withheld: str

    @property
    def is_in(self) -> bool:
        return not self.left_out_because


@dataclass(frozen=True, kw_only=True)
class FoundPage:
    """Calls of a request, a page of them. `out_of_reach`: on desks or behind walls of whoever asks; `gone`: disposed
    of since; `unchecked`: to be given out, and nobody has looked at what is masked."""

    rows: Sequence[FoundRow]
    total: int
    page: int
    pages: int
    out_of_reach: int
    gone: int
    left_out: int
    unchecked: int


@dataclass(frozen=True, kw_only=True)
class MaskedCall:
    """One call as it would be given: its facts, its mask, and whether somebody looked at exactly that."""

    row: FoundRow
    mask: Mask | None
    checked: bool


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What else is kept of a person: where, how much of it, and whether it goes with the copy."""

    where: str
    many: int
    given: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class RestrictionRow:
    """One restriction; `due`: its day of review has come."""

    number: int
    recording: UUID
    title: str
    desk: str
    started_at: datetime
    request: int | None
    reason: str
    kept_because: str
    review_on: date
    due: bool
    placed_by: str
    placed_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lifted_because: str
