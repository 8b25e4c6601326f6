"""The same words twice: on the other channel of a call, and in the recording of another recorder."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from detectors.noise import ECHO, recognise
from detectors.noise.twins import Spoken, likeness
from search.transcript import Transcript, Turn, Word

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SAID = "let us push the fixing up together before the window and keep it between us until friday please"
TALK = (
    "could you show me two way in five year gilts for fifty million please and tell me where the street is today",
    "i am four twelve bid four fourteen offered and there is a little better interest on the left this morning",
    "mine at fourteen then and send the ticket over to the back office when you have a moment thank you owen",
    "done you buy fifty at four fourteen value tomorrow i will confirm it by chat in a minute speak to you soon",
)


def turn(text: str, *, channel: int, start: float, confidence: float = 0.9, pace: float = 0.35) -> Turn:
    words = tuple(
        Word(
            text=word,
            start=start + pace * nth,
            end=start + pace * nth + pace * 0.9,
            confidence=confidence,
            channel=channel,
        )
        for nth, word in enumerate(text.split())
    )
    return Turn(speaker=f"channel {channel}", channel=channel, words=words)


def echoes(*turns: Turn) -> list[str]:
    return [span.words for span in recognise(Transcript(turns=turns)) if span.kind == ECHO]


def test_the_leak_of_the_other_channel_is_an_echo_and_the_original_is_none() -> None:
    original = turn(SAID, channel=0, start=1.0)
    leak = turn(SAID, channel=1, start=1.25, confidence=0.5)
    [span] = recognise(Transcript(turns=(original, leak)))
    assert (span.kind, span.channel, span.words) == (ECHO, 1, SAID)
    assert "channel 1" in span.why


def test_an_echo_of_which_some_words_were_misheard_is_still_one() -> None:
    worse = SAID.replace("fixing", "mixing").replace("window", "widow")
    [words] = echoes(turn(SAID, channel=0, start=1.0), turn(worse, channel=1, start=1.2, confidence=0.4))
    assert "push" in words
    assert "friday" in words


def test_reading_the_words_back_is_no_echo() -> None:
    assert echoes(turn(SAID, channel=0, start=1.0), turn(SAID, channel=1, start=9.0)) == []


def test_what_is_heard_better_than_its_original_is_no_echo() -> None:
    assert (
        echoes(
            turn(SAID, channel=0, start=1.0, confidence=0.5), turn(SAID, channel=1, start=1.2, confidence=0.9)
        )
        == []
    )


def test_a_courtesy_said_by_both_at_once_is_no_echo() -> None:
    assert (
        echoes(
            turn("okay thank you bye", channel=0, start=1.0), turn("okay thank you bye", channel=1, start=1.1)
        )
        == []
    )


def test_words_that_no_clock_stands_behind_have_no_echo() -> None:
    both = Transcript.from_turns([("a", SAID), ("b", SAID)])
    assert [span for span in recognise(both) if span.kind == ECHO] == []


def call(*, offset: float = 0.0, errors: float = 0.0, seed: int = 1) -> Transcript:
    """The talk as one recorder heard it: later by `offset` seconds, a share of the words misheard."""
    chance, turns, second = random.Random(seed), [], 1.0 + offset
    for nth, text in enumerate(TALK):
        heard = [
            word if chance.random() >= errors else f"mis{chance.randrange(999)}" for word in text.split()
        ]
        turns.append(turn(" ".join(heard), channel=nth % 2, start=second))
        second += 0.35 * len(heard) + 0.8
    return Transcript(turns=tuple(turns))


def spoken(transcript: Transcript, **more: object) -> Spoken:
    one = Spoken(
        started_at=START,
        duration=40.0,
        people=frozenset({"nadia brandt", "owen pryce"}),
        transcript=transcript,
    )
    return replace(one, **more)  # type: ignore[arg-type]


def test_one_call_from_two_recorders_is_recognised_through_lag_and_errors() -> None:
    late = spoken(call(offset=-3.2, errors=0.15, seed=2), started_at=START + timedelta(seconds=5))
    found = likeness(spoken(call(errors=0.1)), late)
    assert found is not None
    assert abs(found.offset - 3.2) < 0.5
    assert "%" in found.why


def test_two_calls_with_the_same_words_at_other_times_of_day_are_two() -> None:
    later = spoken(call(), started_at=START + timedelta(hours=2))
    assert likeness(spoken(call()), later) is None


def test_two_calls_at_the_same_time_with_other_words_are_two() -> None:
    other = Transcript(turns=tuple(replace(one, words=tuple(reversed(one.words))) for one in call().turns))
    assert likeness(spoken(call()), spoken(other)) is None


def test_the_same_script_read_by_other_people_at_the_same_time_is_two_calls() -> None:
    others = spoken(call(), people=frozenset({"lena sorel", "marc dufour"}))
    assert likeness(spoken(call()), others) is None


def test_the_same_sentences_in_another_order_share_no_clock() -> None:
    turns = call().turns
    moved, second = [], 1.0
    for one in (turns[3], turns[1], turns[2], turns[0]):
        moved.append(turn(one.text, channel=one.channel, start=second))
        second += 0.35 * len(one.words) + 0.8
    assert likeness(spoken(call()), spoken(Transcript(turns=tuple(moved)))) is None


def test_a_few_words_are_no_evidence() -> None:
    short = Transcript(turns=(turn("hello is that tom yes it is", channel=0, start=1.0),))
    assert likeness(spoken(short), spoken(short)) is None
