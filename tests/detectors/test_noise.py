"""Noise on the line: what is recognised, where it ends, and that no misconduct hides behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from detectors.noise import KINDS, recognise, set_aside
from detectors.noise.measure import outcome, read
from detectors.noise.said import forms
from search.transcript import Transcript

SETS = Path(__file__).parent / "noise"
NOTICE = "this call is recorded for training and quality purposes"


@dataclass(frozen=True)
class Ground:
    words: str
    start: float
    end: float


@dataclass(frozen=True)
class Found:
    reasons: tuple[Ground, ...]

    @property
    def start(self) -> float:
        return min(ground.start for ground in self.reasons)

    @property
    def end(self) -> float:
        return max(ground.end for ground in self.reasons)


def ground(transcript: Transcript, words: str) -> Ground:
    """A reason that rests on these words, wherever they are said."""
    said = [word for turn in transcript.turns for word in turn.words]
    wanted = words.split()
    for at in range(len(said)):
        if [word.text for word in said[at : at + len(wanted)]] == wanted:
            return Ground(words, said[at].start, said[at + len(wanted) - 1].end)
    raise AssertionError(f"nobody says {words!r}")


def stands(transcript: Transcript, *words: str) -> bool:
    """Does a finding on these words stand when noise has been set aside?"""
    found = Found(tuple(ground(transcript, one) for one in words))
    kept, aside = set_aside([found], recognise(transcript))
    assert len(kept) + len(aside) == 1
    return bool(kept)


def kinds(text: str) -> set[str]:
    return {span.kind for span in recognise(Transcript.from_text(text))}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("recorded_notice", "Calls may be recorded for training and monitoring purposes."),
        ("recorded_notice", "this line is recorded for regulatory purposes"),
        ("disclaimer", "the value of investments can go down as well as up"),
        ("menu", "for billing press one for repairs press two"),
        ("hold", "please hold all our advisers are busy and your call is important to us"),
        ("voicemail", "the person you are calling is not available please leave a message after the tone"),
        ("read_aloud", "the statement says quote we regret the failures unquote"),
        ("training", "let's start the role play i am the client okay end of role play"),
    ],
)
def test_each_kind_is_recognised_and_says_why(kind: str, text: str) -> None:
    [span] = [span for span in recognise(Transcript.from_text(text)) if span.kind == kind]
    assert span.why.startswith("“")
    assert 0.5 <= span.confidence <= 1.0
    assert span.words
    assert kind in KINDS


@pytest.mark.parametrize(
    "text",
    [
        "this line is recorded so not here",
        "careful mate this call may be recorded",
        "calls are recorded so i'll text you on signal instead",
        "can't talk this is a recorded line text me",
        "press on with it and call me",
        "hold my order back until after the fix",
        "past performance of that fund was rubbish",
        "leave a message with his secretary",
        "this is a training call by the way",
        "he told me quote lose the file unquote",
    ],
)
def test_what_people_say_among_themselves_is_no_notice(text: str) -> None:
    assert kinds(text) == set()


def test_a_notice_ends_where_the_notice_ends() -> None:
    transcript = Transcript.from_text(f"{NOTICE} ping me on whatsapp and delete it")
    assert [span.words for span in recognise(Transcript.from_text(NOTICE))] == [NOTICE]
    assert stands(transcript, "ping me on whatsapp")
    assert stands(transcript, "purposes ping me on whatsapp")


def test_a_finding_wholly_inside_a_notice_is_set_aside_with_the_reason() -> None:
    transcript = Transcript.from_text(f"{NOTICE} how can i help")
    found = Found((ground(transcript, "call is recorded"),))
    kept, [aside] = set_aside([found], recognise(transcript))
    assert kept == []
    assert aside.finding is found
    assert aside.span.kind == "recorded_notice"


def test_one_reason_outside_and_the_whole_finding_stands() -> None:
    transcript = Transcript.from_text(f"{NOTICE} let us agree the price before they quote")
    assert not stands(transcript, "call is recorded")
    assert stands(transcript, "call is recorded", "agree the price")


def test_words_that_only_stand_between_two_forms_of_a_notice_silence_nothing() -> None:
    transcript = Transcript.from_text(
        "calls are recorded for training purposes just ping me on signal now for quality and monitoring purposes"
    )
    assert stands(transcript, "ping me on signal")
    menu = Transcript.from_text("for cards press one push the quokka up now for loans press two")
    assert any("push the quokka" in span.words for span in recognise(menu)), "it is greyed with the menu"
    assert stands(menu, "push the quokka")


def test_a_call_is_not_excused_by_being_called_a_training_call() -> None:
    transcript = Transcript.from_turns(
        [
            ("a", "this is a training call let's start the role play"),
            ("b", "push the fixing up before four"),
            ("a", "will do speak later"),
        ]
    )
    assert stands(transcript, "push the fixing up")


def test_an_exercise_begun_and_ended_aloud_is_one() -> None:
    transcript = Transcript.from_turns(
        [
            ("a", "let's start the role play i am the client"),
            ("b", "push the fixing up before four"),
            ("a", "okay end of role play well done"),
            ("b", "now really push the fixing up"),
        ]
    )
    assert not stands(transcript, "push the fixing up before four")
    assert stands(transcript, "really push the fixing up")


def test_the_other_party_talking_over_a_menu_is_heard() -> None:
    menu = Transcript.from_text("for balances press one for cards press two for loans press three")
    over = ground(menu, "press one for cards")
    kept, aside = set_aside(
        [Found((Ground("delete the messages now", over.start, over.end),))], recognise(menu)
    )
    assert (len(kept), len(aside)) == (1, 0)


def test_a_message_left_after_the_tone_is_no_greeting() -> None:
    transcript = Transcript.from_text(
        "please leave a message after the tone nadia hide the loss from the client until friday"
    )
    [span] = recognise(transcript)
    assert span.words == "please leave a message after the tone"
    assert stands(transcript, "hide the loss from the client")


def test_every_form_can_be_asked_for_and_every_kind_but_echo_has_some() -> None:
    known = forms()
    assert {chain.kind for chain in known.chains} | {one.kind for one in known.betweens} == KINDS.keys() - {
        "echo"
    }


@pytest.mark.parametrize(
    ("name", "noise", "talk"),
    [("seen.txt", 0.95, 0.02), ("unseen.txt", 0.85, 0.04)],
)
def test_recall_and_false_greying_on_written_sets(name: str, noise: float, talk: float) -> None:
    outcomes = [outcome(line) for line in read(SETS / name)]
    wanted = [one.found for one in outcomes if one.line.kind != "none"]
    ordinary = [one.found for one in outcomes if one.line.kind == "none"]
    assert len(wanted) >= 100
    assert len(ordinary) >= 99
    assert sum(wanted) / len(wanted) >= noise
    assert sum(ordinary) / len(ordinary) <= talk


def test_the_two_sets_share_no_line_and_no_family_of_noise() -> None:
    seen, unseen = (read(SETS / name) for name in ("seen.txt", "unseen.txt"))
    assert not {line.text.lower() for line in seen} & {line.text.lower() for line in unseen}
    families = [
        {(line.kind, line.family) for line in lines if line.kind != "none"} for lines in (seen, unseen)
    ]
    assert not families[0] & families[1]
