"""A query that stands for longer than a search: all that it finds now, and whether a new recording is found by it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from search.index import LARGEST_PAGE, Search
from search.match import match
from search.query import Query
from search.tokens import streams
from surveillance.access.scope import program
from surveillance.indexing.backend import the_index, translated
from surveillance.indexing.services import require_complete
from surveillance.mentions.selectors import with_names
from surveillance.transcription.selectors import current


def all_found(query: Query, *, desks: frozenset[str] | None) -> Iterator[UUID]:
    """Every recording on these desks (None: every desk) that a query finds. For rooms, never a door.

    Raises:
        BrokenIndex: it has lost recordings, so that what it finds proves nothing. Transient: it is away.
    """
    require_complete()
    cursor: str | None = None
    while True:
        with translated():
            page = the_index().search(Search(query=query, desks=desks, limit=LARGEST_PAGE, cursor=cursor))
        for hit in page.hits:
            yield UUID(hit.recording)
        cursor = page.cursor
        if cursor is None:
            return


def says(recording: UUID, query: Query) -> bool:
    """Does the query find this recording's newest words? False while it has none. For rooms, never a door."""
    words = current(program("index"), recording)
    return words is not None and bool(match(query, streams(with_names(words))))
