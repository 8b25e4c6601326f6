"""The words of a call as its page shows them: turns, in pieces that are flagged or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.transcript import Transcript, Turn, Word
from surveillance.detection.selectors import FindingRow

# Below this the recogniser was guessing; the page says so with a dotted line.
UNSURE = 0.4
# A finding's edges and a word's come from the same clock, save for rounding.
GRAIN = 0.011


@dataclass(frozen=True, kw_only=True)
class Said:
    """One word with its seconds."""

    text: str
    start: float
    end: float
    unsure: bool


@dataclass(kw_only=True)
class Piece:
    """Words in a row that share their findings; `findings` is empty where nothing was flagged."""

    findings: tuple[FindingRow, ...]
    words: list[Said] = field(default_factory=list)

    @property
    def category(self) -> str:
        """The category whose colour the piece wears: that of the weightiest finding."""
        return max(self.findings, key=lambda row: row.score).category if self.findings else ""

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.category for row in self.findings))


@dataclass(frozen=True, kw_only=True)
class TurnShown:
    """One turn: who, on which lane, from which second."""

    speaker: str
    lane: int
    start: float
    pieces: Sequence[Piece]


def turns_shown(transcript: Transcript, findings: Sequence[FindingRow]) -> list[TurnShown]:
    """Every turn with words, cut where a finding begins or ends."""
    return [
        TurnShown(
            speaker=turn.speaker,
            lane=turn.channel % 4,
            start=turn.start,
            pieces=_pieces(turn, [row for row in findings if _touches(row, turn)]),
        )
        for turn in transcript.turns
        if turn.words
    ]


def _touches(row: FindingRow, turn: Turn) -> bool:
    return row.channel == turn.channel and row.start <= turn.end + GRAIN and row.end >= turn.start - GRAIN


def _pieces(turn: Turn, findings: Sequence[FindingRow]) -> list[Piece]:
    pieces: list[Piece] = []
    for word in turn.words:
        over = tuple(row for row in findings if _covers(row, word))
        if not pieces or pieces[-1].findings != over:
            pieces.append(Piece(findings=over))
        pieces[-1].words.append(
            Said(text=word.text.strip(), start=word.start, end=word.end, unsure=word.confidence < UNSURE)
        )
    return pieces


def _covers(row: FindingRow, word: Word) -> bool:
    middle = (word.start + word.end) / 2
    return row.start - GRAIN <= middle <= row.end + GRAIN
