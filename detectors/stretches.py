"""Hits of policies gathered into stretches of talk, each with the score that the policies give it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from detectors.findings import Reason
from detectors.risk import Hit
from policies.schema import Policy

# Seconds of other talk between two hits of one category that still make them one stretch.
STRETCH: Final = 20.0
# What each further word of the same circumstances adds, and how many count.
_PER_WORD: Final = 0.02
_MOST_WORDS: Final = 5


def stretches(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Hits of one category that follow each other closely, with what supports them, in order of time."""
    found: list[list[Hit]] = []
    latest: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: hit.heard.start):
        stretch = latest.get(hit.policy.category)
        if stretch is None or hit.heard.start - end_of(stretch) > STRETCH:
            stretch = latest[hit.policy.category] = []
            found.append(stretch)
        stretch.append(hit)
    return [[*stretch, *_supporters(stretch, hits)] for stretch in found]


def score_of(stretch: Sequence[Hit]) -> float:
    """1 − Π(1 − weight) over the different policies heard, 0–1."""
    clear = 1.0
    for policy_id, hit in strongest(stretch).items():
        words = {other.heard.words.casefold() for other in stretch if other.policy.id == policy_id}
        clear *= 1.0 - hit.policy.weight - _density(hit.policy, len(words))
    return round(1.0 - clear, 3)


def strongest(stretch: Sequence[Hit]) -> dict[str, Hit]:
    """The first hit of each policy, its own category's weightiest first: saying it twice proves no more."""
    first: dict[str, Hit] = {}
    category = stretch[0].policy.category
    for hit in sorted(
        stretch, key=lambda h: (h.policy.category != category, -h.policy.weight, h.heard.start)
    ):
        first.setdefault(hit.policy.id, hit)
    return first


def end_of(stretch: Iterable[Hit]) -> float:
    """When the last hit ends, seconds."""
    return max(hit.heard.end for hit in stretch)


def reason_of(hit: Hit) -> Reason:
    """A hit as one of a finding's reasons."""
    return Reason(
        policy=hit.policy.id,
        version=hit.policy.version,
        title=hit.policy.title,
        duty=hit.policy.duty,
        weight=hit.policy.weight,
        words=hit.heard.words,
        start=hit.heard.start,
        end=hit.heard.end,
    )


def _supporters(stretch: Sequence[Hit], hits: Iterable[Hit]) -> list[Hit]:
    """Signs of knowing better that stand beside a stretch of another category."""
    category, start, end = stretch[0].policy.category, stretch[0].heard.start, end_of(stretch)
    return [
        hit
        for hit in hits
        if hit.policy.supports
        and hit.policy.category != category
        and start - STRETCH <= hit.heard.start <= end + STRETCH
    ]


def _density(policy: Policy, words: int) -> float:
    """Circumstances told in several words are a little surer than in one; so the fitting category wins."""
    return _PER_WORD * (min(words, _MOST_WORDS) - 1) if policy.needs_support else 0.0
