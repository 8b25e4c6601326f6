"""Joining places that stand near each other: in words, in seconds, or in one turn."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from search.effort import STEPS_FOR_SECONDS
from search.positions import Positions, Range
from search.query import Near

_Follows = Callable[[Range, Range], bool]


def narrowest(ranges: Iterable[Range]) -> list[Range]:
    """Without ranges that hold another one."""
    kept: list[Range] = []
    highest = -1
    for found in sorted(set(ranges), key=lambda r: (r[1], -r[0])):
        if found[0] > highest:
            kept.append(found)
            highest = found[0]
    return kept


def widest(ranges: Iterable[Range]) -> list[Range]:
    """Without ranges that another one holds."""
    kept: list[Range] = []
    farthest = -1
    for found in sorted(set(ranges), key=lambda r: (r[0], -r[1])):
        if found[1] > farthest:
            kept.append(found)
            farthest = found[1]
    return kept


def nearest(near: Near, left: Sequence[int], right: Sequence[int], positions: Positions) -> list[Range]:
    """The narrowest pairs of single tokens, found from the rarer side."""
    pairs: set[Range] = set()
    rarer, other = (left, right) if len(left) <= len(right) else (right, left)
    after_is_ordered = rarer is left
    for at in rarer:
        following = bisect_right(other, at)
        preceding = bisect_left(other, at) - 1
        if following < len(other) and (after_is_ordered or not near.ordered):
            pairs.add((at, other[following]))
        if preceding >= 0 and (not after_is_ordered or not near.ordered):
            pairs.add((other[preceding], at))
    follows = _follows(near, positions)
    return narrowest(pair for pair in pairs if follows((pair[0], pair[0]), (pair[1], pair[1])))


def joined(near: Near, left: Sequence[Range], right: Sequence[Range], positions: Positions) -> list[Range]:
    """Every pair in reach as one range; what contains a nearer pair stays, for it may reach further out."""
    if near.reach.unit == "seconds":
        return sorted(set(_joined_in_seconds(near, left, right, positions)))
    pairs = _following(near, left, right, positions)
    if not near.ordered:
        pairs |= _following(near, right, left, positions)
    return sorted(pairs)


def joined_nearest(
    near: Near, left: Sequence[Range], right: Sequence[Range], positions: Positions
) -> list[Range]:
    """The narrowest of `joined`, for which most pairs need not be made."""
    if near.reach.unit == "seconds":
        return narrowest(_joined_in_seconds(near, left, right, positions))
    pairs = _nearest_following(near, left, right, positions)
    if not near.ordered:
        pairs |= _nearest_following(near, right, left, positions)
    return narrowest(pairs)


def _following(
    near: Near, before: Sequence[Range], after: Sequence[Range], positions: Positions
) -> set[Range]:
    before, after = _within_reach(near, before, after, positions)
    starts = [found[0] for found in after]
    ends = [found[1] for found in after]
    pairs: set[Range] = set()
    begun, reached = -1, 0
    for first, last in before:
        if first != begun:
            begun, reached = first, 0
        # Ranges of one start come by their end, so that what an earlier one reached is not looked at again.
        low = max(reached, bisect_right(starts, last))
        high = bisect_right(starts, _farthest(near, last, positions))
        if high > low:
            positions.spend(high - low)
            pairs.update((first, end) for end in ends[low:high])
            reached = high
    return pairs


def _nearest_following(
    near: Near, before: Sequence[Range], after: Sequence[Range], positions: Positions
) -> set[Range]:
    """Reach is told from the end before and the start after: of each only the narrowest range can count."""
    before, after = _within_reach(near, before, after, positions)
    latest = {last: first for first, last in before}
    earliest = dict(reversed(after))
    starts = sorted(earliest)
    ends = [earliest[start] for start in starts]
    pairs: set[Range] = set()
    for last, first in latest.items():
        low = bisect_right(starts, last)
        high = bisect_right(starts, _farthest(near, last, positions))
        if high > low:
            positions.spend(high - low)
            pairs.add((first, min(ends[low:high])))
    return pairs


def _within_reach(
    near: Near, before: Sequence[Range], after: Sequence[Range], positions: Positions
) -> tuple[list[Range], list[Range]]:
    """Both in order; for a reach of one turn only what itself lies in one turn."""
    if near.reach.unit == "turn":
        runs = positions.runs
        before = [found for found in before if runs[found[0]] == runs[found[1]]]
        after = [found for found in after if runs[found[0]] == runs[found[1]]]
    return sorted(before), sorted(after)


def _farthest(near: Near, last: int, positions: Positions) -> float:
    """The last token at which something in reach of `last` may start."""
    if near.reach.unit == "words":
        return last + near.reach.size
    return bisect_right(positions.runs, positions.runs[last]) - 1


def _follows(near: Near, positions: Positions) -> _Follows:
    if near.reach.unit == "words":
        return lambda before, after: 0 < after[0] - before[1] <= near.reach.size
    if near.reach.unit == "turn":
        runs = positions.runs
        return lambda before, after: before[1] < after[0] and runs[before[0]] == runs[after[1]]
    return lambda before, after: (
        before[1] < after[0]
        and _pause(positions.seconds(before), positions.seconds(after)) <= near.reach.size
    )


def _pause(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Seconds of neither between the two; 0 where they overlap, as people on two channels do."""
    return max(0.0, round(other[0] - one[1], 6), round(one[0] - other[1], 6))


def _joined_in_seconds(
    near: Near, left: Sequence[Range], right: Sequence[Range], positions: Positions
) -> Iterable[Range]:
    timed = sorted((positions.seconds(found), found) for found in right)
    starts = [seconds[0] for seconds, _ in timed]
    longest = max((seconds[1] - seconds[0] for seconds, _ in timed), default=0.0)
    for found in left:
        start, end = positions.seconds(found)
        low = bisect_left(starts, start - near.reach.size - longest - 1e-3)
        high = bisect_right(starts, end + near.reach.size + 1e-3)
        positions.spend(STEPS_FOR_SECONDS * max(0, high - low))
        for seconds, other in timed[low:high]:
            apart = found[1] < other[0] or other[1] < found[0]
            if not apart or (near.ordered and seconds[0] < start):
                continue
            if _pause((start, end), seconds) <= near.reach.size:
                yield min(found[0], other[0]), max(found[1], other[1])


def without(near: Near, left: Sequence[Range], right: Sequence[Range], positions: Positions) -> list[Range]:
    """The places of the left that no place of the right is near to, nor overlaps."""
    if near.reach.unit == "seconds":
        return [found for found in left if not _is_near_any(near, found, right, positions)]
    right = sorted(right)
    starts = [found[0] for found in right]
    longest = max((last - first for first, last in right), default=0)
    return [found for found in left if not _has_near(near, found, right, starts, longest, positions)]


def _has_near(
    near: Near,
    found: Range,
    right: Sequence[Range],
    starts: Sequence[int],
    longest: int,
    positions: Positions,
) -> bool:
    if near.reach.unit == "words":
        low = bisect_left(starts, found[0] - int(near.reach.size) - longest)
        high = bisect_right(starts, found[1] + int(near.reach.size))
    else:
        runs = positions.runs
        low = bisect_left(starts, bisect_left(runs, runs[found[0]]) - longest)
        high = bisect_right(starts, bisect_right(runs, runs[found[1]]))
    return _is_near_any(near, found, right[low:high], positions)


def _is_near_any(near: Near, found: Range, others: Sequence[Range], positions: Positions) -> bool:
    for looked, other in enumerate(others, start=1):
        if _is_near(near, found, other, positions):
            positions.spend(STEPS_FOR_SECONDS * looked)
            return True
    positions.spend(STEPS_FOR_SECONDS * len(others))
    return False


def _is_near(near: Near, found: Range, other: Range, positions: Positions) -> bool:
    if other[0] <= found[1] and found[0] <= other[1]:
        return True
    if near.reach.unit == "seconds":
        one, two = positions.seconds(found), positions.seconds(other)
        return _pause(one, two) <= near.reach.size and not (near.ordered and two[0] < one[0])
    follows = _follows(near, positions)
    return follows(found, other) or (not near.ordered and follows(other, found))
