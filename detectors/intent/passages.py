"""What the reader reads of a transcript: each turn with what was said before it, and longer stretches of talk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from search.transcript import Transcript

# How much of the talk before a turn is read with it.
TURNS_BEFORE: Final = 3
WORDS_BEFORE: Final = 40
# A turn longer than this many words is read in overlapping parts.
LONGEST_PART: Final = 90
PART_STEP: Final = 60
# Turns of a stretch, and how far the next one begins behind it: what is implied over several turns.
STRETCHES: Final = ((6, 3), (12, 6))
SEAM: Final = " / "
# A phrase of two to fifteen words, and the same again twice or more.
_LOOP: Final = re.compile(r"\b((?:\S+ ){1,14}?\S+)(?: \1){2,}(?!\S)")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A piece of talk to be read: `first` and `last` turn, the words before it, its own words."""

    first: int
    last: int
    before: str
    text: str

    @property
    def is_turn(self) -> bool:
        return self.first == self.last


def passages(transcript: Transcript) -> list[Passage]:
    """Every turn with words, and every stretch of several turns."""
    said = [turn.text for turn in transcript.turns]
    return [*_turns(said), *_stretches(said)]


def words_before(said: Sequence[str], turn: int) -> str:
    """The last words of the few turns before a turn, one breath after the other."""
    talk = SEAM.join(text for text in said[max(0, turn - TURNS_BEFORE) : turn] if text)
    return " ".join(talk.split()[-WORDS_BEFORE:])


def unlooped(text: str) -> str:
    """A text in which a phrase said three times or more in a row stands once: a recogniser that lost its way repeats
    itself, and what is repeated reads like a rant."""
    return _LOOP.sub(r"\1", text)


def _turns(said: Sequence[str]) -> Iterator[Passage]:
    for turn, text in enumerate(said):
        before = words_before(said, turn)
        for part in _parts(text.split()):
            yield Passage(first=turn, last=turn, before=before, text=unlooped(" ".join(part)))


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    if len(words) <= LONGEST_PART:
        if words:
            yield words
        return
    for start in range(0, len(words) - (LONGEST_PART - PART_STEP), PART_STEP):
        yield words[start : start + LONGEST_PART]


def _stretches(said: Sequence[str]) -> Iterator[Passage]:
    spoken = [turn for turn, text in enumerate(said) if text]
    seen: set[tuple[int, int]] = set()
    for length, step in STRETCHES:
        for some in _windows(spoken, length, step):
            if len(some) > 1 and (some[0], some[-1]) not in seen:
                seen.add((some[0], some[-1]))
                talk = SEAM.join(unlooped(said[turn]) for turn in some)
                yield Passage(first=some[0], last=some[-1], before="", text=talk)


def _windows(turns: Sequence[int], length: int, step: int) -> Iterable[Sequence[int]]:
    """Windows over the turns; the last one ends with the talk."""
    starts = range(0, max(1, len(turns) - length + step), step)
    return (turns[start : start + length] for start in starts)
