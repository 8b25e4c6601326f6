"""The words of a call as its page shows them: turns, in pieces that are flagged or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.transcript import Transcript, Turn, Word
from surveillance.mentions.selectors import MentionRow
from surveillance.noise.selectors import RecognitionRow
from surveillance.web.flags import GRAIN, Flag, rests_on
from surveillance.web.names import speaker_name

# Below this the recogniser was guessing; the page says so with a dotted line.
UNSURE = 0.4


@dataclass(frozen=True, kw_only=True)
class Said:
    """One word with its seconds."""

    text: str
    start: float
    end: float
    unsure: bool
    named: MentionRow | None = None


@dataclass(kw_only=True)
class Piece:
    """Words in a row that share their flags and their noise; `flags` is empty where nothing was flagged.

    `last` marks the piece with which a stretch of noise ends.
    """

    flags: tuple[Flag, ...]
    noise: RecognitionRow | None = None
    last: bool = False
    words: list[Said] = field(default_factory=list)

    @property
    def category(self) -> str:
        """The category whose colour the piece wears: that of the weightiest flag."""
        return max(self.flags, key=lambda flag: flag.score).category if self.flags else ""

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(flag.category for flag in self.flags))


@dataclass(frozen=True, kw_only=True)
class TurnShown:
    """One turn: who, on which lane, from which second."""

    speaker: str
    lane: int
    start: float
    pieces: Sequence[Piece]

    @property
    def unsure(self) -> bool:
        """Is any of its words a guess?"""
        return any(word.unsure for piece in self.pieces for word in piece.words)


def turns_shown(
    transcript: Transcript,
    flags: Sequence[Flag],
    noise: Sequence[RecognitionRow] = (),
    named: Sequence[MentionRow] = (),
) -> list[TurnShown]:
    """Every turn with words, cut where a flagged stretch or one of noise begins or ends; `named` words are marked."""
    places: dict[int, dict[int, MentionRow]] = {}
    for row in named:
        places.setdefault(row.turn, {}).update(dict.fromkeys(range(row.first, row.last + 1), row))
    shown = [
        TurnShown(
            speaker=speaker_name(turn.speaker),
            lane=turn.channel % 4,
            start=turn.start,
            pieces=_pieces(turn, flags, noise, places.get(nth, {})),
        )
        for nth, turn in enumerate(transcript.turns)
        if turn.words
    ]
    last = {piece.noise.id: piece for turn in shown for piece in turn.pieces if piece.noise}
    for piece in last.values():
        piece.last = True
    return shown


def _pieces(
    turn: Turn, flags: Sequence[Flag], noise: Sequence[RecognitionRow], named: Mapping[int, MentionRow]
) -> list[Piece]:
    near = [flag for flag in flags if any(_touches(turn, r.start, r.end) for r in flag.reasons)]
    pieces: list[Piece] = []
    for nth, word in enumerate(turn.words):
        over = tuple(flag for flag in near if rests_on(flag, word))
        hushed = next((row for row in noise if _hushes(row, turn, word)), None)
        if not pieces or (pieces[-1].flags, pieces[-1].noise) != (over, hushed):
            pieces.append(Piece(flags=over, noise=hushed))
        pieces[-1].words.append(
            Said(
                text=word.text.strip(),
                start=word.start,
                end=word.end,
                unsure=word.confidence < UNSURE,
                named=named.get(nth),
            )
        )
    return pieces


def _hushes(noise: RecognitionRow, turn: Turn, word: Word) -> bool:
    """Is the word part of the noise? An exercise holds the turns of everybody in it."""
    inside = word.start >= noise.start - GRAIN and word.end <= noise.end + GRAIN
    return inside and (turn.channel == noise.channel or noise.kind == "training")


def _touches(turn: Turn, start: float, end: float) -> bool:
    return start <= turn.end and end >= turn.start
