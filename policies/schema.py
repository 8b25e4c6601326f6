"""What a policy is: one scheme of misconduct, the query that hears it, and the sentences that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from search.query import Query
from search.transcript import Transcript

CATEGORIES: Final[Mapping[str, str]] = {
    "market_manipulation": "Market manipulation",
    "insider_dealing": "Insider dealing",
    "collusion": "Collusion",
    "off_channel": "Off-channel communication",
    "secrecy": "Secrecy and concealment",
    "bribery": "Bribery",
    "mis_selling": "Mis-selling",
    "data_privacy": "Data privacy",
    "complaint": "Complaint",
    "safety": "Safety",
    "harassment": "Harassment",
}
SEVERITIES: Final = ("low", "medium", "high")

# A hit weighs between 0 and 1; a stretch of talk becomes a finding from here on. A policy below the
# threshold is a hint: it says nothing alone and needs a second, different one of its category beside it.
THRESHOLD: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Example:
    """A sentence, or a few turns of talk, that a policy must hear (`fires`) or let pass (`silent`).

    `misheard`: it stands as a recogniser wrote it down, with an error of its kind ("lieber" for LIBOR).
    """

    turns: tuple[tuple[str, str], ...]
    misheard: bool = False

    @property
    def text(self) -> str:
        return " / ".join(said for _, said in self.turns)

    def transcript(self) -> Transcript:
        return Transcript.from_turns(list(self.turns))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy file, its lists written out and its query parsed.

    `weight` is how far one hit carries alone (0–1, see THRESHOLD); `unless` is what makes a hit innocent
    when it is heard within `reach` tokens of it; `second_review` asks for a second pair of eyes;
    a policy that `supports` also adds its weight to findings of other categories beside it, and one that
    `needs_support` is heard only where such a policy is heard close by.
    """

    id: str
    version: int
    title: str
    category: str
    severity: str
    weight: float
    duty: tuple[str, ...]
    owner: str
    review_by: date
    query: str
    expression: Query
    unless: str
    exclusion: Query | None
    reach: int
    second_review: bool
    supports: bool
    needs_support: bool
    fires: tuple[Example, ...]
    silent: tuple[Example, ...]
    sha256: str

    @property
    def is_hint(self) -> bool:
        return self.weight < THRESHOLD


@dataclass(frozen=True, kw_only=True)
class PolicySet:
    """All policies of a folder in order of id, and one hash over all their texts and lists."""

    policies: tuple[Policy, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.policies)

    def __getitem__(self, policy_id: str) -> Policy:
        for policy in self.policies:
            if policy.id == policy_id:
                return policy
        raise KeyError(policy_id)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong in one file, where it is and how to cure it."""

    file: str
    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.problem}"


class PolicyFaults(Exception):
    """Everything that is wrong with a folder of policies, at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))
