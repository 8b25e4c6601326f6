"""Is it heard in a call that it is recorded? By expressions in the language of search, kept as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from search.grammar import parse
from search.match import heard, match
from search.query import Query
from search.tokens import Streams

SAID: Final = Path(__file__).parent / "said" / "notice.toml"
NEVER_WITHIN: Final = 8  # words


@dataclass(frozen=True, kw_only=True)
class Said:
    """Where it is said, from which second on, and the words."""

    start: float
    words: str


def notice(streams: Streams, *, within: float) -> Said | None:
    """The first place in the first `within` seconds where somebody, or something, says so."""
    says, never = _expressions()
    stops = [span for query in never for span in match(query, streams)]
    found = [
        heard(span, streams)
        for query in says
        for span in match(query, streams)
        if not any(
            span.first - NEVER_WITHIN <= stop.last and stop.first <= span.last + NEVER_WITHIN
            for stop in stops
        )
    ]
    first = min(found, key=lambda one: one.start, default=None)
    return Said(start=first.start, words=first.words) if first and first.start <= within else None


@lru_cache(maxsize=1)
def _expressions() -> tuple[list[Query], list[Query]]:
    told = tomllib.loads(SAID.read_text(encoding="utf-8"))
    return [parse(one) for one in told["says"]], [parse(one) for one in told["never"]]
