"""Words of each channel become turns as a conversation is read; times come back from the windows."""

from __future__ import annotations

import pytest

from detectors.speech.guard import Activity
from detectors.speech.turns import interleave
from detectors.speech.windows import pack
from search.transcript import Word

RATE = 16_000


def said(text: str, start: float, channel: int = 0) -> list[Word]:
    return [
        Word(text=word, start=start + nth * 0.3, end=start + nth * 0.3 + 0.25, channel=channel)
        for nth, word in enumerate(text.split())
    ]


def read(*words: list[Word]) -> list[tuple[str, str]]:
    by_channel: dict[int, list[Word]] = {}
    for run in words:
        by_channel.setdefault(run[0].channel, []).extend(run)
    return [(turn.speaker, turn.text) for turn in interleave(by_channel)]


def test_question_and_answer_are_two_turns() -> None:
    assert read(said("can you do ten", 0), said("yes at fifty", 2, 1), said("done", 4)) == [
        ("channel 0", "can you do ten"),
        ("channel 1", "yes at fifty"),
        ("channel 0", "done"),
    ]


def test_a_murmur_does_not_cut_a_sentence_in_two() -> None:
    sentence = said("i will ping you", 0) + said("on whatsapp later", 1.6)
    assert read(sentence, said("yeah", 1.25, 1)) == [
        ("channel 0", "i will ping you on whatsapp later"),
        ("channel 1", "yeah"),
    ]


def test_somebody_who_takes_over_in_a_breath_ends_the_turn() -> None:
    assert read(said("hold on", 0), said("no you listen to me", 0.9, 1), said("fine", 1.2 + 0.6)) == [
        ("channel 0", "hold on"),
        ("channel 1", "no you listen to me"),
        ("channel 0", "fine"),
    ]


def test_a_long_silence_ends_a_turn() -> None:
    assert len(read(said("are you there", 0), said("hello", 6))) == 2


def test_nobody_said_anything() -> None:
    assert interleave({}) == ()
    assert interleave({0: [], 1: []}) == ()


def test_words_are_put_back_where_they_were_said() -> None:
    voices = [Activity(start=2 * RATE, end=3 * RATE), Activity(start=50 * RATE, end=52 * RATE)]
    (window,) = pack(voices, channel=1, length=60 * RATE)
    assert window.length == pytest.approx((1.8 + 2.8) * RATE)
    assert window.place(0.6, 0.9) == pytest.approx((2.2, 2.5), abs=0.01)
    assert window.place(2.4, 2.9) == pytest.approx((50.2, 50.7), abs=0.01)


def test_the_first_and_last_word_are_drawn_to_the_edges_of_the_voice() -> None:
    (window,) = pack([Activity(start=2 * RATE, end=3 * RATE)], channel=0, length=60 * RATE)
    assert window.place(0.0, 0.7) == pytest.approx((2.0, 2.3), abs=0.01)
    assert window.place(1.2, 1.8) == pytest.approx((2.8, 3.0), abs=0.01)
    start, end = window.place(0.0, 0.1)  # wholly in the padding: kept, at the edge
    assert 2.0 <= start < end <= 2.1


def test_no_window_is_longer_than_the_recogniser_sees() -> None:
    voices = [Activity(start=nth * 12 * RATE, end=(nth * 12 + 11) * RATE) for nth in range(20)]
    windows = pack(voices, channel=0, length=240 * RATE)
    assert all(window.length <= 30 * RATE for window in windows)
    assert [piece.voice for window in windows for piece in window.pieces] == voices
