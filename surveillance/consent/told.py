"""What the room tells of consent, as other rooms and doors see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from policies.consent.decision import EVIDENCE


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice as it is heard in a call: from which second, in which words."""

    start: float
    words: str


@dataclass(frozen=True, kw_only=True)
class ClearanceRow:
    """What was decided on one call."""

    recording: UUID
    title: str
    desk: str
    started_at: datetime
    clear: bool
    withdrawn: bool
    withheld: str
    rule: str
    strictest: str
    words: str
    people: Sequence[Mapping[str, Any]]
    evidence: str
    heard_at: float | None
    heard_words: str
    decided_at: datetime

    @property
    def evidence_words(self) -> str:
        return EVIDENCE.get(self.evidence, "")


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Recordings whose standing changed: withheld from now on, or free to go on their way."""

    withheld: tuple[UUID, ...] = ()
    released: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """What one person was told, agreed to or took back."""

    id: int
    kind: str
    kind_name: str
    person: str
    number: str
    since: datetime
    until: datetime | None
    purpose: str
    reference: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, kw_only=True)
class PersonalRow:
    """One call that was asked to be let out, or is out."""

    id: int
    recording: UUID
    title: str
    desk: str
    started_at: datetime
    reason: str
    asked_by: str
    asked_at: datetime
    agreed_by: str
    agreed_at: datetime | None
