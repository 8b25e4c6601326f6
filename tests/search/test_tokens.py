"""Whatever way a thing is said, it is found under one form, and every token knows its seconds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.tokens import FORMS, TURN_MARK, Place, normal, stem, streams
from search.transcript import Transcript, Turn, Word

SAID_ALIKE = [
    ("fifty", "50", "five oh", "five zero"),
    ("twenty five", "25", "twenty-five"),
    ("a yard", "one billion", "1bn", "a billion", "one yard"),
    ("two and a half", "2 and a half"),
    ("25 bucks", "$25", "twenty five dollars"),
    ("fifty quid", "£50", "fifty pounds"),
    ("3.5", "three point five", "3.50"),
    ("point oh five", "0.05", ".05"),
    ("2.5 million", "two million five hundred thousand", "two point five million", "2,500,000"),
    ("one hundred and fifty thousand", "150k", "150,000"),
    ("five percent", "5%", "5 per cent"),
    ("25 bps", "twenty five basis points", "25bp"),
    ("twenty first", "21st"),
    ("two oh seven", "207"),
    ("nineteen ninety nine", "1999"),
    ("twenty twenty five", "2025"),
    ("don't", "do not", "dont", "DON’T"),
    ("gonna", "going to"),
    ("what's app", "whats app", "WhatsApp", "What’s App"),
    ("the bank's", "the bank"),
    ("off-channel", "off channel"),
    ("café", "cafe"),
    ("e-mail", "email"),
    ("L.I.B.O.R.", "libor"),
]


@pytest.mark.parametrize("ways", SAID_ALIKE, ids=lambda ways: ways[0])
def test_what_is_said_alike_has_one_form(ways: tuple[str, ...]) -> None:
    assert {normal(way) for way in ways} == {normal(ways[0])}


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("no one, oh my god", "no 1 oh my god"),
        ("I took five, oh well", "i took 5 oh well"),
        ("five oh my", "5 oh my"),
        ("at this point five people", "at this point 5 people"),
        ("wait a second", "wait a second"),
        ("it's the trader's", "it is the trader"),
        ("07911123456", "07911123456"),
        ("two million five people", "2 million 5 people"),
        ("4x4 Q3 3m", "4x4 q3 3m"),
        ("not to no", "not to no"),
    ],
)
def test_talk_is_not_taken_for_a_number_and_small_words_stay(said: str, form: str) -> None:
    assert " ".join(normal(said)) == form


def test_a_token_made_of_two_words_covers_the_seconds_of_both() -> None:
    made = streams(Transcript.from_turns([("anna", "take five oh now")]))
    assert made.words == ("take", "50", "now")
    assert made.where[1] == Place(0, 1, 2)


def test_a_word_of_two_tokens_keeps_its_seconds_twice() -> None:
    made = streams(Transcript.from_text("don't"))
    assert made.words == ("do", "not")
    assert made.where == (Place(0, 0, 0), Place(0, 0, 0))


def test_a_change_of_turn_is_marked_in_every_stream() -> None:
    made = streams(Transcript.from_turns([("anna", "hello"), ("bob", "…"), ("bob", "hi"), ("anna", "bye")]))
    assert made.words == ("hello", TURN_MARK, "hi", TURN_MARK, "bye")
    assert made.stems[1] == made.sounds[1] == TURN_MARK
    assert made.where[1] is None


def test_a_speaker_who_pauses_shortly_is_still_in_the_same_turn() -> None:
    def turn(start: float, text: str) -> Turn:
        return Turn(speaker="a", channel=0, words=(Word(text=text, start=start, end=start + 1),))

    assert streams(Transcript(turns=(turn(0, "ping"), turn(4, "me")))).words == ("ping", "me")
    assert streams(Transcript(turns=(turn(0, "ping"), turn(9, "me")))).words == ("ping", TURN_MARK, "me")


def test_stems_meet_the_forms_of_a_word() -> None:
    assert stem("deleting") == stem("deleted") == stem("deletes")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_text_gives_parallel_streams_of_bare_tokens(texts: list[str]) -> None:
    made = streams(Transcript.from_turns([(str(nth), text) for nth, text in enumerate(texts)]))
    assert len(made.words) == len(made.stems) == len(made.sounds) == len(made.where)
    for token in (*made.words, *made.stems, *made.sounds):
        assert token
        assert token == token.strip()
        assert token.split() == [token]
        assert len(token) <= 64
        token.encode()
    for word, place in zip(made.words, made.where, strict=True):
        assert (word == TURN_MARK) == (place is None)


_NUMBERS = ["five", "oh", "fifty", "twenty", "a", "yard", "million", "hundred", "and", "point", "first"]
_TALK = st.sampled_from([*_NUMBERS, "don't", "gonna", "what's", "app", "3.5", "50%", "$25", "the", "two,"])


@settings(max_examples=150, deadline=None)
@given(st.lists(_TALK, max_size=8))
def test_a_transcript_always_finds_its_own_words_as_a_phrase(said: list[str]) -> None:
    made = streams(Transcript.from_text(" ".join(said)))
    assert made.words == normal(" ".join(said))


def test_transcripts_survive_being_stored() -> None:
    told = Transcript.from_turns([("anna", "ping me"), ("bob", "no")])
    assert Transcript.from_json(told.to_json()) == told
    with pytest.raises(ValueError, match="not a transcript"):
        Transcript.from_json({"turns": [{"words": []}]})


def test_the_normal_forms_are_numbered_so_that_an_old_index_is_noticed() -> None:
    assert FORMS >= 1
