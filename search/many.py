"""Thousands of queries over one transcript: only those whose rarest word was said are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from search.match import Span, spans
from search.positions import Positions
from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Stream, Wild, Word
from search.tokens import Streams

# Something of each clause must be in a transcript for the query to find anything in it.
Clause = frozenset[Word | Wild | Fuzzy]

# Heard in nearly every call, so that waiting for one of them would spare nothing.
_EVERYDAY_WORDS = """
    a all am and are as at be been but by can come do for from get go going got had has have he her here him
    his how i if in is it just know like me my no not now of ok on one or our out put really right say see she
    so some take tell that the their them then there they thing think this time to up us want was we well what
    when where which who will with would yes you your 1 2
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())


class Many:
    """Queries by name, made ready once; `match` may be called from any thread."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        known: dict[Query, Query] = {}
        self._queries = {name: shared(query, known) for name, query in queries.items()}
        self._clauses = {name: clauses(query) for name, query in queries.items()}
        self._waiting: dict[Stream, dict[str, list[str]]] = {}
        self._always: list[str] = []
        for name, needed in self._clauses.items():
            self._file(name, needed)

    def _file(self, name: str, needed: Sequence[Clause]) -> None:
        words = [clause for clause in needed if all(isinstance(leaf, Word) for leaf in clause)]
        if not words:
            self._always.append(name)
            return
        for leaf in min(words, key=_how_common):
            if isinstance(leaf, Word):
                self._waiting.setdefault(leaf.stream, {}).setdefault(leaf.token, []).append(name)

    def match(self, streams: Streams) -> dict[str, list[Span]]:
        """The spans of every query that finds any."""
        return self.among(Positions(streams))

    def among(self, positions: Positions, names: AbstractSet[str] | None = None) -> dict[str, list[Span]]:
        """The same over positions that others look at too; of those named only, where names are given."""
        found: dict[str, list[Span]] = {}
        called = self._called(positions)
        for name in sorted(called if names is None else called & names):
            if all(_said(clause, positions) for clause in self._clauses[name]):
                here = spans(self._queries[name], positions)
                if here:
                    found[name] = here
        return found

    def _called(self, positions: Positions) -> set[str]:
        names = set(self._always)
        for stream, waiting in self._waiting.items():
            # From the smaller side: a call has a few hundred different words, however many rules wait.
            for token in waiting.keys() & positions.of_stream(stream).keys():
                names.update(waiting[token])
        return names


def shared(query: Query, known: dict[Query, Query]) -> Query:
    """The same tree in which equal parts are one object, so that their places are looked up once for all rules."""
    if query in known:
        return known[query]
    match query:
        case Phrase(parts) | And(parts) | Or(parts):
            made: Query = type(query)(tuple(shared(part, known) for part in parts))
        case Near(left, right, reach, ordered, absent):
            made = Near(shared(left, known), shared(right, known), reach, ordered, absent)
        case Not(part):
            made = Not(shared(part, known))
        case Only(part, speaker, confidence):
            made = Only(shared(part, known), speaker, confidence)
        case _:
            made = query
    return known.setdefault(made, made)


def clauses(query: Query) -> list[Clause]:
    """What a query needs: at least one leaf of every clause."""
    match query:
        case Word(token, stream):
            return [frozenset([Word(token, stream)])]
        case Wild() | Fuzzy():
            return [frozenset([query])]
        case Phrase(parts) | And(parts):
            return [clause for part in parts for clause in clauses(part)]
        case Or(parts):
            return _either(parts)
        case Near(left, right, absent=absent):
            return clauses(left) + ([] if absent else clauses(right))
        case Not() | Mention():
            return []
        case Only(part):
            return clauses(part)


def _either(parts: Sequence[Query]) -> list[Clause]:
    needed = [clauses(part) for part in parts]
    if not all(needed):
        return []
    return [frozenset(leaf for of_part in needed for leaf in min(of_part, key=_how_common))]


def _how_common(clause: Clause) -> float:
    """A guess at how often a clause is met: few, long, unusual words are met seldom."""
    return sum(_commonness(leaf) for leaf in clause)


def _commonness(leaf: Word | Wild | Fuzzy) -> float:
    if not isinstance(leaf, Word):
        return 500.0
    return 1000.0 if leaf.token in _EVERYDAY else 1.0 / len(leaf.token)


def _said(clause: Clause, positions: Positions) -> bool:
    return any(positions.of_words(leaf) for leaf in clause)
