"""A query means one thing, says so in plain English, and is refused with a cure where it does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.grammar import Dialect, QueryFault, parse
from search.query import And, Fuzzy, Near, Not, Only, Or, Phrase, Query, Reach, Wild, Word, in_words


def words(*tokens: str) -> tuple[Query, ...]:
    return tuple(Word(token) for token in tokens)


A, B, C, D = words("a", "b", "c", "d")

MEANT: list[tuple[str, Query]] = [
    ("b c", Phrase((B, C))),
    ('"b and c"', Phrase(words("b", "and", "c"))),
    ("b and c", And((B, C))),
    ("b OR c", Or((B, C))),
    ("b and not c", And((B, Not(C)))),
    ("b w/5 c", Near(B, C, Reach(5))),
    ("b pre/5 c", Near(B, C, Reach(5), ordered=True)),
    ("b not w/5 c", Near(B, C, Reach(5), absent=True)),
    ("b not pre/5 c", Near(B, C, Reach(5), ordered=True, absent=True)),
    ("b w/10s c", Near(B, C, Reach(10, "seconds"))),
    ("b pre/10s c", Near(B, C, Reach(10, "seconds"), ordered=True)),
    ("b TURN c", Near(B, C, Reach(unit="turn"))),
    ("b w/turn c", Near(B, C, Reach(unit="turn"))),
    ("b NEAR(5) c", Near(B, C, Reach(5))),
    ('"b c"~4', Near(B, C, Reach(5))),
    ("(a or b) w/3 (c or d)", Near(Or((A, B)), Or((C, D)), Reach(3))),
    ("(b w/3 c) w/5 d", Near(Near(B, C, Reach(3)), D, Reach(5))),
    ("b (c or d)", Phrase((B, Or((C, D))))),
    ("b c w/3 d", Near(Phrase((B, C)), D, Reach(3))),
    ("apply~", Word("appli", "stems", "apply")),
    ("ba%nana", Fuzzy("banana", 1, 2)),
    ("ba%%nana", Fuzzy("banana", 2, 2)),
    ("front*", Wild("front*")),
    ("front-r?n*", Phrase((Word("front"), Wild("r?n*")))),
    ("five oh", Word("50")),
    ("5%", Phrase(words("5", "percent"))),
    ("gonna", Phrase(words("going", "to"))),
    ("off-channel", Phrase(words("off", "channel"))),
    ("what's app", Word("whatsapp")),
    ("turn it off", Phrase(words("turn", "it", "off"))),
    ("speaker:smith and b", Only(B, speaker="smith")),
    ('speaker:"john smith" and b and c', Only(And((B, C)), speaker="john smith")),
    ("conf>=0.6 and b", Only(B, confidence=0.6)),
    ("10:30", Phrase(words("10", "30"))),
]


@pytest.mark.parametrize(("text", "tree"), MEANT, ids=[text for text, _ in MEANT])
def test_a_query_means_what_dtsearch_users_mean(text: str, tree: Query) -> None:
    assert parse(text) == tree


def test_words_that_sound_alike_share_a_leaf() -> None:
    assert isinstance(found := parse("#smith"), Word)
    assert isinstance(other := parse("#smyth"), Word)
    assert (found.stream, found.token) == (other.stream, other.token) == ("sounds", "sm0")


LUCENE: list[tuple[str, Query]] = [
    ("b c", Or((B, C))),
    ("b AND c", And((B, C))),
    ("b AND NOT c", And((B, Not(C)))),
    ("+b -c d", And((B, Not(C)))),
    ("b c -d", And((Or((B, C)), Not(D)))),
    ("banana~1", Fuzzy("banana", 1, 0)),
    ('"b c"~4', Near(B, C, Reach(5))),
    ("and", Word("and")),
    ("b w/3 c", Near(B, C, Reach(3))),
]


@pytest.mark.parametrize(("text", "tree"), LUCENE, ids=[text for text, _ in LUCENE])
def test_the_lucene_dialect_reads_its_own_signs(text: str, tree: Query) -> None:
    assert parse(text, "lucene") == tree


def test_mixed_and_or_is_refused_with_both_readings() -> None:
    with pytest.raises(QueryFault) as caught:
        parse("apple and pear or orange")
    assert caught.value.readings == ("(apple and pear) or orange", "apple and (pear or orange)")
    assert caught.value.position == len("apple and pear or ")
    for reading in caught.value.readings:
        parse(reading)
    with pytest.raises(QueryFault) as caught:
        parse("apple AND pear OR orange", "lucene")
    assert caught.value.readings[0] == "(apple AND pear) OR orange"


def test_a_bare_not_is_refused_because_people_say_it() -> None:
    with pytest.raises(QueryFault) as caught:
        parse("do not tell")
    assert caught.value.readings == ('"do not tell"', "do and not tell")
    assert parse('"do not tell"') == parse("don't tell")


REFUSED = [
    ("", 0, "nothing to look for"),
    ("   ", 0, "nothing to look for"),
    ("not here", 0, "must not be there"),
    ("a or not b", 5, "must not be there"),
    ("(a or b", 0, "never closed"),
    ("a)", 1, "closes nothing"),
    ("()", 1, "missing"),
    ('"abc', 0, "never closed"),
    ('""', 0, "no word"),
    ("…", 0, "no word"),
    ("a w/5", 5, "missing at the end"),
    ("w/5 a", 0, "missing before"),
    ("a and", 5, "missing at the end"),
    ("a w/0 b", 4, "between 1 and 250"),
    ("a w/9999 b", 4, "between 1 and 250"),
    ("a w/x b", 4, "distance"),
    ("(a and b) w/3 c", 0, "outside w/3"),
    ("(a and b) c", 0, "operator is missing"),
    ("*", 0, "every word"),
    ("12~~15", 0, "range"),
    ("fast&", 0, "synonyms"),
    ("b%", 0, "fuzzy"),
    ("#", 0, "missing"),
    ("desk:rates and a", 0, "no field"),
    ("speaker:smith", 0, "not which words"),
    ("speaker:smith or a", 0, "limit"),
    ("conf>=2 and a", 0, "between 0 and 1"),
    ("a speaker:smith", 2, "operator is missing"),
    ("(" * 60 + "a" + ")" * 60, 40, "too deep"),
    ("a " * 20_000, 20_000, "too long"),
]


@pytest.mark.parametrize(
    ("text", "position", "says"), REFUSED, ids=[text[:30] or "nothing" for text, _, _ in REFUSED]
)
def test_what_cannot_be_answered_is_refused_with_place_and_cure(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryFault, match=says) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.cure


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("(ping or text) w/3 whatsapp", "(“ping” or “text”) with “whatsapp” within 3 words of it"),
        ('"do not tell" and not joke', "“do not tell”, but nowhere “joke”"),
        ("a pre/2 b", "“a” followed by “b” within 2 words of it"),
        ("a w/10s b", "“a” with “b” within 10 seconds of it"),
        (
            "apply~ TURN ba%nana",
            "any form of “apply” with “banana” give or take one letter, beginning “ba” in the same turn",
        ),
        ("speaker:anna and fifty", "“50” said by “anna”"),
        ("a not w/5 b", "“a” without “b” within 5 words of it"),
    ],
)
def test_a_query_is_read_back_in_plain_english(text: str, english: str) -> None:
    assert in_words(parse(text)) == english


def assert_is_placed(fault: QueryFault, text: str) -> None:
    assert 0 <= fault.position <= len(text)
    assert fault.cure


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "ab*",
                "c~",
                "#d",
                "(",
                ")",
                '"',
                "and",
                "or",
                "not",
                "w/5",
                "pre/2s",
                "TURN",
                "b%cd",
                "~",
                "+a",
            ]
        ),
        max_size=10,
    ),
    st.sampled_from(["dtsearch", "lucene"]),
)
def test_anything_typed_is_a_query_or_a_fault_with_a_place(pieces: list[str], dialect: Dialect) -> None:
    text = " ".join(pieces)
    try:
        assert in_words(parse(text, dialect))
    except QueryFault as fault:
        assert_is_placed(fault, text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_grammar(text: str) -> None:
    try:
        parse(text)
    except QueryFault as fault:
        assert_is_placed(fault, text)
