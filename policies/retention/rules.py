"""What a rule of retention is: a duty to keep, or a limit after which nothing may be kept; whom and what it meets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.retention.terms import Term
from policies.schema import Fault

# The member states: what binds the Union binds a desk in each of them.
UNION: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
JURISDICTIONS: Final = UNION | frozenset(
    "EU GB US US-IL US-TX CH NO IS LI CA AU NZ SG HK JP IN ZA BR AE".split()
)
SECTORS: Final = frozenset(
    "trading swap_dealing futures broker_dealer advice research insurance debt_collection telemarketing "
    "utilities rail aviation shipping care emergency security mining contact_centre".split()
)
INSTRUMENTS: Final = frozenset(
    "equity bond fund structured future option swap security_based_swap fx_spot fx_forward commodity energy "
    "emission crypto".split()
)
CLASSES: Final = frozenset(
    "communication order advice pre_execution near_miss complaint minutes safety incident operations training "
    "personal voiceprint".split()
)
STARTS: Final = {
    "creation": "creation",
    "end_of_relationship": "the end of the relationship",
    "end_of_transaction": "the end of the transaction",
    "decision": "the decision",
    "last_interaction": "the last interaction",
}
WORM: Final = ("required", "or_audit_trail", "no")


class Kind(StrEnum):
    """A duty says: not before. A limit says: not after, where no duty stands."""

    DUTY = "duty"
    LIMIT = "limit"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One duty or limit with its citation. An empty set of sectors, instruments or classes means: any.

    `on_request`: stands only where an authority asked for it. `accessible`: how long of it the record lies within
    easy reach. `verify`: its source was not read; verify with counsel.
    """

    id: str
    kind: Kind
    title: str
    citation: str
    jurisdictions: frozenset[str]
    sectors: frozenset[str]
    instruments: frozenset[str]
    classes: frozenset[str]
    term: Term
    starts_from: str
    accessible: Term | None
    worm: str
    on_request: bool
    verify: bool

    def meets(
        self,
        *,
        jurisdictions: frozenset[str],
        sectors: frozenset[str],
        instruments: frozenset[str],
        classes: frozenset[str],
    ) -> bool:
        """Does it apply to a desk and a record like these? Nobody escapes a duty by leaving a field empty."""
        return bool(
            self.jurisdictions & jurisdictions
            and _touch(self.sectors, sectors, self.kind)
            and _touch(self.instruments, instruments, self.kind)
            and _touch(self.classes, classes, self.kind)
        )


def _touch(asked: frozenset[str], told: frozenset[str], kind: Kind) -> bool:
    if not asked:
        return True
    # What was not told is read for keeping: a duty may apply, a limit must be shown to.
    return bool(asked & told) if told else kind is Kind.DUTY


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """All rules in order of id; the hash stands for all that a decision can say."""

    rules: tuple[Rule, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.rules)


class RuleFaults(Exception):
    """Every fault of a folder of rules, at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
