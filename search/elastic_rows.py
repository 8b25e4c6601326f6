"""What Elasticsearch keeps of a recording, and candidates verified, counted and put in order."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from search.effort import Effort
from search.hits import Stored, asks_beyond_tokens, places_in_tokens, places_in_transcript
from search.index import (
    FACET_VALUES,
    Cursor,
    Document,
    IndexBroken,
    Order,
    microseconds,
    month_of,
    packed,
    unpacked,
)
from search.named import FACETS, facet_values, tokens_of
from search.query import Query
from search.tokens import FORMS, streams

# `whitespace` by name is on every server; our tokens hold no space and are at most 64 characters long.
_STREAM = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "positions"}
MAPPINGS = {
    "dynamic": "strict",
    "_meta": {"forms": FORMS},
    "properties": {
        "recording": {"type": "keyword"},
        "version": {"type": "long", "index": False},
        "started": {"type": "long"},
        "month": {"type": "keyword"},
        "desk": {"type": "keyword"},
        "people": {"type": "keyword"},
        "categories": {"type": "keyword"},
        "words": _STREAM,
        "stems": _STREAM,
        "sounds": _STREAM,
        "names": _STREAM,
        **{facet: {"type": "keyword"} for facet in FACETS},
        "packed": {"type": "binary"},
    },
}


class Row(NamedTuple):
    """A verified recording without its words."""

    recording: str
    started: int
    month: str
    desk: str
    people: Sequence[str]
    categories: Sequence[str]
    organisation: Sequence[str]
    instrument: Sequence[str]
    mentioned: Sequence[str]
    score: float


def source_of(document: Document) -> dict[str, Any]:
    """The fields of a document: its token streams joined by spaces, and its transcript packed."""
    made = streams(document.transcript)
    return {
        "recording": document.recording,
        "version": document.version,
        "started": microseconds(document.started_at),
        "month": month_of(document.started_at),
        "desk": document.desk,
        "people": sorted(set(document.people)),
        "categories": sorted(set(document.categories)),
        "words": " ".join(made.words),
        "stems": " ".join(made.stems),
        "sounds": " ".join(made.sounds),
        "names": " ".join(tokens_of(made)),
        **{facet: facet_values(document.transcript, facet) for facet in FACETS},
        "packed": base64.b64encode(packed(document.transcript)).decode(),
    }


def verified(
    query: Query, sources: Iterable[Mapping[str, Any]], order: Order, effort: Effort
) -> Iterator[Row]:
    """The candidates in which the matcher finds something; QueryFault when the query is too wide."""
    by_transcript = asks_beyond_tokens(query)
    for source in sources:
        if by_transcript:
            places = places_in_transcript(query, unpacked(base64.b64decode(source["packed"])), effort)
        else:
            words, stems, sounds = (source.get(stream, "") for stream in ("words", "stems", "sounds"))
            places = places_in_tokens(query, words, stems, sounds, effort)
        if places:
            kept = {name: source[name] for name in Row._fields if name != "score"}
            yield Row(**kept, score=float(places) if order == "best" else 0.0)


def in_order(found: Sequence[Row], cursor: Cursor | None, limit: int) -> tuple[list[Row], bool]:
    """The rows of a page, and whether another page follows."""

    def place(row: Row | Cursor) -> tuple[float, int, str]:
        return -row.score, -row.started, row.recording

    rows = sorted((row for row in found if cursor is None or place(row) > place(cursor)), key=place)
    return rows[:limit], len(rows) > limit


def facets_of(found: Sequence[Row]) -> dict[str, list[tuple[str, int]]]:
    """Counts over all rows, the most frequent value first."""
    counts = {
        "desk": Counter(row.desk for row in found),
        "person": Counter(value for row in found for value in row.people),
        "category": Counter(value for row in found for value in row.categories),
        "date": Counter(row.month for row in found),
        **{facet: Counter(value for row in found for value in getattr(row, facet)) for facet in FACETS},
    }
    return {
        name: sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:FACET_VALUES]
        for name, counted in counts.items()
    }


def stored_of(source: dict[str, Any]) -> Stored:
    try:
        packed = base64.b64decode(source["packed"], validate=True)
    except binascii.Error as fault:
        raise IndexBroken("a stored transcript cannot be read: reindex") from fault
    return Stored(source["recording"], source["version"], unpacked(packed))
