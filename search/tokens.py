"""Spoken normal forms and the parallel token streams a transcript is searched by."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from search.forms import LONGEST_TOKEN, Piece, compounded, pieces, spelled_out
from search.numerals import counted
from search.sounds import sound_key
from search.transcript import Transcript, Turn

# Stands in every stream where the turn changes. It counts as one word in `w/n`, and no query can name it.
TURN_MARK = "¶"
# A speaker who goes on after a shorter pause is still in the same turn, however the recogniser cut it.
PAUSE_WITHIN_A_TURN = 4.0
# Raised whenever the normal forms change, or what an index keeps: one under another number must be built anew.
FORMS = 2

_stemmer = snowballstemmer.stemmer("english")
_stemming = threading.Lock()


class Place(NamedTuple):
    """Where a token was heard: a turn, and the first and last of its words it came from."""

    turn: int
    first: int
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Streams:
    """Parallel tokens of equal length; `where` is None at a turn mark."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    sounds: tuple[str, ...]
    where: tuple[Place | None, ...]
    transcript: Transcript

    def __len__(self) -> int:
        return len(self.words)


@lru_cache(maxsize=65536)
def normal(text: str) -> tuple[str, ...]:
    """The normal forms of a text, as a query's literals take them."""
    return tuple(piece.text for piece in normal_pieces(text.split()))


def normal_pieces(texts: Sequence[str]) -> list[Piece]:
    """The normal forms of words in order, each knowing the words it came from."""
    return [
        piece if len(piece.text) <= LONGEST_TOKEN else piece._replace(text=piece.text[:LONGEST_TOKEN])
        for piece in counted(list(spelled_out(compounded(pieces(texts)))))
        if piece.text
    ]


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """The English Snowball stem; the stemmer keeps state, so one thread at a time."""
    with _stemming:
        return str(_stemmer.stemWord(token)) or token


def streams(transcript: Transcript) -> Streams:
    """Analyse a transcript once for all searching and screening."""
    words: list[str] = []
    where: list[Place | None] = []
    before: Turn | None = None
    for nth, turn in enumerate(transcript.turns):
        said = normal_pieces([word.text for word in turn.words])
        if not said:
            continue
        if before is not None and not _goes_on(before, turn):
            words.append(TURN_MARK)
            where.append(None)
        words.extend(piece.text for piece in said)
        where.extend(Place(nth, piece.first, piece.last) for piece in said)
        before = turn
    return Streams(
        words=tuple(words),
        stems=tuple(map(stem, words)),
        sounds=tuple(map(sound_key, words)),
        where=tuple(where),
        transcript=transcript,
    )


def _goes_on(before: Turn, turn: Turn) -> bool:
    same = before.speaker == turn.speaker and before.channel == turn.channel
    return same and turn.start - before.end <= PAUSE_WITHIN_A_TURN
