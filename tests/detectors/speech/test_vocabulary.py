"""What a recogniser is told to expect must never be what a policy listens for."""

from __future__ import annotations

from detectors.screen import Screener
from detectors.speech.vocabulary import vocabulary
from policies.loader import load
from search.transcript import Transcript


def test_no_expected_word_raises_a_flag_by_itself() -> None:
    screener = Screener(load())
    flagged = [word for word in vocabulary() if screener.screen(Transcript.from_text(word))]
    assert vocabulary()
    assert flagged == []


def test_the_list_as_a_whole_raises_no_flag() -> None:
    assert Screener(load()).screen(Transcript.from_text(" ".join(vocabulary()))) == []
