"""A change tried from the command line: a file or a policy of the folder against what is in force, nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from detectors.screen import Screener
from policies.loader import set_of
from policies.schema import Policy, PolicySet
from surveillance.changes.comparing import GAINED, Comparison, told
from surveillance.changes.drawing import drawn
from surveillance.changes.proposals import checked, drafted
from surveillance.changes.services import CALLS_A_STEP, Walk
from surveillance.changes.walking import Counts, Touched, step
from surveillance.core.errors import Invalid, Missing
from surveillance.detection.rules import reader, screener
from surveillance.rulebook.disk import wordings
from surveillance.rulebook.editions import Wording
from surveillance.rulebook.services import open_book
from surveillance.rulebook.written import file_of, policy_of
from surveillance.transcription.lines import newest_versions
from surveillance.transcription.services import fill_tokens

MOST_EXAMPLES = 20
Progress = Callable[[int, int], None]


@dataclass(kw_only=True)
class Tried:
    """What a change would do to the calls it was tried on."""

    policies: tuple[str, ...]
    archive: int
    calls: int
    seconds: float
    counts: Counts
    examples: list[dict[str, Any]] = field(default_factory=list)


def wanted(name: str) -> Wording:
    """The wording a person names: a policy's file, or the id of one in the folder of policies.

    Raises:
        Invalid: the file breaks a law. Missing: neither.
    """
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as fault:
            raise Missing(f"{name} cannot be read: {fault.strerror}.", cure="Check the path.") from fault
        return drafted(text)
    found = wordings().get(name)
    if found is None:
        raise Missing(f"{name} is neither a file nor a policy in the folder.", cure="Check the spelling.")
    return found


def tried(wording: Wording, walk: Walk, progress: Progress) -> Tried:
    """Walk over the archive with one policy in hand.

    Raises:
        Invalid: the policy breaks a law, or does not differ from what is in force.
    """
    open_book()
    checked(wording)
    now_in_force = screener()
    after = _with(now_in_force.policy_set, policy_of(file_of(wording.name), wording.text, wording.lists))
    comparison = Comparison(now_in_force, Screener(after, reader()))
    if not comparison.policies:
        raise Invalid(f"{wording.name} hears just what is in force.", cure="Change its query first.")
    found = newest_versions(since=walk.since, until=walk.until)
    frame = drawn(found, walk.sample, walk.seed)
    made = Tried(
        policies=comparison.policies, archive=len(found), calls=len(frame), seconds=0.0, counts=Counts()
    )
    began = monotonic()
    for at in range(0, len(frame), CALLS_A_STEP):
        versions = frame[at : at + CALLS_A_STEP]
        fill_tokens(versions=versions)
        made.examples += [_example(one) for one in step(comparison, versions, made.counts)]
        progress(min(at + CALLS_A_STEP, len(frame)), len(frame))
    made.seconds = monotonic() - began
    made.examples = sorted(made.examples, key=lambda one: (one["effect"] != GAINED, one["recording"]))
    return made


def _with(policies: PolicySet, policy: Policy) -> PolicySet:
    return set_of([policy, *(other for other in policies.policies if other.id != policy.id)])


def _example(one: Touched) -> dict[str, Any]:
    return {
        "recording": str(one.line.recording),
        "effect": one.compared.effect,
        "gained": [told(finding) for finding in one.compared.gained],
        "lost": [told(finding) for finding in one.compared.lost],
    }
