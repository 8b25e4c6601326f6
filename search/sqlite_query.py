"""From a query's tree to an FTS5 expression: exact where FTS5 can say it, else a wider one to verify."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

from search.alike import is_prefix
from search.named import narrowing_tokens
from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Stream, Wild, Word

# The words a wildcard or fuzzy word stands for in the index; None when they are too many to name.
Expand = Callable[[Wild | Fuzzy], Sequence[str] | None]

# More phrases than this from one tree cost more than verifying does.
MOST_PHRASES = 64


class Narrowing(NamedTuple):
    """An expression every match fulfils (None: no restriction); `exact` when only matches do."""

    expression: str | None
    exact: bool


class _Phrases(NamedTuple):
    """All spellings of a local query within one stream."""

    stream: Stream
    spelled: list[tuple[str, ...]]


def narrowing(query: Query, expand: Expand) -> Narrowing:
    """The FTS5 expression of a query."""
    match query:
        case Wild() if is_prefix(query):
            return Narrowing(f'words : "{query.pattern[:-1]}" *', True)
        case Mention():
            return Narrowing(" AND ".join(f'names : "{token}"' for token in narrowing_tokens(query)), False)
        case And(parts):
            return _all_of(_flat(parts), expand)
        case Or(parts):
            return _any_of([narrowing(part, expand) for part in parts])
        case Near():
            return _near(query, expand)
        case Only(part):
            # What the speaker did not say another may have said: absences are left to the matcher.
            return Narrowing(narrowing(_present(part), expand).expression, False)
        case Not():
            return Narrowing(None, False)
        case Phrase(parts):
            return _spelled(query, expand) or Narrowing(_all_of(parts, expand).expression, False)
        case _:
            return _spelled(query, expand) or Narrowing(None, False)


def _flat(parts: Sequence[Query]) -> list[Query]:
    return [inner for part in parts for inner in (_flat(part.parts) if isinstance(part, And) else [part])]


def _present(query: Query) -> Query:
    """The tree without its absences: what it finds is found by this too."""
    match query:
        case And(parts):
            kept = tuple(_present(part) for part in _flat(parts) if not isinstance(part, Not))
            return And(kept)
        case Or(parts):
            return Or(tuple(map(_present, parts)))
        case _:
            return query


def _all_of(parts: Sequence[Query], expand: Expand) -> Narrowing:
    wanted = [narrowing(part, expand) for part in parts if not isinstance(part, Not)]
    banned = [narrowing(part.part, expand) for part in parts if isinstance(part, Not)]
    named = [part.expression for part in wanted if part.expression is not None]
    if not named:
        return Narrowing(None, False)
    expression = " AND ".join(f"({part})" for part in named)
    for part in banned:
        if part.exact and part.expression is not None:
            expression = f"({expression}) NOT ({part.expression})"
    return Narrowing(expression, all(part.exact for part in (*wanted, *banned)))


def _any_of(parts: Sequence[Narrowing]) -> Narrowing:
    named = [part.expression for part in parts if part.expression is not None]
    if len(named) < len(parts):
        return Narrowing(None, False)
    return Narrowing(" OR ".join(f"({part})" for part in named), all(part.exact for part in parts))


def _near(query: Near, expand: Expand) -> Narrowing:
    if query.absent:
        return Narrowing(narrowing(query.left, expand).expression, False)
    left, right = _phrases(query.left, expand), _phrases(query.right, expand)
    both = Narrowing(_all_of([query.left, query.right], expand).expression, False)
    if left is None or right is None or left.stream != right.stream or query.reach.unit != "words":
        return both
    pairs = list(product(left.spelled, right.spelled))
    if not pairs or len(pairs) > MOST_PHRASES:
        return both
    # FTS5 lets the two overlap and stand in either order; then the matcher has the last word.
    exact = not query.ordered and all(set(one).isdisjoint(other) for one, other in pairs)
    gap = int(query.reach.size) - 1
    texts = [f"{left.stream} : NEAR({_quoted(one)} {_quoted(other)}, {gap})" for one, other in pairs]
    return Narrowing(" OR ".join(f"({text})" for text in texts), exact)


def _spelled(query: Query, expand: Expand) -> Narrowing | None:
    found = _phrases(query, expand)
    if found is None:
        return None
    texts = [f"{found.stream} : {_quoted(spelled)}" for spelled in found.spelled]
    # A word the index has never seen: nothing can match, and no document holds this token.
    return Narrowing(" OR ".join(texts) or 'words : "¶¶"', True)


def _quoted(spelled: Sequence[str]) -> str:
    return '"' + " ".join(spelled) + '"'


def _phrases(query: Query, expand: Expand) -> _Phrases | None:
    """Every spelling, when they are few and of one stream."""
    match query:
        case Word(token, stream):
            return _Phrases(stream, [(token,)])
        case Wild() | Fuzzy():
            tokens = expand(query)
            return None if tokens is None else _Phrases("words", [(token,) for token in tokens])
        case Phrase(parts) | Or(parts):
            found = [_phrases(part, expand) for part in parts]
            known = [part for part in found if part is not None]
            if len(known) < len(parts) or len({part.stream for part in known}) > 1:
                return None
            return _combined(known, phrase=isinstance(query, Phrase))
        case _:
            return None


def _combined(parts: Sequence[_Phrases], *, phrase: bool) -> _Phrases | None:
    if not phrase:
        return _Phrases(parts[0].stream, [spelled for part in parts for spelled in part.spelled])
    size = 1
    for part in parts:
        size *= len(part.spelled)
    if size > MOST_PHRASES:
        return None
    combined = [sum(spelled, ()) for spelled in product(*(part.spelled for part in parts))]
    return _Phrases(parts[0].stream, combined)
