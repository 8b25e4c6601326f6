"""A transcript becomes findings: one for each stretch of talk and category, and each says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detectors.risk import Hit, Lexicon
from policies.schema import CATEGORIES, THRESHOLD, Policy, PolicySet
from search.tokens import streams
from search.transcript import Transcript

# Seconds of other talk between two hits of one category that still make them one stretch.
_STRETCH: Final = 20.0
# What each further word of the same circumstances adds, and how many count.
_PER_WORD: Final = 0.02
_MOST_WORDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One policy that was heard in a stretch: what it is about, which rule it serves, which words hit."""

    policy: str
    version: int
    title: str
    duty: tuple[str, ...]
    weight: float
    words: str
    start: float
    end: float

    def as_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "version": self.version,
            "title": self.title,
            "duty": list(self.duty),
            "weight": self.weight,
            "words": self.words,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A stretch of talk that bears a risk: the strongest policy, and every reason.

    Times in seconds, `score` 0–1; `turn`, `speaker`, `channel` and `words` are those of the strongest hit.
    """

    category: str
    policy: str
    version: int
    severity: str
    second_review: bool
    score: float
    start: float
    end: float
    turn: int
    speaker: str
    channel: int
    words: str
    reasons: tuple[Reason, ...]

    @property
    def certain(self) -> bool:
        """Whether one policy of its category would have been enough."""
        return self.reasons[0].weight >= THRESHOLD

    @property
    def why(self) -> str:
        first, *others = self.reasons
        sentence = f"{first.title}: “{first.words}” ({'; '.join(first.duty)})."
        if others:
            sentence += " Also heard: " + ", ".join(f"{r.title.lower()} (“{r.words}”)" for r in others) + "."
        return sentence

    def as_json(self) -> dict[str, Any]:
        """The shape that `manage.py screen` promises, and the reasons."""
        return {
            "category": self.category,
            "policy": self.policy,
            "version": self.version,
            "severity": self.severity,
            "second_review": self.second_review,
            "score": self.score,
            "start": self.start,
            "end": self.end,
            "turn": self.turn,
            "speaker": self.speaker,
            "channel": self.channel,
            "words": self.words,
            "why": self.why,
            "reasons": [reason.as_json() for reason in self.reasons],
        }


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A hit that its policy's `unless` found innocent, kept so that it can be sampled and undone."""

    category: str
    policy: str
    version: int
    start: float
    end: float
    turn: int
    words: str
    because: str


@dataclass(frozen=True, kw_only=True)
class Screening:
    """All that screening a transcript found, with what was set aside and the policies that read it."""

    findings: tuple[Finding, ...]
    set_aside: tuple[SetAside, ...]
    policies_sha256: str

    @property
    def risk(self) -> float:
        """Risk of the whole call, 0–1."""
        return call_risk(self.findings)


class Screener:
    """Policies made ready once for many transcripts; safe to share between threads."""

    def __init__(self, policy_set: PolicySet) -> None:
        self.policy_set = policy_set
        self._lexicon = Lexicon(policy_set)

    def screen(self, transcript: Transcript) -> list[Finding]:
        """The findings in the order of talk."""
        return list(self.read(transcript).findings)

    def read(self, transcript: Transcript) -> Screening:
        """The findings, and the hits that were set aside with the words that spoke for them."""
        hits = self._lexicon.hits(streams(transcript))
        stretches = _stretches([hit for hit in hits if hit.unless is None])
        findings = [_finding(stretch) for stretch in stretches if _score(stretch) >= THRESHOLD]
        outdone = [finding for finding in findings if _outdone(finding, findings)]
        kept = [finding for finding in findings if finding not in outdone]
        return Screening(
            findings=tuple(sorted(kept, key=lambda finding: (finding.start, finding.category))),
            set_aside=(
                *(_set_aside(hit) for hit in hits if hit.unless is not None),
                *(_set_aside_finding(finding) for finding in outdone),
            ),
            policies_sha256=self.policy_set.sha256,
        )


def call_risk(findings: Sequence[Finding]) -> float:
    """Risk of a call from its findings: the chance that not all of them are noise, if they erred apart.

    Findings of one call do not err apart, so each further one of the same category counts half as much.
    """
    clear = 1.0
    seen: dict[str, int] = {}
    for finding in sorted(findings, key=lambda finding: -finding.score):
        nth = seen[finding.category] = seen.get(finding.category, 0) + 1
        clear *= 1.0 - finding.score / 2 ** (nth - 1)
    return round(1.0 - clear, 3)


def _stretches(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Hits of one category that follow each other closely, with what supports them, in order of time."""
    stretches: list[list[Hit]] = []
    latest: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: hit.heard.start):
        stretch = latest.get(hit.policy.category)
        if stretch is None or hit.heard.start - _end(stretch) > _STRETCH:
            stretch = latest[hit.policy.category] = []
            stretches.append(stretch)
        stretch.append(hit)
    return [[*stretch, *_supporters(stretch, hits)] for stretch in stretches]


def _supporters(stretch: Sequence[Hit], hits: Iterable[Hit]) -> list[Hit]:
    """Signs of knowing better that stand beside a stretch of another category."""
    category, start, end = stretch[0].policy.category, stretch[0].heard.start, _end(stretch)
    return [
        hit
        for hit in hits
        if hit.policy.supports
        and hit.policy.category != category
        and start - _STRETCH <= hit.heard.start <= end + _STRETCH
    ]


def _end(stretch: Iterable[Hit]) -> float:
    return max(hit.heard.end for hit in stretch)


def _outdone(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether a finding of hints alone stands where another category is heard more surely."""
    if finding.certain:
        return False
    beside = [other for other in others if other.start <= finding.end and finding.start <= other.end]
    return any(other.certain or other.score > finding.score for other in beside)


def _strongest(stretch: Sequence[Hit]) -> dict[str, Hit]:
    """The first hit of each policy, its own category's weightiest first: saying it twice proves no more."""
    first: dict[str, Hit] = {}
    category = stretch[0].policy.category
    for hit in sorted(
        stretch, key=lambda h: (h.policy.category != category, -h.policy.weight, h.heard.start)
    ):
        first.setdefault(hit.policy.id, hit)
    return first


def _score(stretch: Sequence[Hit]) -> float:
    clear = 1.0
    for policy_id, hit in _strongest(stretch).items():
        words = {other.heard.words.casefold() for other in stretch if other.policy.id == policy_id}
        clear *= 1.0 - hit.policy.weight - _density(hit.policy, len(words))
    return round(1.0 - clear, 3)


def _density(policy: Policy, words: int) -> float:
    """Circumstances told in several words are a little surer than in one; so the fitting category wins."""
    return _PER_WORD * (min(words, _MOST_WORDS) - 1) if policy.needs_support else 0.0


def _finding(stretch: Sequence[Hit]) -> Finding:
    hits = list(_strongest(stretch).values())
    strongest = hits[0]
    return Finding(
        category=strongest.policy.category,
        policy=strongest.policy.id,
        version=strongest.policy.version,
        severity=strongest.policy.severity,
        second_review=any(hit.policy.second_review for hit in hits),
        score=_score(stretch),
        start=min(hit.heard.start for hit in stretch),
        end=_end(stretch),
        turn=strongest.heard.turn,
        speaker=strongest.heard.speaker,
        channel=strongest.heard.channel,
        words=strongest.heard.words,
        reasons=tuple(_reason(hit.policy, hit) for hit in hits),
    )


def _reason(policy: Policy, hit: Hit) -> Reason:
    return Reason(
        policy=policy.id,
        version=policy.version,
        title=policy.title,
        duty=policy.duty,
        weight=policy.weight,
        words=hit.heard.words,
        start=hit.heard.start,
        end=hit.heard.end,
    )


def _set_aside(hit: Hit) -> SetAside:
    return SetAside(
        category=hit.policy.category,
        policy=hit.policy.id,
        version=hit.policy.version,
        start=hit.heard.start,
        end=hit.heard.end,
        turn=hit.heard.turn,
        words=hit.heard.words,
        because=hit.unless.words if hit.unless else "",
    )


def _set_aside_finding(finding: Finding) -> SetAside:
    return SetAside(
        category=finding.category,
        policy=finding.policy,
        version=finding.version,
        start=finding.start,
        end=finding.end,
        turn=finding.turn,
        words=finding.words,
        because="another category is heard more surely in this stretch",
    )


def category_title(category: str) -> str:
    """The category as a reader meets it."""
    return CATEGORIES[category]
