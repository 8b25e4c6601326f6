"""Which findings noise silences: only those that rest on nothing else, and each with the reason kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from detectors.noise.kinds import Span
from search.tokens import normal

GRAIN = 0.011  # seconds: a reason's edges and a word's come from the same clock, save for rounding
_HELD = 0.5  # share of a reason's seconds that the forms themselves must name


class Ground(Protocol):
    """What a finding rests on: words and their seconds."""

    @property
    def words(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


class Grounded(Protocol):
    """A finding, as far as noise asks."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def reasons(self) -> Sequence[Ground]: ...


AnyFinding = TypeVar("AnyFinding", bound=Grounded)


@dataclass(frozen=True, kw_only=True)
class Aside(Generic[AnyFinding]):
    """A finding that noise explains, and the stretch of noise that does."""

    finding: AnyFinding
    span: Span


def set_aside(
    findings: Iterable[AnyFinding], spans: Sequence[Span]
) -> tuple[list[AnyFinding], list[Aside[AnyFinding]]]:
    """Findings that stand, and those of which every reason lies wholly inside recognised noise.

    One reason outside, or one that only the gaps between two forms hold, and the finding stands whole.
    """
    kept: list[AnyFinding] = []
    aside: list[Aside[AnyFinding]] = []
    for finding in findings:
        holders = [_holder(reason, spans) for reason in finding.reasons]
        first = holders[0] if holders else None
        if first is None or any(holder is None for holder in holders):
            kept.append(finding)
        else:
            aside.append(Aside(finding=finding, span=first))
    return kept, aside


def _holder(reason: Ground, spans: Sequence[Span]) -> Span | None:
    return next((span for span in spans if holds(span, reason)), None)


def holds(span: Span, reason: Ground) -> bool:
    """Does a reason rest on the words of a stretch of noise alone?

    Its seconds must lie inside, its words must be words of the stretch (the other party may talk meanwhile), and at
    least half of its seconds must be named by a form. A reading shows its words in pieces, with "…" between them.
    """
    if reason.start < span.start - GRAIN or reason.end > span.end + GRAIN:
        return False
    said = _tokens(span.words)
    if not all(_within(_tokens(piece), said) for piece in reason.words.split(" … ")):
        return False
    named = sum(_shared(reason, held) for held in _joined(span.held))
    return named >= _HELD * (reason.end - reason.start)


def _joined(held: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    union: list[tuple[float, float]] = []
    for start, end in sorted(held):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def _shared(reason: Ground, held: tuple[float, float]) -> float:
    return max(0.0, min(reason.end, held[1]) - max(reason.start, held[0]))


def _tokens(words: str) -> tuple[str, ...]:
    return normal(words.replace(" / ", " "))


def _within(short: Sequence[str], long: Sequence[str]) -> bool:
    """Does one sequence stand inside another, unbroken?"""
    size = len(short)
    return size > 0 and any(tuple(long[at : at + size]) == tuple(short) for at in range(len(long) - size + 1))
