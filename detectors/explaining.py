"""Which words a finding rests on: found by taking words away until the risk is gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.findings import Shown
from detectors.risk import Hit
from search.transcript import Transcript, Turn, Word

# Words of one piece that is taken away at a time, at most; a piece also ends where a breath does. Of long talk
# the pieces are longer: about so many are tried.
_PIECE: Final = 5
_TRIED: Final = 24
_BREATH = re.compile(r"[.,;:!?…—–]$")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A few words of one turn, both ends included."""

    turn: int
    first: int
    last: int


Scored = Callable[[Transcript], float]


def telling(
    transcript: Transcript,
    turns: Sequence[int],
    effects: Sequence[tuple[Piece, float]],
    *,
    score: Scored,
    below: float,
) -> tuple[tuple[Piece, ...], float]:
    """The fewest of the most telling pieces whose absence brings `score` below a value, and the score then.

    `effects` are pieces with how much the risk falls without each. The order is theirs; how many are needed is
    found by doubling and halving. Where all of them do not suffice, whole turns are taken.
    """
    ranked = [piece for piece, _ in sorted(effects, key=lambda pair: -pair[1])]

    def without(count: int) -> float:
        return score(left_out(transcript, ranked[:count]))

    low, high, at_high = 0, 1, without(1) if ranked else 1.0
    while at_high >= below and high < len(ranked):
        low, high = high, min(len(ranked), high * 2)
        at_high = without(high)
    if at_high >= below:
        whole = tuple(Piece(turn=t, first=0, last=len(transcript.turns[t].words) - 1) for t in turns)
        return whole, score(left_out(transcript, whole))
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = without(middle)
        low, high, at_high = (low, middle, at_middle) if at_middle < below else (middle, high, at_high)
    return tuple(ranked[:high]), at_high


def pieces(transcript: Transcript, turns: Iterable[int]) -> list[Piece]:
    """The words of some turns in pieces of a breath or a few words."""
    found: list[Piece] = []
    some = list(turns)
    longest = max(_PIECE, sum(len(transcript.turns[turn].words) for turn in some) // _TRIED)
    for turn in some:
        first = 0
        words = transcript.turns[turn].words
        for nth, word in enumerate(words):
            ended = nth - first + 1 >= longest
            if ended or (longest == _PIECE and _BREATH.search(word.text)) or nth == len(words) - 1:
                found.append(Piece(turn=turn, first=first, last=nth))
                first = nth + 1
    return found


def left_out(transcript: Transcript, taken: Iterable[Piece]) -> Transcript:
    """The transcript without some words; its turns keep their numbers."""
    gone: dict[int, set[int]] = {}
    for piece in taken:
        gone.setdefault(piece.turn, set()).update(range(piece.first, piece.last + 1))
    turns = tuple(
        Turn(speaker=turn.speaker, channel=turn.channel, words=_kept(turn.words, gone.get(number, set())))
        for number, turn in enumerate(transcript.turns)
    )
    return Transcript(turns=turns, language=transcript.language, timed=transcript.timed)


def shown(transcript: Transcript, taken: Iterable[Piece]) -> tuple[Shown, ...]:
    """Pieces as the words and seconds a reader sees; neighbours become one."""
    merged: list[Piece] = []
    for piece in sorted(taken, key=lambda piece: (piece.turn, piece.first)):
        last = merged[-1] if merged else None
        if last and last.turn == piece.turn and piece.first <= last.last + 1:
            merged[-1] = Piece(turn=last.turn, first=last.first, last=max(last.last, piece.last))
        else:
            merged.append(piece)
    return tuple(_shown(transcript, piece) for piece in merged if transcript.turns[piece.turn].words)


def words_of(hits: Iterable[Hit], transcript: Transcript) -> tuple[Shown, ...]:
    """The words that policies hit, as the transcript has them."""
    return shown(transcript, pieces_of(hits, transcript))


def pieces_of(hits: Iterable[Hit], transcript: Transcript) -> list[Piece]:
    """The words that policies hit; a hit over several turns has a piece in each."""
    found: list[Piece] = []
    for hit in hits:
        for number, turn in enumerate(transcript.turns):
            inside = [
                nth
                for nth, word in enumerate(turn.words)
                if hit.heard.start <= word.start and word.end <= hit.heard.end
            ]
            if inside and number >= hit.heard.turn:
                found.append(Piece(turn=number, first=inside[0], last=inside[-1]))
    return found


def _kept(words: Sequence[Word], gone: set[int]) -> tuple[Word, ...]:
    return tuple(word for nth, word in enumerate(words) if nth not in gone)


def _shown(transcript: Transcript, piece: Piece) -> Shown:
    words = transcript.turns[piece.turn].words[piece.first : piece.last + 1]
    return Shown(
        turn=piece.turn,
        first=piece.first,
        last=piece.last,
        start=words[0].start,
        end=words[-1].end,
        words=" ".join(word.text.strip() for word in words),
    )
