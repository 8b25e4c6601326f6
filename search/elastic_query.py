"""From a search to Elasticsearch's own words: `intervals` over the parallel streams where they are exact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from search.alike import certain_start
from search.index import FACET_VALUES, Search, microseconds
from search.named import FACETS as NAMED_FACETS
from search.named import narrowing_tokens
from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Reach, Wild, Word
from search.tokens import TURN_MARK

Body = dict[str, Any]

# Lucene multiplies out the alternatives of a phrase; beyond this the matcher is the cheaper judge.
MOST_ALTERNATIVES = 256


class Narrowing(NamedTuple):
    """A query every match fulfils; `exact` when only matches do."""

    body: Body
    exact: bool


class _Shape(NamedTuple):
    """Interval rules of one width in tokens, and how many spellings they hold."""

    rules: list[Body]
    spellings: int


def narrowing(query: Query) -> Narrowing:
    """The Elasticsearch query of a tree."""
    match query:
        case Word() | Wild() | Fuzzy() | Mention():
            return _leaf(query)
        case Phrase(parts):
            return _local(query) or _and_verify(parts)
        case Near():
            return _near(query)
        case Or(parts):
            return _any_of(parts)
        case And(parts):
            return _all_of(parts)
        case Only(part):
            return Narrowing(_without_absence(part), False)
        case Not(part):
            inner = narrowing(part)
            return Narrowing(
                {"bool": {"must_not": [inner.body]}} if inner.exact else {"match_all": {}}, inner.exact
            )


def _leaf(query: Word | Wild | Fuzzy | Mention) -> Narrowing:
    match query:
        case Word(token, stream):
            return Narrowing({"term": {stream: token}}, True)
        case Wild(pattern):
            # `?` alone would match the mark between turns as well.
            exact = any(letter.isalnum() for letter in pattern)
            return Narrowing({"wildcard": {"words": {"value": pattern}}}, exact)
        case Fuzzy():
            return Narrowing(_fuzzy(query), False)
        case Mention():
            tokens = [{"term": {"names": token}} for token in narrowing_tokens(query)]
            return Narrowing({"bool": {"filter": tokens}}, False)


def _without_absence(query: Query) -> Body:
    """What one speaker did not say another may have said, so absences are left to the matcher."""
    match query:
        case And(parts):
            return {"bool": {"filter": [_without_absence(part) for part in parts]}}
        case Or(parts):
            return {"bool": {"should": [_without_absence(part) for part in parts]}}
        case Not():
            return {"match_all": {}}
        case _:
            return narrowing(query).body


def _all_of(parts: Sequence[Query]) -> Narrowing:
    found = [narrowing(part) for part in parts]
    return Narrowing({"bool": {"filter": [part.body for part in found]}}, all(part.exact for part in found))


def _any_of(parts: Sequence[Query]) -> Narrowing:
    """Plain words of a stream go into one list, however long a lexicon is."""
    lists: dict[str, list[str]] = {}
    others: list[Narrowing] = []
    for part in parts:
        if isinstance(part, Word):
            lists.setdefault(part.stream, []).append(part.token)
        else:
            others.append(narrowing(part))
    bodies: list[Body] = [{"terms": {stream: tokens}} for stream, tokens in lists.items()]
    bodies.extend(part.body for part in others)
    return Narrowing({"bool": {"should": bodies}}, all(part.exact for part in others))


def _and_verify(parts: Sequence[Query]) -> Narrowing:
    return Narrowing(_all_of(parts).body, False)


def _fuzzy(query: Fuzzy) -> Body:
    """By first letters and length only: Elasticsearch's own fuzzy query stops after some words."""
    start = certain_start(query)
    rest = len(query.token) - len(start)
    pattern = f"{re.escape(start)}.{{{max(0, rest - query.errors)},{rest + query.errors}}}"
    return {"regexp": {"words": {"value": pattern, "flags": "NONE"}}}


def _near(query: Near) -> Narrowing:
    if query.absent:
        return Narrowing(narrowing(query.left).body, False)
    left, right = _shapes(query.left), _shapes(query.right)
    if left is None or right is None or query.reach.unit == "seconds":
        return _and_verify([query.left, query.right])
    rules = [_ordered([one, other], query.reach) for one, other in product(left.values(), right.values())]
    if not query.ordered:
        # Two ordered rules, for Elasticsearch's unordered one lets the two sides be the same word.
        rules += [
            _ordered([other, one], query.reach) for one, other in product(left.values(), right.values())
        ]
    return Narrowing(_intervals(rules), True)


def _ordered(shapes: Sequence[_Shape], reach: Reach) -> Body:
    rule: Body = {"ordered": True, "intervals": [_either(shape.rules) for shape in shapes]}
    if reach.unit == "words":
        rule["max_gaps"] = int(reach.size) - 1
    else:
        rule["filter"] = {"not_containing": {"match": {"query": TURN_MARK}}}
    return {"all_of": rule}


def _local(query: Query) -> Narrowing | None:
    shapes = _shapes(query)
    if shapes is None:
        return None
    return Narrowing(_intervals([rule for shape in shapes.values() for rule in shape.rules]), True)


def _intervals(rules: Sequence[Body]) -> Body:
    return {"intervals": {"words": _either(rules)}}


def _either(rules: Sequence[Body]) -> Body:
    return rules[0] if len(rules) == 1 else {"any_of": {"intervals": list(rules)}}


def _shapes(query: Query) -> dict[int, _Shape] | None:
    """Rules by width. Lucene keeps only the narrowest of alternatives, so widths must not mix."""
    match query:
        case Word(token, "words"):
            return {1: _Shape([{"match": {"query": token}}], 1)}
        case Word(token, stream):
            return {1: _Shape([{"match": {"query": token, "use_field": stream}}], 1)}
        case Or(parts):
            return _alternatives([_shapes(part) for part in parts])
        case Phrase(parts):
            return _sequences([_shapes(part) for part in parts])
        case _:
            return None


def _alternatives(parts: Sequence[dict[int, _Shape] | None]) -> dict[int, _Shape] | None:
    found: dict[int, _Shape] = {}
    for part in parts:
        if part is None:
            return None
        for width, shape in part.items():
            known = found.get(width, _Shape([], 0))
            found[width] = _Shape([*known.rules, *shape.rules], known.spellings + shape.spellings)
    return found


def _sequences(parts: Sequence[dict[int, _Shape] | None]) -> dict[int, _Shape] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    found: dict[int, _Shape] = {}
    for widths in product(*known):
        shapes = [part[width] for part, width in zip(known, widths, strict=True)]
        spellings = 1
        for shape in shapes:
            spellings *= shape.spellings
        before = found.get(sum(widths), _Shape([], 0))
        rules = [*before.rules, _ordered(shapes, Reach(1))]
        found[sum(widths)] = _Shape(rules, before.spellings + spellings)
    if sum(shape.spellings for shape in found.values()) > MOST_ALTERNATIVES:
        return None
    return found


def filters_of(wanted: Search) -> list[Body]:
    """What must hold of a recording, the asker's scope first."""
    filters: list[Body] = []
    if wanted.desks is not None:
        filters.append({"terms": {"desk": sorted(wanted.desks)}})
    if wanted.without:
        filters.append({"bool": {"must_not": {"terms": {"recording": sorted(wanted.without)}}}})
    terms = {"desk": wanted.desk, "people": wanted.person, "categories": wanted.category}
    filters.extend({"term": {field: value}} for field, value in terms.items() if value is not None)
    filters.extend({"term": {facet: value}} for facet, value in wanted.named)
    if wanted.since is not None:
        filters.append({"range": {"started": {"gte": microseconds(wanted.since)}}})
    if wanted.until is not None:
        filters.append({"range": {"started": {"lt": microseconds(wanted.until)}}})
    return filters


def _facet(field: str) -> Body:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field, "size": FACET_VALUES, "shard_size": 10_000, "order": order}}


_FIELDS = {"desk": "desk", "person": "people", "category": "categories", "date": "month"} | {
    facet: facet for facet in NAMED_FACETS
}
FACETS: dict[str, Body] = {name: _facet(field) for name, field in _FIELDS.items()}
