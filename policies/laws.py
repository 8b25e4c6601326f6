"""The laws every set of policies keeps; `python -m policies.laws` prints what breaks them, all at once."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from policies.loader import HOME, load
from policies.reading import Reader, excuse_of
from policies.schema import CATEGORIES, Example, Fault, Policy, PolicyFaults, PolicySet
from policies.versions import lock, version_faults
from policies.witness import alternatives, witnesses
from search.match import match
from search.query import Query, in_words, is_local
from search.tokens import Streams, streams
from search.transcript import Transcript

FEWEST_SENTENCES: Final = 10
# Of the `fires`, those that stand as a recogniser wrote them down ("lieber"), marked `misheard = true`.
FEWEST_MISHEARD: Final = 2
FEWEST_POLICIES: Final = 3
# Share of ordinary lines a policy may hear by itself: one that fires alone, and a hint. Banks report 95–99 %
# false alerts, and an alert nobody believes is an alert nobody reads.
ORDINARY: Final = HOME / "ordinary.txt"
MOST_ORDINARY: Final = 0.005
MOST_ORDINARY_OF_HINTS: Final = 0.02
_SILENCE: Final = "zzz"
_LONGER_THAN_ANY_REACH: Final = 70  # tokens; the widest proximity of a shipped policy is 60


def broken_laws(policy_set: PolicySet, folder: Path = HOME) -> list[Fault]:
    """Everything that breaks a law, in order of file: empty for a set that may go live."""
    supporting = [policy for policy in policy_set.policies if policy.supports]
    faults = [fault for policy in policy_set.policies for fault in _own_faults(policy, supporting)]
    loud = _loud(policy_set.policies, supporting)
    return [*faults, *loud, *_coverage(policy_set), *version_faults(policy_set, folder)]


def place_of(policy: Policy) -> str:
    family, _, name = policy.id.partition(".")
    return f"rules/{family.replace('-', '_')}/{name.replace('-', '_')}.toml"


def policy_faults(policy: Policy, supporting: Sequence[Policy]) -> Iterator[Fault]:
    """What one policy breaks by itself: sentences too few or untrue, words that cannot fire or fire too often."""
    yield from _own_faults(policy, supporting)
    yield from _loud([policy], supporting)


def _own_faults(policy: Policy, supporting: Sequence[Policy]) -> Iterator[Fault]:
    reader = Reader([policy, *supporting] if policy.needs_support else [policy])
    laws = (_counted(policy), _deaf(policy, reader), _shrill(policy, reader), _mute(policy, supporting))
    for place, problem in (found for law in laws for found in law):
        yield Fault(file=place_of(policy), place=place, problem=problem)


def _counted(policy: Policy) -> Iterator[tuple[str, str]]:
    for key, examples in (("fires", policy.fires), ("silent", policy.silent)):
        if len(examples) < FEWEST_SENTENCES:
            yield key, f"has {len(examples)} sentences; at least {FEWEST_SENTENCES} hold a policy in place"
    misheard = sum(example.misheard for example in policy.fires)
    if misheard < FEWEST_MISHEARD:
        yield (
            "fires",
            f"{misheard} are marked misheard = true; at least {FEWEST_MISHEARD} stand as recognisers err",
        )
    said = Counter(example.text for example in (*policy.fires, *policy.silent))
    for text, times in said.items():
        if times > 1:
            yield "sentences", f"“{text}” stands {times} times"


def _deaf(policy: Policy, reader: Reader) -> Iterator[tuple[str, str]]:
    for number, example in enumerate(policy.fires, start=1):
        heard = _heard(policy, reader, example)
        if not heard:
            yield f"fires {number}", f"the query does not hear “{example.text}”"
        elif all(heard):
            yield f"fires {number}", f"`unless` excuses “{example.text}”"


def _shrill(policy: Policy, reader: Reader) -> Iterator[tuple[str, str]]:
    for number, example in enumerate(policy.silent, start=1):
        if not all(_heard(policy, reader, example)):
            yield f"silent {number}", f"the query hears “{example.text}” and nothing excuses it"


def _mute(policy: Policy, supporting: Sequence[Policy]) -> Iterator[tuple[str, str]]:
    """Words that can never raise the policy: a clause that no sentence satisfies, or that `unless` always excuses."""
    if policy.needs_support and not supporting:
        yield "needs_support", "no policy of the set supports it, so it can never fire"
    for number, alternative in enumerate(alternatives(policy.expression), start=1):
        if not any(_raises(policy, alternative, talk) for talk in witnesses(alternative)):
            problem = (
                f"can never fire: nothing was found to say that it hears unexcused: {_short(alternative)}"
            )
            yield f"query, alternative {number}", problem


def _raises(policy: Policy, alternative: Query, talk: Transcript) -> bool:
    said = streams(talk)
    places = match(alternative, said)
    excuses = match(policy.exclusion, said) if places and policy.exclusion else []
    return any(excuse_of(place, excuses, policy.reach) is None for place in places)


def _short(query: Query) -> str:
    told = in_words(query)
    return told if len(told) <= 120 else f"{told[:120]}…"


def _loud(policies: Sequence[Policy], supporting: Sequence[Policy]) -> Iterator[Fault]:
    """Policies that hear more of ordinary talk than the law allows, with the lines they hear."""
    lines = ordinary_lines()
    # Most look at one place; one with `and` looks at a whole call, and each line is a call to it.
    at_one_place = (policy for policy in policies if is_local(policy.expression))
    heard = _heard_in_one_call(Reader([*at_one_place, *supporting]))
    for policy in policies:
        if not is_local(policy.expression):
            heard[policy.id] = _heard_line_by_line(policy.id, Reader([policy, *supporting]))
        most = MOST_ORDINARY_OF_HINTS if policy.is_hint else MOST_ORDINARY
        told = [lines[number] for number in sorted(heard.get(policy.id, ()))]
        if len(told) > most * len(lines):
            problem = f"fires on {len(told)} of {len(lines)} ordinary lines, and {most:.1%} is the most: "
            yield Fault(file=place_of(policy), place="query", problem=problem + " / ".join(told[:8]))


def _heard_in_one_call(reader: Reader) -> dict[str, set[int]]:
    """By id of policy, the numbers of the ordinary lines it fires on: silence beyond any reach parts the lines."""
    heard: dict[str, set[int]] = {}
    for place in reader.places(_ordinary_talk()):
        if place.excuse is None:
            heard.setdefault(place.policy.id, set()).add(place.span.turn // 2)
    return heard


def _heard_line_by_line(policy_id: str, reader: Reader) -> set[int]:
    return {
        number
        for number, line in enumerate(ordinary_lines())
        for place in reader.places(streams(Transcript.from_turns([("A", line)])))
        if place.policy.id == policy_id and place.excuse is None
    }


@cache
def _ordinary_talk() -> Streams:
    silence = " ".join([_SILENCE] * _LONGER_THAN_ANY_REACH)
    turns = [turn for line in ordinary_lines() for turn in (("A", line), ("B", silence))]
    return streams(Transcript.from_turns(turns))


@cache
def ordinary_lines(path: Path = ORDINARY) -> tuple[str, ...]:
    """The lines of ordinary talk; comments and empty lines left out."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _heard(policy: Policy, reader: Reader, example: Example) -> list[bool]:
    """For every place the policy is heard at: whether it is excused."""
    places = reader.places(streams(example.transcript()))
    return [place.excuse is not None for place in places if place.policy.id == policy.id]


def _coverage(policy_set: PolicySet) -> Iterator[Fault]:
    held = Counter(policy.category for policy in policy_set.policies if not policy.is_hint)
    for category in CATEGORIES:
        if held[category] < FEWEST_POLICIES:
            problem = f"is held by {held[category]} policies that fire alone; at least {FEWEST_POLICIES}"
            yield Fault(file="rules", place=category, problem=problem)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m policies.laws", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HOME)
    parser.add_argument("--lock", action="store_true", help="write versions.toml for moved and new policies")
    asked = parser.parse_args(arguments)
    try:
        policy_set = load(asked.folder)
    except PolicyFaults as error:
        return _told(list(error.faults))
    faults = lock(policy_set, asked.folder) if asked.lock else []
    return _told(faults or broken_laws(policy_set, asked.folder), len(policy_set))


def _told(faults: Sequence[Fault], policies: int = 0) -> int:
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{len(faults)} faults\n" if faults else f"{policies} policies keep every law\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
