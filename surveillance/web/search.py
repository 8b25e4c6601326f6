"""Searching the spoken archive: the query, how it was understood, what was found and where to hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from policies.schema import CATEGORIES
from search.grammar import QueryFault
from search.index import Hit
from search.named import FACETS
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desks
from surveillance.capture.calls import Call
from surveillance.core.errors import Invalid
from surveillance.indexing.services import Found, Question, find
from surveillance.web.dates import day, day_after, month, month_name
from surveillance.web.door import is_part, seen, signed_in

PER_PAGE = 20
SHOWN_OF_A_FACET = 8
MORE_PLACES = 6
FILTERS = ("desk", "person", "category", "date", "since", "until", *FACETS)
EXAMPLES = (
    ("whatsapp", "the word, in any spelling of its numbers and cases"),
    ('"keep this between us"', "the phrase"),
    ("move w/5 price", "both words, at most four others between them"),
    ("delete pre/3 message", "the first before the second, within three words"),
    ("(ping or text) and not training", "either word, in calls that nowhere say the last"),
    ("manipulat*", "words that begin so; ? stands for one letter"),
    ("trade~", "trade, traded, trading: any form of the word"),
    (
        'org:"aldersgate bank" and amount>10m',
        "a house and a large sum named; also person:, instrument:, place:",
    ),
    ("instrument:cable w/20 stop", "an instrument, by any of its names, near a word"),
)


@dataclass(frozen=True, kw_only=True)
class ResultShown:
    """One call found: its facts, the snippet cut into lit and unlit pieces, further places to hear."""

    call: Call
    hit: Hit
    pieces: Sequence[tuple[str, bool]]
    more: Sequence[Any]


@require_GET
@signed_in
def search(request: HttpRequest) -> HttpResponseBase:
    """The search page; its results alone where htmx asks."""
    scope = scope_at(request)
    scope.require(Power.SEARCH)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    query = request.GET.get("q", "").strip()
    shown: dict[str, Any] = {
        "query": query,
        "asked": asked,
        "examples": EXAMPLES,
        "narrowed": any(asked.values()),
        "further": bool(request.GET.get("cursor")),
    }
    if query or shown["narrowed"]:
        shown |= _found(scope, request, query, asked)
    else:
        seen(request, "page:search")
    return render(request, _template(request), shown)


def _template(request: HttpRequest) -> str:
    if not is_part(request):
        return "web/search.html"
    return "web/part_results.html" if request.GET.get("cursor") else "web/part_search.html"


def _found(scope: Scope, request: HttpRequest, query: str, asked: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = find(scope=scope, question=_question(request, query, asked))
    except Invalid as fault:
        return {"fault": fault, **_place(query, fault)}
    return {
        "found": found,
        "results": [_result(one.call, one.hit) for one in found.hits],
        "facets": _facets(scope, found, asked),
    }


def _question(request: HttpRequest, query: str, asked: Mapping[str, str]) -> Question:
    first, after = month(asked["date"])
    return Question(
        query=query,
        desk=asked["desk"],
        person=asked["person"],
        category=asked["category"],
        named={facet: asked[facet] for facet in FACETS},
        since=first or day(asked["since"]),
        until=after or day_after(asked["until"]),
        limit=PER_PAGE,
        cursor=request.GET.get("cursor", ""),
    )


def _place(query: str, fault: Invalid) -> dict[str, Any]:
    """Where in the query the fault lies, and the readings between which the asker must choose."""
    cause = fault.__cause__
    if not isinstance(cause, QueryFault):
        return {}
    at = min(max(cause.position, 0), len(query))
    return {
        "before": query[:at],
        "at": query[at : at + 1],
        "after": query[at + 1 :],
        "readings": cause.readings,
    }


def _result(facts: Call, hit: Hit) -> ResultShown:
    pieces, done = [], 0
    for first, last in hit.lit:
        pieces += [(hit.snippet[done:first], False), (hit.snippet[first:last], True)]
        done = last
    pieces.append((hit.snippet[done:], False))
    others = [mark for mark in hit.marks if abs(mark.start - hit.start) > 0.05][:MORE_PLACES]
    return ResultShown(call=facts, hit=hit, pieces=[piece for piece in pieces if piece[0]], more=others)


def _facets(scope: Scope, found: Found, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each facet with its values by name, how many calls have it, and whether it is chosen."""
    names: Mapping[str, Mapping[str, str]] = {
        "desk": {desk.slug: desk.name for desk in desks(scope, Power.SEARCH)},
        "category": CATEGORIES,
        "date": {value: month_name(value) for value, _ in found.facets.get("date", ())},
    }
    titles = {"category": "Flagged for", "desk": "Desk", "person": "On the call", "date": "Month"}
    titles |= {"organisation": "House named", "instrument": "Instrument named", "mentioned": "Person named"}
    return [
        {
            "name": facet,
            "title": title,
            "chosen": asked[facet],
            "values": [
                {"value": value, "label": names.get(facet, {}).get(value, value), "count": count}
                for value, count in list(found.facets.get(facet, ()))[:SHOWN_OF_A_FACET]
            ],
        }
        for facet, title in titles.items()
    ]
