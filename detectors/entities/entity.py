"""What is named in talk: people, houses, instruments, sums, dates, and the numbers that must not lie about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

KINDS: Final[Mapping[str, str]] = {
    "person": "Person",
    "organisation": "Organisation",
    "place": "Place",
    "instrument": "Instrument",
    "currency": "Currency",
    "amount": "Amount",
    "tenor": "Tenor",
    "date": "Date",
    "time": "Time",
    "phone": "Phone number",
    "card": "Card number",
    "account": "Account",
    "identity": "Identity number",
}
# Where two readings overlap the earlier kind here wins: what passed a check digit above what merely looks like it.
PRECEDENCE: Final = ("card", "identity", "account", "phone", "amount", "instrument", "tenor", "date", "time")
# Kept masked: PCI DSS 3.4 shows at most the first six and last four digits; GDPR art. 5(1)(c) asks for no more.
MASKED: Final = frozenset(("card", "account", "identity"))


class Found(NamedTuple):
    """A reading of some words of one turn, `first` to `last` both inclusive, before it becomes an entity."""

    kind: str
    first: int
    last: int
    value: str
    confidence: float = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """One thing named. `start` and `end` in seconds; `turn` and words `first` to `last` are where it stands.

    `value` is its normal form: an ISO date (told from the call's start) or time, "50000000 GBP" for a sum, an
    instrument's id, a full name. `link` is the id of the directory's entry it was linked to; several that fit
    stay `candidates` and no link. Cards, accounts and identity numbers hold masked digits only.
    """

    kind: str
    text: str
    value: str
    start: float
    end: float
    turn: int
    first: int
    last: int
    speaker: str = ""
    channel: int = 0
    link: str = ""
    candidates: tuple[str, ...] = ()
    confidence: float = 0.9

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"candidates": list(self.candidates)}


def without_overlaps(found: list[Found]) -> list[Found]:
    """In order of talk; of two that share a word the one of higher precedence, then the surer, then the longer."""

    def rank(one: Found) -> tuple[int, float, int, int]:
        place = PRECEDENCE.index(one.kind) if one.kind in PRECEDENCE else len(PRECEDENCE)
        return place, -one.confidence, one.first - one.last, one.first

    kept: list[Found] = []
    for one in sorted(found, key=rank):
        if all(one.last < other.first or other.last < one.first for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.first)


def masked(digits: str) -> str:
    """The first six and last four of a long number, the last four or fewer of a short one."""
    if len(digits) >= 13:
        return digits[:6] + "•" * (len(digits) - 10) + digits[-4:]
    shown = min(4, len(digits) // 3)
    return "•" * (len(digits) - shown) + digits[len(digits) - shown :]
