"""The matcher finds every place a query means and no other, and knows when it was said and by whom."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.grammar import parse
from search.many import Many
from search.match import heard, match
from search.nearness import _follows, joined, joined_nearest, narrowest
from search.positions import Positions, Range
from search.query import Near, Query, Reach, Word
from search.tokens import TURN_MARK, Streams, streams
from search.transcript import Transcript
from tests.search.oracle import QUERIES, REACHES, calls, holds

RANGES = st.tuples(st.integers(0, 24), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))

CALL = streams(
    Transcript.from_turns(
        [
            ("Anna Smith", "Not here, ping me on what's app. I need fifty million done before the fix"),
            ("Bob Jones", "sure, I'll delete the applications"),
            ("Anna Smith", "good don't front run it whatever you do"),
        ]
    )
)


def told(query: str, call: Streams = CALL) -> list[str]:
    return [heard(span, call).words for span in match(parse(query), call)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("whatsapp", ["what's app."]),
        ("(ping or text) w/3 whatsapp", ["ping me on what's app."]),
        ("(ping or text) w/2 whatsapp", []),
        ("whatsapp pre/3 ping", []),
        ("ping pre/3 whatsapp", ["ping me on what's app."]),
        ("50 million", ["fifty million"]),
        ("five oh million", ["fifty million"]),
        ("delet~", ["delete"]),
        ("delete w/2 appl*", ["delete the applications"]),
        ("application~ w/3 delete", ["delete the applications"]),
        ('"not here"', ["Not here,"]),
        ("don’t front run", ["don't front run"]),
        ("fix sure", []),
        ("fix w/2 sure", ["fix / sure,"]),
        ("fix w/1 sure", []),
        ("fix w/turn sure", []),
        ("fix TURN ping", ["ping me on what's app. I need fifty million done before the fix"]),
        ("ping and delete", ["ping", "delete"]),
        ("ping and not delete", []),
        ("ping and not holiday", ["ping"]),
        ("speaker:jones and (ping or delete)", ["delete"]),
        ("speaker:smith and delete", []),
        ("ping not w/3 whatsapp", []),
        ("front not w/3 whatsapp", ["front"]),
        ("me w/5 me", []),
        ("it w/5 it", []),
        ("#delyte", ["delete"]),
        ("wh%tsapp", ["what's app."]),
        ("on * i", ["on what's app. I"]),
        ("on ?", []),
    ],
)
def test_a_query_finds_the_words_it_means(query: str, words: list[str]) -> None:
    assert told(query) == words


def test_a_hit_knows_its_seconds_its_speaker_and_its_channel() -> None:
    [span] = match(parse("delete"), CALL)
    found = heard(span, CALL)
    assert (found.speaker, found.channel, found.turn) == ("Bob Jones", 1, 1)
    assert found.end - found.start == pytest.approx(0.4)
    assert CALL.transcript.turns[1].words[2].start == found.start


def test_no_query_can_name_the_mark_between_turns() -> None:
    for query in ("fix ? sure", "fix * sure", "fix %zz sure"):
        assert told(query) == []
    assert TURN_MARK in CALL.words


def test_a_pair_is_told_once_and_by_its_nearest_words() -> None:
    call = streams(Transcript.from_text("ping x ping me y me"))
    assert told("ping w/5 me", call) == ["ping me"]


@settings(max_examples=400, deadline=None)
@given(QUERIES, calls())
def test_the_matcher_agrees_with_trying_everything(query: Query, call: Transcript) -> None:
    made = streams(call)
    assert bool(match(query, made)) == holds(query, made)


@settings(max_examples=300, deadline=None)
@given(calls(), st.lists(RANGES, max_size=12), st.lists(RANGES, max_size=12), REACHES, st.booleans())
def test_the_nearest_pairs_are_the_narrowest_of_all_pairs(
    call: Transcript, left: list[Range], right: list[Range], reach: Reach, ordered: bool
) -> None:
    positions = Positions(streams(call))
    where = positions.streams.where
    known = [
        [(a, b) for a, b in side if b < len(where) and where[a] is not None and where[b] is not None]
        for side in (left, right)
    ]
    near = Near(Word("x"), Word("y"), reach, ordered)
    assert joined_nearest(near, *known, positions) == narrowest(joined(near, *known, positions))
    if reach.unit != "seconds":
        follows = _follows(near, positions)
        pairs = {(one[0], two[1]) for one in known[0] for two in known[1] if follows(one, two)}
        if not ordered:
            pairs |= {(two[0], one[1]) for one in known[0] for two in known[1] if follows(two, one)}
        assert joined(near, *known, positions) == sorted(pairs)


@settings(max_examples=150, deadline=None)
@given(QUERIES, QUERIES, calls())
def test_many_queries_at_once_find_what_each_finds_alone(one: Query, other: Query, call: Transcript) -> None:
    made = streams(call)
    alone = {"one": match(one, made), "other": match(other, made)}
    assert Many({"one": one, "other": other}).match(made) == {k: v for k, v in alone.items() if v}
