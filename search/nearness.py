"""Joining places that stand near each other: in words, in seconds, or in one turn."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

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
        return sorted(_joined_in_seconds(near, left, right, positions))
    pairs = set(_following(near, left, right, positions))
    if not near.ordered:
        pairs |= set(_following(near, right, left, positions))
    return sorted(pairs)


def _following(
    near: Near, before: Sequence[Range], after: Sequence[Range], positions: Positions
) -> Iterable[Range]:
    after = sorted(after)
    starts = [found[0] for found in after]
    follows = _follows(near, positions)
    for found in before:
        for nth in range(bisect_right(starts, found[1]), len(after)):
            if not _reaches(near, found, after[nth], positions):
                break
            if follows(found, after[nth]):
                yield found[0], after[nth][1]


def _reaches(near: Near, before: Range, after: Range, positions: Positions) -> bool:
    """Whether a start this far off can still be in reach; false ends the looking."""
    if near.reach.unit == "words":
        return after[0] - before[1] <= near.reach.size
    return positions.runs[after[0]] == positions.runs[before[1]]


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
        for seconds, other in timed[low:high]:
            apart = found[1] < other[0] or other[1] < found[0]
            if not apart or (near.ordered and seconds[0] < start):
                continue
            if _pause((start, end), seconds) <= near.reach.size:
                yield min(found[0], other[0]), max(found[1], other[1])


def without(near: Near, left: Sequence[Range], right: Sequence[Range], positions: Positions) -> list[Range]:
    """The places of the left that no place of the right is near to, nor overlaps."""
    if near.reach.unit == "seconds":
        return [
            found for found in left if not any(_is_near(near, found, other, positions) for other in right)
        ]
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
    return any(_is_near(near, found, right[nth], positions) for nth in range(low, high))


def _is_near(near: Near, found: Range, other: Range, positions: Positions) -> bool:
    if other[0] <= found[1] and found[0] <= other[1]:
        return True
    if near.reach.unit == "seconds":
        one, two = positions.seconds(found), positions.seconds(other)
        return _pause(one, two) <= near.reach.size and not (near.ordered and two[0] < one[0])
    follows = _follows(near, positions)
    return follows(found, other) or (not near.ordered and follows(other, found))
