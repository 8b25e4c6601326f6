"""Sentences that a query describes, made out of the query itself: proof that something can be said that it hears."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Wild, Word
from search.transcript import Transcript

# Tried before a query is given up: its alternatives are drawn anew each time, always in the same order.
_TRIES: Final = 80
# Said between the parts of an `and`, so that they stand apart as they would in a call.
_BETWEEN: Final = "well then"


def alternatives(query: Query) -> tuple[Query, ...]:
    """What stands between the topmost `or`s of a query; the query itself where there is none."""
    return query.parts if isinstance(query, Or) else (query,)


def witnesses(query: Query) -> Iterator[Transcript]:
    """Short talks, the plainest first, each of which the query should hear if it can hear anything."""
    said: set[str] = set()
    for number in range(_TRIES):
        chance = Random(number) if number else None  # noqa: S311 — the same draw every time, nothing secret
        text = " ".join(_words(query, chance))
        if text.strip() and text not in said:
            said.add(text)
            yield Transcript.from_turns([("A", text)])


def _words(query: Query, chance: Random | None) -> list[str]:
    """Words in an order that fits the query; without `chance` the first alternative everywhere."""
    match query:
        case Word(token) | Fuzzy(token):
            return [token]
        case Wild(pattern):
            return [pattern.replace("*", "").replace("?", "a")]
        case Mention(tokens=tokens):
            return [*tokens] or ["ten", "million"]
        case Or(parts):
            return _words(chance.choice(parts) if chance else parts[0], chance)
        case Phrase(parts):
            return [word for part in parts for word in _words(part, chance)]
        case And(parts):
            return [word for part in parts for word in (*_words(part, chance), _BETWEEN)]
        case Near(left, right, absent=absent):
            return _words(left, chance) if absent else [*_words(left, chance), *_words(right, chance)]
        case Not():
            return []
        case Only(part):
            return _words(part, chance)
