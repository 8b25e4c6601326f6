"""What an index of recordings promises: documents in, pages of hits out, and its faults."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from search.query import Query
from search.transcript import Transcript

Order = Literal["newest", "best"]

# Values told of each facet, the most frequent first.
FACET_VALUES = 50
LARGEST_PAGE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class IndexDown(Exception):
    """The index cannot be reached just now: try again."""


class IndexBroken(Exception):
    """The index answers wrongly or not at all until somebody mends it."""


class CursorFault(ValueError):
    """A cursor that no page of this search has given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A recording as the index holds it; `version` is that of its transcript, and a lower one is ignored."""

    recording: str
    version: int
    started_at: datetime
    desk: str
    transcript: Transcript
    people: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What is asked. `desks` is the asker's scope (None: every desk); `since` is included, `until` is not.

    Without a query the archive is browsed by date. "newest" orders by start, latest first; "best" by the
    number of places found, then by start. Equal ones follow their recording's id. `named` narrows to recordings
    that name a value: pairs of a facet of `search.named.FACETS` and its value. `without` are recordings that are
    not there for the asker: in no hit, total or facet.
    """

    query: Query | None = None
    desks: frozenset[str] | None = None
    desk: str | None = None
    person: str | None = None
    category: str | None = None
    named: tuple[tuple[str, str], ...] = ()
    without: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    order: Order = "newest"
    limit: int = 20
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limit <= LARGEST_PAGE:
            raise ValueError(f"a page holds 1 to {LARGEST_PAGE} hits, not {self.limit}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One place found: seconds, who began to speak it, and the words as transcribed."""

    start: float
    end: float
    turn: int
    speaker: str
    channel: int
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One recording found. Start, end and speaker are those of its best mark, which the snippet surrounds.

    `score` counts the marks; `lit` are the ranges of characters of the snippet that were found.
    """

    recording: str
    version: int
    start: float
    end: float
    speaker: str
    snippet: str
    score: float
    marks: tuple[Mark, ...]
    lit: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some hits of `total` recordings found. Facets ("desk", "person", "category", "date" by month, UTC, and
    those of `search.named`) count all of them; `cursor` asks for the next page and is None on the last."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    cursor: str | None = None


class Index(Protocol):
    """Every method raises IndexDown or IndexBroken and nothing else of the engine below."""

    def ready(self) -> None:
        """Make the index if it is not there; IndexBroken when it was written under other normal forms."""

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; each replaces the same recording of the same or a lower version."""

    def remove(self, recordings: Iterable[str]) -> None:
        """Forget recordings; unknown ones are no fault."""

    def search(self, wanted: Search) -> Page:
        """A page of what is found; CursorFault for a foreign cursor, QueryFault for a query too wide."""

    def holds(self, document: Document) -> bool:
        """Is what it holds of this recording exactly what putting the document would leave there?"""

    def recordings(self) -> Iterator[tuple[str, int]]:
        """Every recording with its version, to hold against the archive."""

    def count(self, expected: int = 0) -> int:
        """How many recordings it holds; where fewer than `expected`, what was just put is waited for."""

    def renew(self) -> None:
        """Make the index anew and empty under the present normal forms, however broken it is."""


class Cursor(NamedTuple):
    """The last hit of a page: where the next one begins."""

    order: Order
    score: float
    started: int
    recording: str

    def text(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(list(self)).encode()).decode()


def read_cursor(wanted: Search) -> Cursor | None:
    """The cursor of a search; CursorFault when it is not one of its own."""
    if not wanted.cursor:
        return None
    try:
        order, score, started, recording = json.loads(base64.urlsafe_b64decode(wanted.cursor))
        cursor = Cursor(order, float(score), int(started), str(recording))
    except (ValueError, TypeError) as fault:
        raise CursorFault("this is not a cursor of a page") from fault
    if cursor.order != wanted.order:
        raise CursorFault("this cursor belongs to another order")
    return cursor


def microseconds(moment: datetime) -> int:
    """A moment as an index keeps it: whole microseconds since 1970, UTC."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be searched by date")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def month_of(moment: datetime) -> str:
    """The value of the "date" facet: "2026-11"."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The `since` and `until` of a value of the "date" facet; ValueError when it is none."""
    since = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return since, (since + timedelta(days=31)).replace(day=1)


def packed(transcript: Transcript) -> bytes:
    """A transcript as an index stores it beside its tokens."""
    return zlib.compress(json.dumps(transcript.to_json(), ensure_ascii=False).encode())


def unpacked(stored: bytes) -> Transcript:
    """What `packed` stored; IndexBroken when it is damaged."""
    try:
        return Transcript.from_json(json.loads(zlib.decompress(stored)))
    except (ValueError, zlib.error) as fault:
        raise IndexBroken("a stored transcript cannot be read: reindex") from fault
