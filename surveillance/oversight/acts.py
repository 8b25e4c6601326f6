"""Acts of people as the ledger keeps them, and what must be known beside them to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from surveillance.access.names import words


@dataclass(frozen=True, kw_only=True)
class Act:
    """One entry of the ledger by a person."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str = ""
    detail: Mapping[str, Any]

    @property
    def recording(self) -> str:
        """The call it is about; empty where it is about none."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "recording" else ""

    @property
    def said(self) -> str:
        """What was searched for, words and filters together."""
        filters = self.detail.get("filters") or {}
        return f"{self.detail.get('query', '')} {filters.get('person') or ''}".strip()

    @property
    def person_sought(self) -> frozenset[str]:
        """The person a search was narrowed to, as a set of words."""
        filters = self.detail.get("filters") or {}
        return words(str(filters.get("person") or ""))

    @property
    def seconds(self) -> float:
        """How much of a call sounded."""
        start, end = self.detail.get("start"), self.detail.get("end")
        numbers = isinstance(start, int | float) and isinstance(end, int | float)
        return max(0.0, float(end) - float(start)) if numbers else 0.0  # type: ignore[arg-type]


class World(Protocol):
    """What the ledger does not say of a call or a person."""

    def alerted(self, recording: str) -> bool:
        """Did the call raise an alert?"""
        ...

    def people(self, recording: str) -> frozenset[str]:
        """Who is on the call."""
        ...

    def names(self, actor: str) -> frozenset[frozenset[str]]:
        """Under which names the actor is known, as sets of words."""
        ...

    def walled(self, actor: str, recording: str) -> bool:
        """Is it a call that the actor must never see?"""
        ...

    def usual(self, actor: str, hour: int, weekend: bool) -> bool:
        """Is it an hour (UTC) in which the actor works?"""
        ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a pattern counted: how much of it, which entries show it, and about whom or what."""

    value: int = 0
    evidence: Sequence[int] = ()
    about: str = ""
