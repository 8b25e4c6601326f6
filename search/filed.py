"""What a query needs to be said, and many queries filed by it, so that only those are looked at that can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Stream, Wild, Word

if TYPE_CHECKING:
    from search.positions import Positions

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


class Filed:
    """Queries under a word that one of them cannot do without; those that need none are always called."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self.queries = tuple(queries)
        needed = [clauses(query) for query in queries]
        # What it takes that any of them holds.
        self.either = _either(needed)
        # Told apart because they are most of them and asked of a set at once.
        self._words = [frozenset(_words(here)) for here in needed]
        self._choices = [[clause for clause in here if not _words([clause])] for here in needed]
        self._always: list[int] = []
        self._under: dict[Stream, dict[str, list[int]]] = {}
        for number, here in enumerate(needed):
            self._file(number, here)

    def _file(self, number: int, needed: Sequence[Clause]) -> None:
        worded = [clause for clause in needed if all(isinstance(leaf, Word) for leaf in clause)]
        if not worded:
            self._always.append(number)
            return
        for leaf in min(worded, key=_how_common):
            if isinstance(leaf, Word):
                self._under.setdefault(leaf.stream, {}).setdefault(leaf.token, []).append(number)

    def called(self, positions: Positions) -> list[int]:
        """The numbers of the queries for which something of every clause was said, in order."""
        numbers = set(self._always)
        for stream, under in self._under.items():
            # From the smaller side: a call has a few hundred different words, however many queries are filed.
            for token in under.keys() & positions.of_stream(stream).keys():
                numbers.update(under[token])
        said = positions.of_stream("words").keys()
        return [
            number
            for number in sorted(numbers)
            if self._words[number] <= said
            and all(_said(clause, positions) for clause in self._choices[number])
        ]


def _words(needed: Sequence[Clause]) -> list[str]:
    """The words, as written, without which there is nothing."""
    return [
        leaf.token
        for clause in needed
        if len(clause) == 1
        for leaf in clause
        if isinstance(leaf, Word) and leaf.stream == "words"
    ]


def clauses(query: Query) -> list[Clause]:
    """What a query needs: at least one leaf of every clause."""
    match query:
        case Word(token, stream):
            return [frozenset([Word(token, stream)])]
        case Wild() | Fuzzy():
            return [frozenset([query])]
        case Phrase(parts) | And(parts):
            return [clause for part in parts for clause in clauses(part)]
        case Or(parts, filed):
            return _either([clauses(part) for part in parts]) if filed is None else filed.either
        case Near(left, right, absent=absent):
            return clauses(left) + ([] if absent else clauses(right))
        case Not() | Mention():
            return []
        case Only(part):
            return clauses(part)


def _either(needed: Sequence[Sequence[Clause]]) -> list[Clause]:
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
