"""A stretch of seconds as places in the words of a version, and back again as text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from search.transcript import Transcript, Turn, Word

TEST_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Span:
    """Places of words counted over all turns in their order, both included."""

    first: int
    last: int


def span_of(transcript: Transcript, start: float, end: float) -> Span | None:
    """The words that sound between two seconds; the nearest one where none does; None where there are no words."""
    words = [word for _, word in _counted(transcript)]
    if not words:
        return None
    within = [
        nth for nth, word in enumerate(words) if word.end > start and word.start < max(end, start + 0.01)
    ]
    if not within:
        nearest = min(range(len(words)), key=lambda nth: abs(words[nth].start - start))
        within = [nearest]
    return Span(first=min(within), last=max(within))


def text_of(transcript: Transcript, span: Span) -> tuple[str, str]:
    """The turn before the stretch, and the words of the stretch; turns on lines of their own."""
    before, said, last_turn = "", "", -1
    for nth, (turn, word) in enumerate(_counted(transcript)):
        if not span.first <= nth <= span.last:
            continue
        if last_turn not in (-1, turn):
            said += "\n"
        elif said:
            said += " "
        if last_turn == -1 and turn:
            before = _text(transcript.turns[turn - 1])
        said += word.text.strip()
        last_turn = turn
    return before, said


def side(recording: UUID) -> str:
    """On which side of the split a recording lies, in every edition: what was tested on is never trained on later."""
    drawn = hashlib.sha256(f"split:{recording.hex}".encode()).digest()
    return "test" if int.from_bytes(drawn[:6], "big") / 2**48 < TEST_SHARE else "train"


def _counted(transcript: Transcript) -> Iterator[tuple[int, Word]]:
    for nth, turn in enumerate(transcript.turns):
        for word in turn.words:
            yield nth, word


def _text(turn: Turn) -> str:
    return " ".join(word.text.strip() for word in turn.words)
