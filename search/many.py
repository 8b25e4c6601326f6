"""Thousands of queries over one transcript: only those whose rarest word was said are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from search.filed import Filed
from search.match import Span, spans
from search.positions import Positions
from search.query import And, Near, Not, Only, Or, Phrase, Query
from search.tokens import Streams

# A list of so many alternatives is worth filing: a shorter one is gone through as fast.
_LONG: Final = 6


class Many:
    """Queries by name, made ready once; `match` may be called from any thread."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        known: dict[Query, Query] = {}
        arms = [(name, shared(arm, known)) for name, query in queries.items() for arm in alternatives(query)]
        self._names = [name for name, _ in arms]
        self._arms = Filed([arm for _, arm in arms])

    def match(self, streams: Streams) -> dict[str, list[Span]]:
        """The spans of every query that finds any."""
        return self.among(Positions(streams))

    def among(self, positions: Positions, names: AbstractSet[str] | None = None) -> dict[str, list[Span]]:
        """The same over positions that others look at too; of those named only, where names are given."""
        called: dict[str, list[Query]] = {}
        for number in self._arms.called(positions):
            name = self._names[number]
            if names is None or name in names:
                called.setdefault(name, []).append(self._arms.queries[number])
        found: dict[str, list[Span]] = {}
        for name, arms in sorted(called.items()):
            here = spans(arms[0] if len(arms) == 1 else Or(tuple(arms)), positions)
            if here:
                found[name] = here
        return found


def alternatives(query: Query) -> tuple[Query, ...]:
    """What a query would be content with, each by itself: of most of them not one word was said."""
    if isinstance(query, Or):
        return tuple(arm for part in query.parts for arm in alternatives(part))
    return (query,)


def shared(query: Query, known: dict[Query, Query]) -> Query:
    """The same tree in which equal parts are one object, so that their places are looked up once for all rules."""
    if query in known:
        return known[query]
    match query:
        case Phrase(parts) | And(parts):
            made: Query = type(query)(tuple(shared(part, known) for part in parts))
        case Or(parts):
            inside = tuple(shared(part, known) for part in parts)
            made = Or(inside, Filed(inside) if len(inside) >= _LONG else None)
        case Near(left, right, reach, ordered, absent):
            made = Near(shared(left, known), shared(right, known), reach, ordered, absent)
        case Not(part):
            made = Not(shared(part, known))
        case Only(part, speaker, confidence):
            made = Only(shared(part, known), speaker, confidence)
        case _:
            made = query
    return known.setdefault(made, made)
