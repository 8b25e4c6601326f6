"""The truth about what a query finds: a tree over the streams of a transcript gives spans of tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from search.effort import Effort
from search.nearness import joined, joined_nearest, narrowest, nearest, widest, without
from search.positions import Positions, Range
from search.query import And, Mention, Near, Not, Only, Or, Phrase, Query
from search.tokens import Place, Streams


class Span(NamedTuple):
    """Tokens `first` to `last`, both inclusive, begun in a turn of the transcript."""

    first: int
    last: int
    turn: int


class Heard(NamedTuple):
    """A span as a listener knows it: seconds, the speaker it begins with, and the words as transcribed."""

    start: float
    end: float
    turn: int
    speaker: str
    channel: int
    words: str
    confidence: float


def match(query: Query, streams: Streams, effort: Effort | None = None) -> list[Span]:
    """Every place a query finds in a transcript, in order; empty when it finds none."""
    return spans(query, Positions(streams, effort=effort))


def spans(query: Query, positions: Positions) -> list[Span]:
    """As `match`, for many queries over one transcript."""
    found = _told(query, positions)
    where = positions.streams.where
    made: list[Span] = []
    for first, last in widest(found or ()):
        place = where[first]
        if place is not None:
            made.append(Span(first, last, place.turn))
    return made


def count(query: Query, positions: Positions) -> int:
    """How many spans there are, without asking where in the transcript they stand."""
    return len(widest(_told(query, positions) or ()))


def heard(span: Span, streams: Streams) -> Heard:
    """Seconds, speaker and words of a span."""
    places = [place for place in streams.where[span.first : span.last + 1] if place is not None]
    turns = streams.transcript.turns
    first, last = places[0], places[-1]
    opening = turns[first.turn]
    said = []
    for nth in range(first.turn, last.turn + 1):
        begin = first.first if nth == first.turn else 0
        end = last.last + 1 if nth == last.turn else len(turns[nth].words)
        said.append(" ".join(word.text.strip() for word in turns[nth].words[begin:end]))
    positions = Positions(streams)
    return Heard(
        start=opening.words[first.first].start,
        end=max(_end(place, streams) for place in places),
        turn=first.turn,
        speaker=opening.speaker,
        channel=opening.channel,
        words=" / ".join(text for text in said if text),
        confidence=min(positions.confidence(place) for place in places),
    )


def _end(place: Place, streams: Streams) -> float:
    return streams.transcript.turns[place.turn].words[place.last].end


def _told(query: Query, positions: Positions) -> list[Range] | None:
    """Places of a whole query; None where it does not hold, empty where it holds by absence."""
    match query:
        case And(parts):
            return _all_told(parts, positions)
        case Or(parts):
            found = [told for part in parts if (told := _told(part, positions)) is not None]
            return [place for told in found for place in told] if found else None
        case Not(part):
            return [] if _told(part, positions) is None else None
        case Only(part):
            return _told(part, positions.limited(query))
        case Near():
            return _near_told(query, positions) or None
        case _:
            return _places(query, positions) or None


def _all_told(parts: Sequence[Query], positions: Positions) -> list[Range] | None:
    found: list[Range] = []
    for part in parts:
        told = _told(part, positions)
        if told is None:
            return None
        found.extend(told)
    return found


def _near_told(near: Near, positions: Positions) -> list[Range]:
    if not near.absent and near.reach.unit != "seconds":
        left, right = positions.of_words(near.left), positions.of_words(near.right)
        if left is not None and right is not None:
            return nearest(near, left, right, positions)
    if near.absent:
        return narrowest(_places(near, positions))
    ones = _places(near.left, positions)
    return joined_nearest(near, ones, _places(near.right, positions), positions) if ones else []


def _places(query: Query, positions: Positions) -> list[Range]:
    """Every place of a local query, the wider ones too: they may stand nearer to what is outside."""
    return positions.once(query, _looked_for)


def _looked_for(query: Query, positions: Positions) -> list[Range]:
    single = positions.of_words(query)
    if single is not None:
        return [(at, at) for at in single]
    match query:
        case Mention():
            return positions.of_mention(query)
        case Phrase(parts):
            return _phrase(parts, positions)
        case Or(parts, filed):
            likely = parts if filed is None else [parts[nth] for nth in filed.called(positions)]
            return sorted({place for part in likely for place in _places(part, positions)})
        case Near(absent=True):
            return without(query, _places(query.left, positions), _places(query.right, positions), positions)
        case Near():
            left = _places(query.left, positions)
            return joined(query, left, _places(query.right, positions), positions) if left else []
        case _:
            raise ValueError(f"{type(query).__name__} speaks of a whole recording, not of one place")


def _phrase(parts: Sequence[Query], positions: Positions) -> list[Range]:
    singles: list[Sequence[int]] = []
    for part in parts:
        places = positions.of_words(part)
        if places is None:
            return _phrase_of_parts(parts, positions)
        if not places:  # most phrases of most rules end here: one of their words was not said
            return []
        singles.append(places)
    return _phrase_of_words(singles)


def _phrase_of_parts(parts: Sequence[Query], positions: Positions) -> list[Range]:
    found = _places(parts[0], positions)
    for part in parts[1:]:
        following: dict[int, list[int]] = {}
        for first, last in _places(part, positions) if found else ():
            following.setdefault(first, []).append(last)
        positions.spend(sum(len(following.get(last + 1, ())) for _, last in found))
        found = sorted({(first, end) for first, last in found for end in following.get(last + 1, ())})
    return found


def _phrase_of_words(singles: Sequence[Sequence[int]]) -> list[Range]:
    """From the rarest word outwards."""
    rarest = min(range(len(singles)), key=lambda nth: len(singles[nth]))
    starts: Sequence[int] = [at - rarest for at in singles[rarest]]
    for nth in sorted(range(len(singles)), key=lambda nth: len(singles[nth])):
        starts = [start for start in starts if _stands(singles[nth], start + nth)]
    return [(start, start + len(singles) - 1) for start in starts]


def _stands(places: Sequence[int], at: int) -> bool:
    nth = bisect_left(places, at)
    return nth < len(places) and places[nth] == at
