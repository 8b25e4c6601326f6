"""The echo of the other channel: the same words, a little later, heard no better.

A line that leaks gives every word twice. A reading back also repeats the words, but begins after they were said;
an echo begins while they are still being said, with the same lag throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean, median

from detectors.noise.kinds import ECHO, Span
from search.tokens import normal
from search.transcript import Transcript, Word

# Seconds a telephone network needs to give a word back.
_LEAST_LAG, _MOST_LAG = 0.02, 1.2
_SWAY = 0.25  # seconds by which the lag of single words may differ: a recogniser's times are not sharper
_LEAST = 5  # words: fewer are said by both by chance ("okay thank you bye")
_SKIPPED = 2  # words in a row that the recogniser may have heard otherwise in the echo
_BETTER = 0.05  # by so much the echo may be heard better, for chance


@dataclass(frozen=True, slots=True)
class _Said:
    """A word on a channel, in its normal form, and the turn it stands in."""

    token: str
    turn: int
    word: Word


def echoes(transcript: Transcript) -> list[Span]:
    """Every stretch of a channel that only gives back another one."""
    if not transcript.timed:
        return []
    lanes: dict[int, list[_Said]] = {}
    for nth, turn in enumerate(transcript.turns):
        lane = lanes.setdefault(turn.channel, [])
        lane.extend(_Said(" ".join(normal(word.text)), nth, word) for word in turn.words)
    for lane in lanes.values():
        lane.sort(key=lambda said: said.word.start)
    return [
        span
        for original, echo in permutations(sorted(lanes), 2)
        for span in _given_back(lanes[original], lanes[echo])
    ]


def _given_back(original: Sequence[_Said], echo: Sequence[_Said]) -> Iterator[Span]:
    pairs = list(_pairs(original, echo))
    run: list[tuple[int, _Said, _Said]] = []
    for pair in pairs:
        if run and not _goes_on(run, pair):
            yield from _span(run)
            run = []
        run.append(pair)
    yield from _span(run)


def _pairs(original: Sequence[_Said], echo: Sequence[_Said]) -> Iterator[tuple[int, _Said, _Said]]:
    """Each word of the echo with the same word of the original shortly before it."""
    begin = 0
    for nth, late in enumerate(echo):
        while begin < len(original) and original[begin].word.start < late.word.start - _MOST_LAG:
            begin += 1
        at = begin
        while at < len(original) and original[at].word.start <= late.word.start - _LEAST_LAG:
            if late.token and original[at].token == late.token:
                yield nth, original[at], late
                break
            at += 1


def _goes_on(run: Sequence[tuple[int, _Said, _Said]], pair: tuple[int, _Said, _Said]) -> bool:
    nth, early, late = pair
    if nth - run[-1][0] > _SKIPPED + 1:
        return False
    return abs(late.word.start - early.word.start - median(_lags(run))) <= _SWAY


def _lags(run: Sequence[tuple[int, _Said, _Said]]) -> list[float]:
    return [late.word.start - early.word.start for _, early, late in run]


def _span(run: Sequence[tuple[int, _Said, _Said]]) -> Iterator[Span]:
    if len(run) < _LEAST:
        return
    early, late = [one for _, one, _ in run], [one for _, _, one in run]
    lag = median(_lags(run))
    heard_first, heard_again = mean(s.word.confidence for s in early), mean(s.word.confidence for s in late)
    said_for = late[-1].word.end - late[0].word.start
    if heard_again > heard_first + _BETTER or lag >= said_for:
        return
    yield Span(
        kind=ECHO,
        turn=late[0].turn,
        channel=late[0].word.channel,
        start=late[0].word.start,
        end=max(one.word.end for one in late),
        words=" ".join(one.word.text.strip() for one in late),
        held=tuple((one.word.start, one.word.end) for one in late),
        why=f"The same words stand on channel {early[0].word.channel + 1}, {lag:.2f} s earlier and heard no worse.",
        confidence=round(min(0.99, 0.6 + 0.04 * len(run)), 3),
    )
