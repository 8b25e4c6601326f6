"""The words of each channel, interleaved into turns as a conversation is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from search.transcript import Turn, Word

PAUSE = 2.0  # seconds of one's own silence that end a turn
BREATH = 0.3  # seconds of gap in which another may take over
ASIDE_WORDS, ASIDE_SECONDS = 2, 1.0  # "yeah", "mm-hm": said into another's turn without ending it


def interleave(words: Mapping[int, Sequence[Word]]) -> tuple[Turn, ...]:
    """Channel → its words in order, to turns in order of their start, named "channel 0", "channel 1", …

    A turn ends at a pause of two seconds, or at a breath in which another speaker takes over. A short aside
    does not cut the other's sentence in two: what is said in one breath must be found as one phrase.
    """
    runs = {channel: _runs(said, PAUSE) for channel, said in words.items()}
    turns = []
    for channel, mine in runs.items():
        others = [run for other, theirs in runs.items() if other != channel for run in theirs]
        takeovers = sorted(
            run[0].start for whole in others for run in _runs(whole, BREATH) if not _is_aside(run)
        )
        turns += [_turn(channel, part) for run in mine for part in _split(run, takeovers)]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.channel)))


def _turn(channel: int, words: Sequence[Word]) -> Turn:
    return Turn(speaker=f"channel {channel}", channel=channel, words=tuple(words))


def _runs(words: Sequence[Word], pause: float) -> list[list[Word]]:
    """Words without a gap of `pause` seconds between them."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and word.start - runs[-1][-1].end < pause:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _is_aside(run: Sequence[Word]) -> bool:
    return len(run) <= ASIDE_WORDS and run[-1].end - run[0].start <= ASIDE_SECONDS


def _split(run: Sequence[Word], takeovers: Sequence[float]) -> list[list[Word]]:
    """One speaker's words, cut at the breaths in which another took over."""
    parts: list[list[Word]] = [[run[0]]]
    for before, word in pairwise(run):
        breath = word.start - before.end >= BREATH
        if breath and any(before.end - BREATH <= at <= word.start for at in takeovers):
            parts.append([])
        parts[-1].append(word)
    return parts
