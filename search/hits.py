"""From a transcript and a query to a hit that can be read, lit up and played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search.effort import Effort
from search.index import Hit, IndexBroken, Mark
from search.match import Span, count, heard, match
from search.positions import Positions
from search.query import And, Mention, Near, Not, Only, Or, Phrase, Query, Stream, Word
from search.tokens import Streams, streams
from search.transcript import Transcript

WORDS_AROUND = 12
# A span longer than this shows only its two ends.
LONGEST_SHOWN = 40
# Marks this close in tokens speak of one matter; the best mark opens the densest such stretch.
CLOSE = 30

_NOTHING = Transcript(turns=())


class Stored(NamedTuple):
    """A recording found by an index, with its stored transcript."""

    recording: str
    version: int
    transcript: Transcript


def hit(stored: Stored, query: Query | None, effort: Effort) -> Hit:
    """The hit of a recording; IndexBroken when the matcher finds nothing where the index did.

    Raises:
        QueryFault: the query is too wide.
    """
    if query is None:
        return _browsed(stored)
    made = streams(stored.transcript)
    spans = match(query, made, effort.next_transcript())
    if not spans:
        raise IndexBroken(f"the index found {stored.recording}, the matcher does not: reindex")
    best = _best(spans)
    found = heard(best, made)
    snippet, lit = _snippet(best, spans, made)
    return Hit(
        recording=stored.recording,
        version=stored.version,
        start=found.start,
        end=found.end,
        speaker=found.speaker,
        snippet=snippet,
        score=float(len(spans)),
        marks=tuple(_mark(span, made) for span in spans),
        lit=lit,
    )


def _browsed(stored: Stored) -> Hit:
    """A recording nobody searched a word in: its opening."""
    turn = next((turn for turn in stored.transcript.turns if turn.words), None)
    opening = " ".join(word.text.strip() for word in turn.words[: 2 * WORDS_AROUND]) if turn else ""
    cut = turn is not None and len(turn.words) > 2 * WORDS_AROUND
    return Hit(
        recording=stored.recording,
        version=stored.version,
        start=turn.start if turn else 0.0,
        end=turn.end if turn else 0.0,
        speaker=turn.speaker if turn else "",
        snippet=opening + (" …" if cut else ""),
        score=0.0,
        marks=(),
    )


def _mark(span: Span, made: Streams) -> Mark:
    found = heard(span, made)
    return Mark(
        start=found.start,
        end=found.end,
        turn=found.turn,
        speaker=found.speaker,
        channel=found.channel,
        words=found.words,
    )


def _best(spans: Sequence[Span]) -> Span:
    """The first of the densest stretch."""
    firsts = sorted(span.first for span in spans)

    def company(span: Span) -> int:
        return bisect_right(firsts, span.first + CLOSE) - bisect_left(firsts, span.first)

    return max(spans, key=lambda span: (company(span), -span.first))


def _snippet(best: Span, spans: Iterable[Span], made: Streams) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The words around the best mark, and the ranges of characters that were found."""
    words, bounds = _flattened(made)
    first, last = bounds[best.first][0], bounds[best.last][1]
    lit_words = {nth for span in spans for nth in range(bounds[span.first][0], bounds[span.last][1] + 1)}
    low, high = max(0, first - WORDS_AROUND), min(len(words), last + WORDS_AROUND + 1)
    shown: list[int | None] = [*range(low, high)]
    if last - first > LONGEST_SHOWN:
        half = LONGEST_SHOWN // 2
        shown = [*range(low, first + half), None, *range(last - half, high)]
    if low > 0:
        shown.insert(0, None)
    if high < len(words):
        shown.append(None)
    return _lit_up(shown, words, lit_words)


def _flattened(made: Streams) -> tuple[list[str], dict[int, tuple[int, int]]]:
    """All words of a transcript in a row, and for each token the words it came from."""
    words: list[str] = []
    begin: list[int] = []
    for turn in made.transcript.turns:
        begin.append(len(words))
        words.extend(word.text.strip() for word in turn.words)
        if turn.words and turn is not made.transcript.turns[-1]:
            words[-1] += " /"
    bounds = {
        at: (begin[place.turn] + place.first, begin[place.turn] + place.last)
        for at, place in enumerate(made.where)
        if place is not None
    }
    return words, bounds


def _lit_up(
    shown: Iterable[int | None], words: Sequence[str], lit_words: set[int]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    text = ""
    lit: list[tuple[int, int]] = []
    before_lit = False
    for nth in shown:
        text += " " if text else ""
        start = len(text)
        text += "…" if nth is None else words[nth]
        is_lit = nth is not None and nth in lit_words
        if is_lit and before_lit:
            lit[-1] = (lit[-1][0], len(text))
        elif is_lit:
            lit.append((start, len(text)))
        before_lit = is_lit
    return text, tuple((start, end - 2 if text[:end].endswith(" /") else end) for start, end in lit)


def streams_asked(query: Query) -> frozenset[Stream]:
    """The token streams a candidate must bring to be verified."""
    match query:
        case Word(_, stream):
            return frozenset([stream])
        case Phrase(parts) | And(parts) | Or(parts):
            return frozenset[Stream]().union(*map(streams_asked, parts))
        case Near(left, right, reach):
            marks: frozenset[Stream] = frozenset(["words"] if reach.unit == "turn" else [])
            return streams_asked(left) | streams_asked(right) | marks
        case Not(part) | Only(part):
            return streams_asked(part)
        case _:
            return frozenset(["words"])


def asks_beyond_tokens(query: Query) -> bool:
    """Whether verifying needs the seconds, speakers or confidences of the transcript."""
    match query:
        case Only() | Mention():
            return True
        case Near(left, right, reach):
            return reach.unit == "seconds" or asks_beyond_tokens(left) or asks_beyond_tokens(right)
        case Phrase(parts) | And(parts) | Or(parts):
            return any(map(asks_beyond_tokens, parts))
        case Not(part):
            return asks_beyond_tokens(part)
        case _:
            return False


def places_in_tokens(query: Query, words: str, stems: str, sounds: str, effort: Effort) -> int:
    """How often a query is found in stored token streams; those it does not ask for may be empty."""
    bare = Streams(
        words=tuple(words.split()),
        stems=tuple(stems.split()),
        sounds=tuple(sounds.split()),
        where=(),
        transcript=_NOTHING,
    )
    return count(query, Positions(bare, effort=effort.next_transcript()))


def places_in_transcript(query: Query, transcript: Transcript, effort: Effort) -> int:
    """How often a query is found in a transcript."""
    return count(query, Positions(streams(transcript), effort=effort.next_transcript()))
