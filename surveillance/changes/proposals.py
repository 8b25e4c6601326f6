"""What a person may propose: a policy's text, checked against every law; a retirement; an earlier edition again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from policies.schema import Fault, Policy, PolicyFaults
from surveillance.core.errors import Invalid
from surveillance.rulebook import selectors
from surveillance.rulebook.editions import POLICY, Edition, Wording, wording_of
from surveillance.rulebook.written import broken, file_of, id_in, lists_document, policy_of


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a change is to bring: new wordings, editions the rulebook holds already, names to be retired."""

    title: str
    reason: str
    wordings: Sequence[Wording] = ()
    editions: Sequence[int] = ()
    retired: Sequence[tuple[str, str]] = field(default=())


def drafted(text: str, lists: str = "") -> Wording:
    """A policy's text as a wording, read with `lists`, or else with those the edition in force was written with.

    Raises:
        Invalid: the text has faults; all of them are told.
    """
    try:
        name = id_in(text)
        standing = selectors.one_in_force(POLICY, name)
        with_lists = lists or (standing.lists if standing else newest_lists())
        return wording_of(policy_of(file_of(name), text, with_lists), text, with_lists)
    except PolicyFaults as faults:
        raise _invalid(faults.faults) from faults


def newest_lists() -> str:
    """The shared lists of the policy that came into force last: what a new policy is written with."""
    standing = selectors.in_force(POLICY)
    if not standing:
        return lists_document({})
    return max(standing, key=lambda edition: edition.terms[-1].effective_from).lists


def checked(wording: Wording) -> None:
    """Hold the laws over a wording, beside the policies in force.

    Raises:
        Invalid: a sentence does not hold, or the text moved and its version did not. FCA Market Watch 79: a
            changed alert is a tested alert.
    """
    if wording.kind != POLICY:
        return
    policy = policy_of(file_of(wording.name), wording.text, wording.lists)
    others = [
        _policy(edition) for edition in selectors.in_force(POLICY) if edition.facts.get("supports", True)
    ]
    faults = broken(policy, others) + _version_faults(wording, policy)
    if faults:
        raise _invalid(faults)


def _version_faults(wording: Wording, policy: Policy) -> list[Fault]:
    known = [e for e in selectors.of_name(POLICY, wording.name) if e.version == policy.version]
    if any(edition.meaning != wording.meaning for edition in known):
        highest = max(edition.version for edition in selectors.of_name(POLICY, wording.name))
        problem = (
            f"{policy.version} stands for other words already; raise it to {highest + 1}, "
            "so that an alert names the words that raised it"
        )
        return [Fault(file=file_of(wording.name), place="version", problem=problem)]
    return []


def _policy(edition: Edition) -> Policy:
    return policy_of(file_of(edition.name), edition.text, edition.lists)


def hash_with(
    before: Sequence[Edition], brought: Sequence[Edition], retired: Sequence[str]
) -> tuple[str, ...]:
    """The hashes of the policies that would be in force: those before, with the change brought in."""
    named = {edition.name: edition.sha256 for edition in before if edition.kind == POLICY}
    named |= {edition.name: edition.sha256 for edition in brought if edition.kind == POLICY}
    return tuple(named[name] for name in sorted(named) if name not in retired)


def _invalid(faults: Sequence[Fault]) -> Invalid:
    told = " ".join(f"{fault.place}: {fault.problem}." for fault in faults)
    return Invalid(
        f"This policy cannot be proposed as it stands. {told}", cure="Correct the text and try again."
    )
