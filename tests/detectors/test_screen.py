"""A transcript becomes findings by stretch of talk and category, and each says why."""

from __future__ import annotations

import json

import pytest

from detectors.screen import Finding, Screener, call_risk
from policies.loader import load
from search.transcript import Transcript, Turn, Word


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load())


FILLER = "we walked to the shop and bought bread and milk then we sat by the river until the sun went down "


def test_a_finding_explains_itself_with_words_policy_duty_and_seconds(screener: Screener) -> None:
    turns = [
        ("channel 0", "morning"),
        ("channel 1", "put five hundred on the offer, we don't want any of them filled"),
    ]
    (finding,) = screener.screen(Transcript.from_turns(turns))
    assert (finding.category, finding.policy) == ("market_manipulation", "market.spoofing")
    assert finding.version == next(p.version for p in load().policies if p.id == "market.spoofing")
    assert finding.turn == 1
    assert finding.speaker == "channel 1"
    assert 0 < finding.start < finding.end
    assert "don't want any of them filled" in finding.words
    assert "CEA s. 4c(a)(5)(C)" in finding.why
    assert finding.words in finding.why
    assert finding.second_review


def test_a_finding_becomes_the_json_that_the_command_promises(screener: Screener) -> None:
    (finding,) = screener.screen(Transcript.from_text("shred the notes from Friday, every copy"))
    told = json.loads(json.dumps(finding.as_json()))
    assert {"category", "policy", "version", "score", "turn", "words", "why"} <= told.keys()
    assert told["reasons"][0]["duty"]
    assert 0.5 <= told["score"] <= 1


def test_the_words_are_the_transcripts_own_and_its_times_those_of_the_audio(screener: Screener) -> None:
    said = "Let's take it to Signal, the disappearing ones.".split()
    words = tuple(
        Word(text=text, start=100 + nth, end=100.5 + nth, confidence=0.8, channel=1)
        for nth, text in enumerate(said)
    )
    transcript = Transcript(turns=(Turn(speaker="Ana", channel=1, words=words),))
    finding = screener.screen(transcript)[0]
    assert finding.category == "off_channel"
    assert finding.words in transcript.text
    assert finding.channel == 1
    assert finding.start >= 100


def test_two_policies_of_one_category_in_one_stretch_are_one_finding_with_a_higher_score(
    screener: Screener,
) -> None:
    alone = screener.screen(Transcript.from_text("shred the notes from Friday"))
    both = screener.screen(
        Transcript.from_text("shred the notes from Friday, if anyone asks it never happened")
    )
    secrecy = [finding for finding in both if finding.category == "secrecy"]
    assert len(secrecy) == 1
    assert len(secrecy[0].reasons) > len(alone[0].reasons)
    assert secrecy[0].score > alone[0].score


def test_the_same_scheme_again_much_later_is_a_second_finding(screener: Screener) -> None:
    text = f"shred the notes from Friday. {FILLER * 4} And shred the notes from Monday."
    findings = [f for f in screener.screen(Transcript.from_text(text)) if f.category == "secrecy"]
    assert len(findings) == 2


def test_a_hint_alone_is_no_finding_and_two_different_ones_are(screener: Screener) -> None:
    assert screener.screen(Transcript.from_text("they'll never see it")) == []
    (finding,) = screener.screen(Transcript.from_text("they'll never see it, just say that it crashed"))
    assert finding.category == "secrecy"
    assert not finding.certain
    assert len(finding.reasons) == 2


def test_signs_of_knowing_better_turn_circumstances_into_a_finding_of_their_category(
    screener: Screener,
) -> None:
    calm = [("A", "the wind is over the limit"), ("B", "then come down")]
    knowing = [
        ("A", "the wind is over the limit"),
        ("B", "they'll never know, don't put it on the radio log"),
    ]
    assert screener.screen(Transcript.from_turns(calm)) == []
    assert "safety" in {finding.category for finding in screener.screen(Transcript.from_turns(knowing))}


def test_hints_yield_to_what_is_heard_more_surely_and_are_set_aside_with_the_reason(
    screener: Screener,
) -> None:
    said = (
        "put five hundred on the offer, we don't want any of them filled, "
        "they'll never know, it'll look like a buyer"
    )
    screening = screener.read(Transcript.from_text(said))
    assert [finding.category for finding in screening.findings if not finding.certain] == []
    assert any("more surely" in aside.because for aside in screening.set_aside)


def test_what_is_excused_is_set_aside_with_the_words_that_excused_it(screener: Screener) -> None:
    screening = screener.read(
        Transcript.from_text("I can guarantee the return, said nobody, returns aren't guaranteed")
    )
    assert all(aside.because for aside in screening.set_aside)
    assert screening.policies_sha256 == screener.policy_set.sha256


def test_training_and_refusals_raise_nothing(screener: Screener) -> None:
    for said in (
        "our WhatsApp policy training is on Friday",
        "he offered me a hamper, I declined it and entered it in the register",
        "returns are not guaranteed and your capital is at risk",
        "nobody goes up without a harness",
    ):
        assert screener.screen(Transcript.from_text(said)) == [], said


def test_the_risk_of_a_call_grows_with_its_findings_and_stays_below_one(screener: Screener) -> None:
    one = screener.screen(Transcript.from_text("shred the notes from Friday"))
    many = screener.screen(
        Transcript.from_text(f"shred the notes from Friday {FILLER * 4} ping me on WhatsApp with the price")
    )
    assert call_risk([]) == 0
    assert 0.5 <= call_risk(one) < call_risk(many) < 1


def test_saying_it_again_adds_less_each_time(screener: Screener) -> None:
    (finding,) = screener.screen(Transcript.from_text("shred the notes from Friday"))
    risks = [call_risk([finding] * times) for times in (1, 2, 3)]
    assert risks[1] - risks[0] > risks[2] - risks[1] > 0


def test_screening_is_the_same_twice(screener: Screener) -> None:
    transcript = Transcript.from_text(
        f"{FILLER} keep it between us, they'll never know, pull it the second they trade"
    )

    def told(findings: list[Finding]) -> list[dict[str, object]]:
        return [finding.as_json() for finding in findings]

    assert told(screener.screen(transcript)) == told(Screener(load()).screen(transcript))
