"""Findings as the call page shows them: each with the reasons that policies gave, and the words they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from search.transcript import Transcript, Word
from surveillance.detection.selectors import FindingRow
from surveillance.web.names import speaker_name

# A reason's edges and a word's come from the same clock, save for rounding.
GRAIN = 0.011
# A policy of less weight raises nothing by itself; it is heard beside others.
HINT = 0.5
_LETTERS = re.compile(r"[^\w']+")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One policy that was heard: what it is about, the duty it serves, the words, the seconds."""

    title: str
    words: str
    policy: str
    version: int
    duty: tuple[str, ...]
    weight: float
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Words of one turn that a finding rests on, seconds."""

    turn: int
    first: int
    last: int
    start: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Near:
    """A line of the reader's corpus that is near in meaning; `nearness` −1 to 1."""

    text: str
    nearness: float


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A finding with its reasons, in order of time.

    `shown` are the words without which the risk would be `silent_score`; `near` the nearest lines of the corpus.
    """

    id: int
    category: str
    score: float
    severity: str
    speaker: str
    start: float
    second_eyes: bool
    reasons: tuple[Reason, ...]
    shown: tuple[Shown, ...] = ()
    silent_score: float | None = None
    near: tuple[Near, ...] = ()

    @property
    def grounds(self) -> list[Reason]:
        """The reasons that weigh; where none does, the weightiest."""
        least = min(HINT, max((reason.weight for reason in self.reasons), default=0.0))
        return [reason for reason in self.reasons if reason.weight >= least]

    @property
    def hints(self) -> list[Reason]:
        """What was also heard, and weighs little by itself."""
        grounds = self.grounds
        return [reason for reason in self.reasons if reason not in grounds]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A stretch of one lane that a flag rests on; for the waveform."""

    flag: int
    category: str
    start: float
    end: float
    channel: int


def flags(findings: Sequence[FindingRow]) -> list[Flag]:
    """The findings of a call, in order of time."""
    return [
        Flag(
            id=row.id,
            category=row.category,
            score=row.score,
            severity=str(row.why.get("severity", "")),
            speaker=speaker_name(row.speaker),
            start=row.start,
            second_eyes=row.second_eyes,
            reasons=tuple(sorted(set(_reasons(row)), key=lambda reason: (reason.start, -reason.weight))),
            shown=tuple(
                Shown(
                    turn=it["turn"], first=it["first"], last=it["last"], start=it["start"], words=it["words"]
                )
                for it in row.why.get("shown", ())
            ),
            silent_score=row.why.get("silent_score"),
            near=tuple(Near(**told) for told in row.why.get("exemplars", ())),
        )
        for row in findings
    ]


def rests_on(flag: Flag, word: Word) -> bool:
    """Is this one of the words a flag was raised for?"""
    return any(_holds(reason, word) for reason in flag.reasons)


def marks(transcript: Transcript, shown: Sequence[Flag]) -> list[Mark]:
    """Where the words of the flags lie, lane by lane; stretches of one category that overlap are one."""
    lanes: dict[tuple[str, int], list[Mark]] = {}
    found = (mark for flag in shown for reason in flag.reasons for mark in _marks(transcript, flag, reason))
    for mark in sorted(found, key=lambda one: one.start):
        lane = lanes.setdefault((mark.category, mark.channel), [])
        if lane and mark.start <= lane[-1].end:
            lane[-1] = replace(lane[-1], end=max(mark.end, lane[-1].end))
        else:
            lane.append(mark)
    return sorted((mark for lane in lanes.values() for mark in lane), key=lambda one: one.start)


def _marks(transcript: Transcript, flag: Flag, reason: Reason) -> Iterator[Mark]:
    lanes: dict[int, list[Word]] = {}
    for turn in transcript.turns:
        for word in turn.words:
            if _holds(reason, word):
                lanes.setdefault(turn.channel, []).append(word)
    for channel, words in lanes.items():
        start, end = min(word.start for word in words), max(word.end for word in words)
        yield Mark(flag=flag.id, category=flag.category, start=start, end=end, channel=channel)


def _holds(reason: Reason, word: Word) -> bool:
    """Inside the reason's seconds, and one of its words: the other party may talk at the same time."""
    inside = word.start >= reason.start - GRAIN and word.end <= reason.end + GRAIN
    return inside and bool(_tokens(word.text) & _tokens(reason.words))


def _tokens(text: str) -> set[str]:
    return {token for token in _LETTERS.split(text.lower()) if token}


def _reasons(row: FindingRow) -> Iterator[Reason]:
    told: Sequence[Mapping[str, Any]] = row.why.get("reasons") or [{}]
    for reason in told:
        yield Reason(
            title=str(reason.get("title", row.why.get("why", ""))),
            words=str(reason.get("words", row.words)),
            policy=str(reason.get("policy", row.policy)),
            version=int(reason.get("version", row.policy_version)),
            duty=tuple(reason.get("duty", ())),
            weight=float(reason.get("weight", 1.0)),
            start=float(reason.get("start", row.start)),
            end=float(reason.get("end", row.end)),
        )
