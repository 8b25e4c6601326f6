"""What an edition is, to other rooms: its kinds, its identity, and what stands in one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from policies.schema import Policy

KINDS: Mapping[str, str] = {
    "policy": "Policy",
    "threshold": "Threshold",
    "reader": "Risk reader",
    "speech": "Speech engine",
}
POLICY, THRESHOLD, READER, SPEECH = KINDS


@dataclass(frozen=True, kw_only=True)
class Term:
    """When an edition was in force, on whose word and why; `until` is None while it stands."""

    effective_from: datetime
    until: datetime | None
    activated_by: str
    activated_at: datetime
    reason: str
    change: int | None
    ended_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition; `lists` is the JSON document of the shared lists that its text was written with."""

    id: int
    kind: str
    name: str
    number: int
    version: int
    sha256: str
    meaning: str
    text: str
    lists: str
    settings: Mapping[str, Any]
    facts: Mapping[str, Any]
    proposed_by: str
    proposed_at: datetime
    reason: str
    terms: tuple[Term, ...] = ()

    @property
    def label(self) -> str:
        """As people speak of it."""
        if self.kind == POLICY:
            return f"{self.name} version {self.version}"
        return f"{KINDS[self.kind].lower()} {self.name}, edition {self.number}"

    @property
    def title(self) -> str:
        return str(self.facts.get("title", "")) or KINDS[self.kind]

    @property
    def review_by(self) -> date | None:
        told = self.facts.get("review_by")
        return date.fromisoformat(told) if told else None


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What an edition is made of, before anybody has proposed it."""

    kind: str
    name: str
    text: str = ""
    lists: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    meaning: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Over everything it says; the lists count as far as they are written out in the meaning."""
        return digest([self.kind, self.name, self.version, self.meaning, self.text, dict(self.settings)])


def digest(value: object) -> str:
    """SHA-256 over the one JSON form of a value."""
    told = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def wording_of(policy: Policy, text: str, lists: str) -> Wording:
    """A policy as an edition would hold it."""
    return Wording(
        kind=POLICY,
        name=policy.id,
        text=text,
        lists=lists,
        version=policy.version,
        meaning=policy.sha256,
        facts={
            "title": policy.title,
            "category": policy.category,
            "severity": policy.severity,
            "weight": policy.weight,
            "duty": list(policy.duty),
            "owner": policy.owner,
            "review_by": policy.review_by.isoformat(),
            "second_review": policy.second_review,
            "hint": policy.is_hint,
            "supports": policy.supports,
            "fires": [example.text for example in policy.fires],
            "silent": [example.text for example in policy.silent],
        },
    )


def setting_of(kind: str, name: str, sha256: str, settings: Mapping[str, Any], title: str) -> Wording:
    """A threshold, reader or speech engine as an edition would hold it; `sha256` is that of its weights."""
    return Wording(
        kind=kind,
        name=name,
        settings={**settings, **({"sha256": sha256} if sha256 else {})},
        meaning=digest([kind, name, sha256, dict(settings)]),
        facts={"title": title},
    )
