"""Is a number unusual, beside what peers do and what the person did before? Counts of work are uneven; tails are long.

A negative binomial is fitted by moments to days with work, the largest two in a hundred left out, so that one wild day
does not hide the next. Both references must find the day unusual, once there is a past of one's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

ENOUGH_OWN, ENOUGH_PEERS = 15, 40  # days of reference
BY_PEERS, BY_OWN, BY_PEERS_ALONE = 1e-4, 1e-3, 1e-6
TRIMMED: Final = 0.02


def unusual(value: int, *, own: Sequence[int], peers: Sequence[int], least: int) -> bool:
    """Is the value reported? `own` and `peers` are values of days with work before this one."""
    if value < least:
        return False
    if len(peers) < ENOUGH_PEERS:
        # Too little is known of this place: only what is far above anything seen.
        known = [*own, *peers]
        return value >= 3 * max([least, *known])
    if len(own) < ENOUGH_OWN:
        return tail(value, peers) < BY_PEERS_ALONE
    return tail(value, peers) < BY_PEERS and tail(value, own) < BY_OWN


def tail(value: int, reference: Sequence[int]) -> float:
    """The chance of so many or more, by the reference."""
    kept = sorted(reference)[: max(1, math.ceil(len(reference) * (1 - TRIMMED)))]
    mean = max(sum(kept) / len(kept), 0.05)
    spread = sum((one - mean) ** 2 for one in kept) / max(len(kept) - 1, 1)
    # What was cut off makes the spread look smaller than it is.
    spread = max(spread * 1.5, mean * 1.2)
    size = mean * mean / (spread - mean)
    return _survival(value, mean=mean, size=size)


def _survival(value: int, *, mean: float, size: float) -> float:
    """P(X >= value) of a negative binomial, summed from below in logarithms."""
    if value <= 0:
        return 1.0
    p = size / (size + mean)
    log_term = size * math.log(p)
    total = math.exp(log_term)
    for k in range(1, value):
        log_term += math.log((k - 1 + size) / k) + math.log1p(-p)
        total += math.exp(log_term)
        if k > mean and total > 1 - 1e-13:
            break
    return max(1.0 - total, 0.0)


def usual_range(reference: Sequence[int]) -> tuple[int, int]:
    """Between which values nine days of ten lie, for the words of a report."""
    if not reference:
        return 0, 0
    ordered = sorted(reference)
    return ordered[int(0.05 * (len(ordered) - 1))], ordered[int(0.95 * (len(ordered) - 1))]
