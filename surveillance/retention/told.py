"""Retention as doors and other rooms see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Description:
    """What calls are: where, in which sectors and instruments, which classes of record."""

    jurisdictions: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ProfileRow:
    """One version of a desk's profile."""

    desk: str
    desk_name: str
    effective_from: datetime
    description: Description
    set_by: str
    set_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A duty or limit of one recording: what asks for it and until when; None where no end is in sight."""

    rule: str
    citation: str
    words: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Until when one recording is kept, in words and in days."""

    recording: UUID
    words: str
    keep_until: datetime | None
    open_ended: bool
    undecided: bool
    must_go_at: datetime | None
    accessible_until: datetime | None
    duties: tuple[Bar, ...]
    limit: Bar | None
    locked_until: datetime | None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What an authority asked: the calls of a desk in a span, kept under a rule that stands on request."""

    rule: str
    desk: str
    since: datetime
    until: datetime
    authority: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class DemandRow(Ask):
    """What was asked, as it was entered."""

    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, kw_only=True)
class Swept:
    """One sweep: how many were decided, how many locks were made longer, how many wait for a store."""

    decided: int
    locked: int
    waiting: int
    faults: Mapping[str, str] = field(default_factory=dict)
