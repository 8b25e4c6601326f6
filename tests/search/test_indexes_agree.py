"""Whatever is asked, both indexes give what the matcher finds: the same ids, places, totals, facets, order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.index import Document, Index, Search
from search.many import Many
from search.match import match
from search.query import Query
from search.tokens import Streams, streams
from search.transcript import Transcript, Turn, Word
from tests.search.oracle import QUERIES, VOCABULARY, named_in

pytestmark = pytest.mark.services

DESKS = [f"desk {n}" for n in range(8)]
START = datetime(2026, 1, 1, tzinfo=UTC)


def _call(chance: random.Random) -> Transcript:
    turns = []
    clock = 0.0
    for _ in range(chance.randint(0, 5)):
        channel = chance.randint(0, 1)
        words = []
        for _ in range(chance.randint(0, 8)):
            clock += chance.choice([0.0, 0.0, 0.0, 1.5, 5.0])
            said = Word(
                text=chance.choice(VOCABULARY),
                start=clock,
                end=clock + 0.5,
                confidence=chance.choice([0.3, 0.9]),
            )
            words.append(said)
            clock += 0.5
        turns.append(Turn(speaker=("Anna Smith", "Bob")[channel], channel=channel, words=tuple(words)))
    made = tuple(turns)
    return Transcript(turns=made, named=named_in(made))


def _corpus() -> list[Document]:
    chance = random.Random(20261123)
    return [
        Document(
            recording=f"r{n:03}",
            version=1,
            started_at=START + timedelta(days=chance.randint(0, 90)),
            desk=chance.choice(DESKS),
            people=tuple(chance.sample(["anna", "bob", "carl"], chance.randint(0, 2))),
            categories=tuple(chance.sample(["secrecy", "collusion"], chance.randint(0, 2))),
            transcript=_call(chance),
        )
        for n in range(240)
    ]


CORPUS = _corpus()
STREAMS: dict[str, Streams] = {document.recording: streams(document.transcript) for document in CORPUS}


@pytest.fixture(scope="module")
def filled(both_indexes: tuple[Index, Index]) -> tuple[Index, Index]:
    for index in both_indexes:
        index.put(CORPUS)
    return both_indexes


@settings(max_examples=150, deadline=None)
@given(
    query=QUERIES,
    desks=st.one_of(st.none(), st.frozensets(st.sampled_from(DESKS), max_size=5)),
    order=st.sampled_from(["newest", "newest", "best"]),
    person=st.sampled_from([None, None, "anna"]),
)
def test_both_indexes_give_what_the_matcher_finds(
    filled: tuple[Index, Index], query: Query, desks: frozenset[str] | None, order: str, person: str | None
) -> None:
    wanted = Search(query=query, desks=desks, order=order, person=person, limit=30)  # type: ignore[arg-type]
    sqlite, elastic = (index.search(wanted) for index in filled)
    assert sqlite == elastic
    places = {
        document.recording: len(match(query, STREAMS[document.recording]))
        for document in CORPUS
        if (desks is None or document.desk in desks) and (person is None or person in document.people)
    }
    starts = {document.recording: document.started_at for document in CORPUS}
    expected = sorted(
        (recording for recording, count in places.items() if count),
        key=lambda r: (-places[r] if order == "best" else 0, START - starts[r], r),
    )
    assert sqlite.total == len(expected)
    assert [hit.recording for hit in sqlite.hits] == expected[:30]
    assert all(hit.score == places[hit.recording] for hit in sqlite.hits)


@settings(max_examples=25, deadline=None)
@given(st.lists(QUERIES, min_size=1, max_size=6))
def test_what_a_policy_flags_is_what_a_search_finds(
    filled: tuple[Index, Index], queries: list[Query]
) -> None:
    rules = {str(nth): query for nth, query in enumerate(queries)}
    many = Many(rules)
    flagged = {name: {r for r in STREAMS if name in many.match(STREAMS[r])} for name in rules}
    for index in filled:
        for name, query in rules.items():
            page = index.search(Search(query=query, limit=500))
            assert {hit.recording for hit in page.hits} == flagged[name]
