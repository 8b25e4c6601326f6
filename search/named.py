"""What transcripts name — people, houses, instruments, sums — as queries ask for it and indexes keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from search.forms import LONGEST_TOKEN
from search.query import Mention
from search.tokens import Streams, normal
from search.transcript import Named, Transcript

# How a field is written in a query, and the kind of thing it asks for.
FIELDS: Final[Mapping[str, str]] = {
    "org": "organisation",
    "organisation": "organisation",
    "person": "person",
    "place": "place",
    "instrument": "instrument",
    "currency": "currency",
    "tenor": "tenor",
    "date": "date",
    "phone": "phone",
}
# What the indexes count, and searches may be narrowed to: the name of a facet and its kind.
FACETS: Final[Mapping[str, str]] = {
    "organisation": "organisation",
    "instrument": "instrument",
    "mentioned": "person",
}
_ASKED: Final = frozenset((*FIELDS.values(), "amount"))


def fits(asked: Mention, named: Named, words: tuple[str, ...]) -> bool:
    """Is this what is asked for? By its kind and by every asked word, in its normal form or as it was said."""
    if named.kind != asked.kind:
        return False
    if asked.kind == "amount":
        return _fits_amount(asked, named)
    return set(asked.tokens) <= {*normal(named.value), *words}


def _fits_amount(asked: Mention, named: Named) -> bool:
    if named.amount is None or (asked.unit and named.unit != asked.unit):
        return False
    low = asked.least is None or named.amount > asked.least or (asked.even and named.amount == asked.least)
    high = asked.most is None or named.amount < asked.most or (asked.even and named.amount == asked.most)
    return low and high


def spans(streams: Streams) -> list[tuple[int, int, Named]]:
    """Everything named with the tokens it stands on, in order; what lies on none is left out."""
    first_of: dict[tuple[int, int], int] = {}
    last_of: dict[tuple[int, int], int] = {}
    for at, place in enumerate(streams.where):
        if place is None:
            continue
        for word in range(place.first, place.last + 1):
            first_of.setdefault((place.turn, word), at)
            last_of[place.turn, word] = at
    found = []
    for one in streams.transcript.named:
        tokens = [
            (first_of[one.turn, word], last_of[one.turn, word])
            for word in range(one.first, one.last + 1)
            if (one.turn, word) in first_of
        ]
        if tokens:
            found.append((tokens[0][0], tokens[-1][1], one))
    return sorted(found, key=lambda span: span[:2])


def tokens_of(streams: Streams) -> Iterator[str]:
    """What an index keeps to find candidates by: each kind, and each kind with each of its words."""
    told: set[str] = set()
    for first, last, one in spans(streams):
        if one.kind not in _ASKED:
            continue
        told.add(narrowing_token(one.kind))
        if one.kind == "amount":
            continue
        told.update(narrowing_token(one.kind, word) for word in normal(one.value))
        told.update(narrowing_token(one.kind, word) for word in streams.words[first : last + 1])
    yield from sorted(told)


def narrowing_token(kind: str, word: str = "any") -> str:
    """One token of letters, digits and a point, as both indexes take it whole."""
    return f"{kind}.{word}"[:LONGEST_TOKEN]


def narrowing_tokens(asked: Mention) -> tuple[str, ...]:
    """The tokens a recording must hold for the query to find anything in it."""
    return tuple(narrowing_token(asked.kind, word) for word in asked.tokens) or (narrowing_token(asked.kind),)


def facet_values(transcript: Transcript, facet: str) -> list[str]:
    """The values of a facet, each once."""
    return sorted({one.value for one in transcript.named if one.kind == FACETS[facet]})
