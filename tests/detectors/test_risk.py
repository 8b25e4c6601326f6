"""Policies over a transcript: what was heard, where, and what excused it."""

from __future__ import annotations

import pytest

from detectors.risk import Hit, Lexicon
from policies.loader import load
from search.tokens import streams
from search.transcript import Transcript


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(load())


def hits_of(lexicon: Lexicon, *said: str) -> list[Hit]:
    turns = [(f"channel {nth % 2}", text) for nth, text in enumerate(said)]
    return lexicon.hits(streams(Transcript.from_turns(turns)))


def test_a_hit_names_the_policy_the_words_the_speaker_and_the_seconds(lexicon: Lexicon) -> None:
    hits = hits_of(lexicon, "morning", "stick the size on the green app, not here")
    hit = next(hit for hit in hits if hit.policy.id == "conduct.off-channel")
    assert hit.heard.words == "stick the size on the green app,"
    assert hit.heard.turn == 1
    assert hit.heard.speaker == "channel 1"
    assert hit.heard.start == pytest.approx(0.4)
    assert hit.unless is None


def test_an_excused_hit_stays_with_the_words_that_excused_it(lexicon: Lexicon) -> None:
    hits = hits_of(lexicon, "he asked me to deal on WhatsApp and I told him I can't take orders there")
    excused = [hit for hit in hits if hit.policy.id == "conduct.off-channel"]
    assert excused
    assert all(hit.unless is not None and "told him" in hit.unless.words for hit in excused)


def test_an_excuse_far_away_excuses_nothing(lexicon: Lexicon) -> None:
    filler = "and the weather in Leeds was grey all afternoon so we stayed in and read the paper for a while"
    hits = hits_of(lexicon, f"our training is on Friday {filler} now ping me on WhatsApp with the price")
    assert any(hit.policy.id == "conduct.off-channel" and hit.unless is None for hit in hits)


def test_circumstances_are_heard_only_beside_a_sign_of_knowing_better(lexicon: Lexicon) -> None:
    innocent = hits_of(lexicon, "the brakes are on the sheet")
    knowing = hits_of(lexicon, "the brakes are on the sheet", "they'll never know")
    assert not any(hit.policy.needs_support for hit in innocent)
    assert any(hit.policy.id == "safety.circumstances" for hit in knowing)


def test_a_silent_recording_has_no_hits(lexicon: Lexicon) -> None:
    assert hits_of(lexicon) == []
