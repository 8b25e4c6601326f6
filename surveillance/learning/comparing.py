"""Champion and challenger on the same calls: agreement, alerts gained and lost, which is right where people judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.shares import Share


@dataclass(frozen=True, kw_only=True)
class Both:
    """One call: did each flag it, and was it violating — None where nobody said."""

    champion: bool
    challenger: bool
    violating: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Both side by side. Shares carry their 95 % interval (Wilson).

    `only_champion` and `only_challenger` count judged calls that one alone had right; `p_value` is McNemar's exact
    two-sided test of whether that could be chance.
    """

    calls: int
    agree: Share
    gained: int
    lost: int
    judged: int
    champion_precision: Share
    challenger_precision: Share
    champion_recall: Share
    challenger_recall: Share
    only_champion: int
    only_challenger: int

    @property
    def p_value(self) -> float:
        return mcnemar(self.only_champion, self.only_challenger)


def compared(calls: Sequence[Both]) -> Comparison:
    """Count; recall is of judged calls, which are those that were flagged or drawn, not of all there are."""
    judged = [call for call in calls if call.violating is not None]
    violating = [call for call in judged if call.violating]

    def right(flagged: bool, call: Both) -> bool:
        return flagged == call.violating

    return Comparison(
        calls=len(calls),
        agree=Share(count=sum(c.champion == c.challenger for c in calls), total=len(calls)),
        gained=sum(c.challenger and not c.champion for c in calls),
        lost=sum(c.champion and not c.challenger for c in calls),
        judged=len(judged),
        champion_precision=_precision([c for c in judged if c.champion]),
        challenger_precision=_precision([c for c in judged if c.challenger]),
        champion_recall=Share(count=sum(c.champion for c in violating), total=len(violating)),
        challenger_recall=Share(count=sum(c.challenger for c in violating), total=len(violating)),
        only_champion=sum(right(c.champion, c) and not right(c.challenger, c) for c in judged),
        only_challenger=sum(right(c.challenger, c) and not right(c.champion, c) for c in judged),
    )


def mcnemar(one: int, other: int) -> float:
    """Two-sided exact p-value: how likely so uneven a split of the disagreements is if both are as good."""
    total = one + other
    if not total:
        return 1.0
    tail = sum(math.comb(total, k) for k in range(min(one, other) + 1)) / 2**total
    return min(1.0, 2 * float(tail))


def _precision(flagged: Sequence[Both]) -> Share:
    return Share(count=sum(bool(call.violating) for call in flagged), total=len(flagged))
