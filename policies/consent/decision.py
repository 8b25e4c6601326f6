"""May a recording be heard? The strictest rule over everybody on the call, held against the evidence there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from policies.consent.rules import Jurisdiction, Jurisdictions, Rule

# What shows that somebody was told or agreed, and of whom it speaks.
FOR_EVERYBODY: Final = ("recorder", "heard")
FOR_ONE: Final = ("contract", "notice", "explicit")
EVIDENCE: Final = {
    "recorder": "the recorder says that a notice or a tone was played",
    "heard": "the notice is heard in the recording",
    "contract": "agreed in a contract",
    "notice": "told beforehand, in writing",
    "explicit": "agreed expressly",
}
# To be told is not to agree; who goes on talking after the notice agrees by it.
SUFFICES: Final = {
    Rule.one_party: frozenset(EVIDENCE),
    Rule.notice: frozenset(EVIDENCE),
    Rule.all_party: frozenset(EVIDENCE) - {"notice"},
}


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody on the call. `places`: ids of where they may be, more than one where that is not certain, none where
    nothing tells. `evidence`: kinds of FOR_ONE that stand for them; `withdrawn`: they took their consent back."""

    name: str
    places: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was decided on one participant: the rule of where they may be, and what covers them, if anything."""

    name: str
    jurisdictions: tuple[Jurisdiction, ...]
    rule: Rule
    known: bool
    covered_by: str
    withdrawn: bool


@dataclass(frozen=True, kw_only=True)
class Decision:
    """May it be heard; under whose rule; participant by participant."""

    clear: bool
    rule: Rule
    strictest: Jurisdiction | None  # None where it is the rule for those of whom nothing is known
    readings: tuple[Reading, ...]

    @property
    def withdrawn(self) -> bool:
        return any(one.withdrawn for one in self.readings)

    @property
    def words(self) -> str:
        """Why, in one sentence."""
        where = f"{self.strictest.name}, {self.strictest.citation}" if self.strictest else "place unknown"
        rule = f"{self.rule.words} ({where})"
        if self.withdrawn:
            names = ", ".join(one.name for one in self.readings if one.withdrawn)
            return f"{names} took consent back; {rule}"
        if self.clear:
            by = sorted({EVIDENCE[one.covered_by] for one in self.readings if one.covered_by})
            return f"{rule}: {'; '.join(by)}"
        lacking = ", ".join(one.name for one in self.readings if not one.covered_by)
        return f"{rule}: nothing shows it of {lacking}"


def decide(
    participants: Sequence[Participant],
    *,
    law: Jurisdictions,
    everybody: Sequence[str] = (),
    unknown: Rule = Rule.all_party,
) -> Decision:
    """The strictest rule over everybody wins for everybody.

    `everybody`: kinds of FOR_EVERYBODY that stand for the call. `unknown`: the rule for those whose place is not known.
    A call that names nobody has one participant of whom nothing is known.
    """
    people = participants or (Participant(name="nobody named"),)
    laws = [_law(one, law, unknown) for one in people]
    rule = max(found for found, _ in laws)
    strictest = next((where for found, where in laws if found == rule and where), None)
    suffices = SUFFICES[rule]
    shared = next((kind for kind in everybody if kind in suffices), "")
    readings = tuple(
        Reading(
            name=one.name,
            jurisdictions=tuple(law.of(one.places)),
            rule=found,
            known=bool(law.of(one.places)),
            covered_by=_covered(one, shared, suffices),
            withdrawn=one.withdrawn,
        )
        for one, (found, _) in zip(people, laws, strict=True)
    )
    covered = [bool(one.covered_by) for one in readings]
    enough = any(covered) if rule is Rule.one_party else all(covered)
    clear = enough and not any(one.withdrawn for one in readings)
    return Decision(clear=clear, rule=rule, strictest=strictest, readings=readings)


def _law(one: Participant, law: Jurisdictions, unknown: Rule) -> tuple[Rule, Jurisdiction | None]:
    found = law.of(one.places)
    if not found:
        return unknown, None
    strictest = max(found, key=lambda place: place.rule)
    return strictest.rule, strictest


def _covered(one: Participant, shared: str, suffices: frozenset[str]) -> str:
    if one.withdrawn:
        return ""
    return next((kind for kind in FOR_ONE if kind in one.evidence and kind in suffices), shared)
