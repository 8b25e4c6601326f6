"""What screening tells: findings that explain themselves, hits that were set aside, the risk of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.schema import THRESHOLD

# The policy name under which the reader speaks where no written policy was heard.
READER: Final = "reader"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Words a finding rests on: from the `first` to the `last` word of a turn (both from 0, inclusive), in seconds."""

    turn: int
    first: int
    last: int
    start: float
    end: float
    words: str

    def as_json(self) -> dict[str, Any]:
        return {
            "turn": self.turn,
            "first": self.first,
            "last": self.last,
            "start": self.start,
            "end": self.end,
            "words": self.words,
        }


@dataclass(frozen=True, kw_only=True)
class Exemplar:
    """A line of the reader's corpus that is near in meaning; `nearness` is the cosine, −1 to 1."""

    text: str
    nearness: float


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

    Times in seconds, `score` 0–1; `turn`, `speaker`, `channel` and `words` are those of the strongest reason.
    `shown` are the words it rests on; with those gone its score would be `silent_score`. `exemplars` are the
    nearest lines of the reader's corpus.
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
    shown: tuple[Shown, ...] = ()
    silent_score: float | None = None
    exemplars: tuple[Exemplar, ...] = ()

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
        if self.silent_score is not None:
            sentence += (
                f" Without the words shown the risk would be {self.silent_score:.2f}, not {self.score:.2f}."
            )
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
            "shown": [shown.as_json() for shown in self.shown],
            "silent_score": self.silent_score,
            "exemplars": [{"text": e.text, "nearness": e.nearness} for e in self.exemplars],
        }


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """What was heard and found innocent, kept with the reason so that it can be sampled and undone."""

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
    """All that screening a transcript found, with what was set aside and what read it.

    `read` is what the reader made of each turn and stretch (`detectors.intent.reader.told`); without a reader
    it is empty and `reader_sha256` too.
    """

    findings: tuple[Finding, ...]
    set_aside: tuple[SetAside, ...]
    policies_sha256: str
    reader_sha256: str = ""
    read: tuple[Mapping[str, Any], ...] = ()

    @property
    def risk(self) -> float:
        """Risk of the whole call, 0–1."""
        return call_risk(self.findings)


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
