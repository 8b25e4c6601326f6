"""What became of a drill, held against its script: heard, flagged, rightly, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detectors.screen import Finding, Screener
from policies.library import Drill
from policies.reading import Place, supported
from search.tokens import normal
from search.transcript import Transcript

HEARD_BELOW = 0.5  # word error rate under which a drill counts as heard

# Why a drill was missed, or an innocent one flagged, in the words of the pages.
CAUSES: Mapping[str, str] = {
    "lost": "It did not come through",
    "suppressed": "Suppressed: without what suppresses it would have been caught",
    "excused": "A policy heard it and its exclusion excused it",
    "outweighed": "A policy heard it, but read in its context the risk stayed below the threshold",
    "misheard": "Misheard: the script as written would have been caught",
    "policy": "Not covered: no policy catches even the script as written",
    "language": "Its language is not surveilled",
    "false alarm": "Flagged, though nothing in it is wrong",
}


@dataclass(frozen=True, kw_only=True)
class Caught:
    """One finding on a drill; times in seconds."""

    category: str
    policies: tuple[str, ...]
    words: str
    start: float
    end: float

    def as_json(self) -> dict[str, Any]:
        return {
            "category": self.category,
            "policies": list(self.policies),
            "words": self.words,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The judgement over one run."""

    word_error: float
    heard: bool
    flagged: bool
    right_category: bool
    by_policy: bool
    bare_category: bool
    bare_policy: bool
    cause: str
    caught: tuple[Caught, ...] = field(default=())


def judged(
    drill: Drill,
    transcript: Transcript,
    screener: Screener,
    *,
    caught: Sequence[Caught] | None = None,
) -> Verdict:
    """Hold what was found against the script.

    `caught` is what the production path found, suppression and all; without it the screener's bare reading
    stands for it.
    """
    listened = screener.listen(transcript)
    bare = screener.judge(listened)
    plain = [seen(finding) for finding in bare.findings]
    found = list(plain if caught is None else caught)
    right, own = _right(drill, found), _own(drill, found)
    error = word_error(drill.text, " ".join(_words(transcript)))
    verdict = Verdict(
        word_error=error,
        heard=error < HEARD_BELOW,
        flagged=bool(found),
        right_category=right,
        by_policy=own,
        bare_category=_right(drill, plain),
        bare_policy=_own(drill, plain),
        cause="",
        caught=tuple(found),
    )
    heard = [place for place in supported(listened.places) if place.policy.id == drill.policy]
    return _with_cause(drill, verdict, screener, heard)


def _with_cause(drill: Drill, verdict: Verdict, screener: Screener, heard: Sequence[Place]) -> Verdict:
    cause = ""
    if drill.innocent:
        cause = "false alarm" if verdict.flagged else ""
    elif not verdict.right_category:
        cause = _why_missed(drill, verdict, screener, heard)
    return Verdict(**{**vars(verdict), "cause": cause})


def _why_missed(drill: Drill, verdict: Verdict, screener: Screener, heard: Sequence[Place]) -> str:
    if not drill.surveilled:
        return "language"
    if verdict.bare_category:
        return "suppressed"
    as_written = screener.read(drill.as_read())
    if _right(drill, [seen(finding) for finding in as_written.findings]):
        return "misheard"
    if not heard:
        return "policy"
    return "excused" if all(place.excuse for place in heard) else "outweighed"


def _right(drill: Drill, found: Iterable[Caught]) -> bool:
    return any(item.category == drill.category for item in found)


def _own(drill: Drill, found: Iterable[Caught]) -> bool:
    return any(drill.policy in item.policies for item in found)


def seen(finding: Finding) -> Caught:
    """A finding of the screener, with every policy among its reasons."""
    return Caught(
        category=finding.category,
        policies=tuple(dict.fromkeys([finding.policy, *(reason.policy for reason in finding.reasons)])),
        words=finding.words,
        start=finding.start,
        end=finding.end,
    )


def _words(transcript: Transcript) -> list[str]:
    return [word.text for turn in transcript.turns for word in turn.words]


def word_error(script: str, heard: str) -> float:
    """Substituted, missing and added words over the script's, in spoken normal forms ("50" is "fifty")."""
    wanted, got = list(normal(script)), list(normal(heard))
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(got, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1] / max(len(wanted), 1)
