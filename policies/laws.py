"""The laws every set of policies keeps; `python -m policies.laws` prints what breaks them, all at once."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from policies.loader import HOME, load
from policies.reading import Reader
from policies.schema import CATEGORIES, Example, Fault, Policy, PolicyFaults, PolicySet
from policies.versions import lock, version_faults
from search.tokens import streams

FEWEST_SENTENCES: Final = 6
FEWEST_POLICIES: Final = 3


def broken_laws(policy_set: PolicySet, folder: Path = HOME) -> list[Fault]:
    """Everything that breaks a law, in order of file: empty for a set that may go live."""
    supporting = [policy for policy in policy_set.policies if policy.supports]
    faults = [fault for policy in policy_set.policies for fault in policy_faults(policy, supporting)]
    return [*faults, *_coverage(policy_set), *version_faults(policy_set, folder)]


def place_of(policy: Policy) -> str:
    family, _, name = policy.id.partition(".")
    return f"rules/{family.replace('-', '_')}/{name.replace('-', '_')}.toml"


def policy_faults(policy: Policy, supporting: Sequence[Policy]) -> Iterator[Fault]:
    """What one policy breaks by itself: too few sentences, or sentences that do not hold."""
    reader = Reader([policy, *supporting] if policy.needs_support else [policy])
    for place, problem in (*_counted(policy), *_deaf(policy, reader), *_shrill(policy, reader)):
        yield Fault(file=place_of(policy), place=place, problem=problem)


def _counted(policy: Policy) -> Iterator[tuple[str, str]]:
    for key, examples in (("fires", policy.fires), ("silent", policy.silent)):
        if len(examples) < FEWEST_SENTENCES:
            yield key, f"has {len(examples)} sentences; at least {FEWEST_SENTENCES} hold a policy in place"
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
