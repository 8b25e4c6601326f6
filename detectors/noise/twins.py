"""Is a recording the same call as another, from another recorder? The same words at the same seconds.

Two turrets of one conversation, or a turret and a hoot line, record it twice with other codecs, other lags and other
errors of the recogniser. Shingles of words are compared (Broder 1997); those that both hold must also agree on one
offset between the clocks of the recorders, for two calls about the same deal share words and share no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from search.tokens import normal
from search.transcript import Transcript

_SHINGLE: Final = 3  # words
_LEAST: Final = 20  # shingles of the shorter one: less is no evidence
_SHARED: Final = 0.4  # of the shingles of the shorter; two recognitions of one call share about half
_AGREED: Final = 0.7  # of the shared shingles that must stand at one offset
_SWAY: Final = 1.5  # seconds within which they stand at one offset
CLOCKS: Final = 120.0  # seconds by which the clocks of two recorders may differ


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A recording as far as likeness asks: when, who (names and numbers), and its words."""

    started_at: datetime
    duration: float
    people: frozenset[str]
    transcript: Transcript


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How alike two recordings are. `share` 0–1 of the shorter one's shingles; `offset` in seconds: add it to the
    second's times to get the first's; `why` is a sentence."""

    share: float
    agreed: float
    offset: float
    why: str


def likeness(one: Spoken, other: Spoken) -> Likeness | None:
    """How the second is the same call as the first; None where it is not, or where there is too little to tell."""
    if not meet(one, other) or (one.people and other.people and not one.people & other.people):
        return None
    mine, theirs = _shingles(one.transcript), _shingles(other.transcript)
    shortest = min(_size(mine), _size(theirs))
    if shortest < _LEAST:
        return None
    offsets = [
        at - there
        for shingle in mine.keys() & theirs.keys()
        for at, there in zip(mine[shingle], theirs[shingle], strict=False)
    ]
    share = len(offsets) / shortest
    if share < _SHARED:
        return None
    offset, agreed = _commonest(offsets)
    if agreed < _AGREED:
        return None
    clock = abs((other.started_at - one.started_at).total_seconds() - offset)
    if clock > CLOCKS:
        return None
    return Likeness(
        share=round(share, 3),
        agreed=round(agreed, 3),
        offset=round(offset, 2),
        why=f"{share:.0%} of the words are the same, {agreed:.0%} of those at the same second "
        f"once the recorders' clocks are set {abs(offset):.1f} s apart.",
    )


def meet(one: Spoken, other: Spoken) -> bool:
    """Were both recorders running at the same time for half of the shorter recording, give or take their clocks?"""
    lag = (other.started_at - one.started_at).total_seconds()
    overlap = min(one.duration, lag + other.duration) - max(0.0, lag)
    return overlap + CLOCKS >= 0.5 * min(one.duration, other.duration)


def _shingles(transcript: Transcript) -> Mapping[str, Sequence[float]]:
    """Where in seconds each run of words was said, turn by turn: how turns interleave differs between recorders."""
    found: dict[str, list[float]] = {}
    for turn in sorted(transcript.turns, key=lambda turn: turn.start):
        said = [(token, word.start) for word in turn.words for token in normal(word.text)]
        for nth in range(len(said) - _SHINGLE + 1):
            run = " ".join(token for token, _ in said[nth : nth + _SHINGLE])
            found.setdefault(run, []).append(said[nth][1])
    return found


def _size(shingles: Mapping[str, Sequence[float]]) -> int:
    return sum(map(len, shingles.values()))


def _commonest(offsets: Sequence[float]) -> tuple[float, float]:
    """The offset that most agree on, in seconds, and the share that does."""
    bins = Counter(round(offset / _SWAY) for offset in offsets)
    middle = bins.most_common(1)[0][0] * _SWAY
    near = sorted(offset for offset in offsets if abs(offset - middle) <= _SWAY)
    chosen = near[len(near) // 2]
    return chosen, sum(abs(offset - chosen) <= _SWAY for offset in offsets) / len(offsets)
