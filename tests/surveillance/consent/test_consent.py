"""A call without evidence is withheld from ears and models, released by evidence, withheld again by a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as installed
from django.core.management import CommandError, call_command
from floor import CLERK, START, Spoken, claim, indexed_again, receive_call, say, take_through, write_policies
from pytest_django import Settings

from policies.consent.rules import load
from surveillance import pipeline
from surveillance.access.scope import Scope, combine
from surveillance.archive.selectors import listening_copy
from surveillance.audit.models import Entry
from surveillance.capture.models import Party, Recording
from surveillance.capture.progress import standing_still, take
from surveillance.capture.selectors import calls
from surveillance.consent.models import Clearance, Statement, StatementKind
from surveillance.consent.places import by_number, normal_number, places
from surveillance.consent.selectors import (
    clearance,
    heard_notice,
    may_verify_voice,
    personal_calls,
    waiting,
)
from surveillance.consent.services import (
    agree_personal,
    ask_personal,
    clear,
    end_personal,
    enter_statement,
    note_heard,
)
from surveillance.consent.told import Notice
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict, Hidden, Invalid, Refused
from surveillance.detection.selectors import QueueFilter, count
from surveillance.indexing.services import Question, find
from surveillance.transcription.lines import newest_versions

CALL = Spoken(
    name="call",
    numbers=("+44 20 7946 0001", "+1 415 555 0123"),
    turns=((0, "push the okapi before noon"), (1, "very well then")),
)
PRIVACY = combine("privacy", [("privacy", "rates")])
SECOND = combine("second", [("privacy", "rates")])


@pytest.fixture
def enforced(desks: tuple[str, ...], settings: Settings, tmp_path: Path) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, consent="enforce")
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi*")])


@pytest.fixture
def recording(enforced: None, tmp_path: Path) -> UUID:
    return receive_call(tmp_path, "rates", CALL)


def both(since: timedelta = timedelta(days=-900)) -> None:
    for person in CALL.people:
        enter_statement(
            scope=PRIVACY, kind="contract", person=person, since=START + since, reference="Contract 7"
        )


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+1 415 555 0123", {"US-CA"}),
        ("+12125550123", {"US-NY"}),
        ("001 312 555 0123", {"US-IL"}),
        ("+1 202 555 0123", {"US-DC"}),
        ("+44 20 7946 0001", {"GB"}),
        ("+49 30 123456", {"DE"}),
        ("+353 86 123 4567", {"IE"}),
        ("+65 6123 4567", {"SG"}),
        ("+1 514 555 0199", {"CA-QC"}),
        ("+1 604 555 0123", {"CA"}),
        ("+61 2 9123 4567", {"AU-NSW", "AU-ACT"}),
        ("+61 7 3123 4567", {"AU-QLD"}),
        ("2041", set()),
        ("turret 7", set()),
        ("", set()),
        ("+999 1", set()),
    ],
)
def test_a_number_tells_the_place(number: str, place: set[str]) -> None:
    assert set(by_number(number, load())) == place


def test_a_number_that_tells_no_state_may_be_in_any_of_them() -> None:
    assert set(by_number("+1 800 555 0199", load())) == {one.id for one in load().within("US")}
    assert set(by_number("+61 411 111 111", load())) == {one.id for one in load().within("AU")}
    assert normal_number("0044 (20) 7946-0001") == "+442079460001"
    assert normal_number("turret 7") == "turret7"


def test_lines_employers_and_desks_tell_it_where_no_number_does(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    path.write_text('[desks]\nrates = "GB"\n[employers]\n"Banque Une" = "FR"\n[lines]\n2041 = "DE"\n')
    settings.EARSHOT = replace(installed.EARSHOT, consent_places=path)
    assert places(number="", line="2041", employer="", desk="rates") == ("DE",)
    assert places(number="2041", line="", employer="", desk="rates") == ("DE",)
    assert places(number="", line="T7", employer="", desk="rates") == ("GB",)
    assert places(number="", line="", employer="Banque Une", desk="rates") == ("FR",)
    assert places(number="", line="", employer="", desk="rates") == ()
    assert places(number="+41 44 123 45 67", line="", employer="Banque Une", desk="") == ("CH",)
    bad = tmp_path / "bad.toml"
    bad.write_text('[desks]\nrates = "Atlantis"\n[desk]\n')
    settings.EARSHOT = replace(installed.EARSHOT, consent_places=bad)
    with pytest.raises(Broken, match="Atlantis"):
        places(number="", line="T7", employer="", desk="rates")


def test_without_evidence_nobody_hears_it_and_no_model_reads_it(
    recording: UUID, rates_officer: Scope
) -> None:
    clear(claim(recording, "consent"), listen=lambda _: None)
    row = Clearance.objects.get()
    assert (row.clear, row.rule, row.strictest) == (False, "all_party", "US-CA")
    assert "§§ 632" in row.words
    assert Recording.objects.get().withheld == "consent"
    for stage in ("transcription", "mentions", "detection", "indexing"):
        assert take(recording, stage, lease=60) is None
    assert standing_still(pipeline.NAMES, patience=0) == []
    assert calls(rates_officer).total == 0
    with pytest.raises(Hidden):
        listening_copy(rates_officer, recording)
    [waits] = waiting(PRIVACY)
    assert (waits.recording, waits.withheld) == (recording, "consent")
    with pytest.raises(Refused):
        waiting(rates_officer)


def test_evidence_releases_it_and_it_goes_on_its_way(recording: UUID, rates_officer: Scope) -> None:
    clear(claim(recording, "consent"), listen=lambda _: None)
    first, second = CALL.people
    assert (
        enter_statement(scope=PRIVACY, kind="contract", person=first, since=START, reference="C 1").released
        == ()
    )
    changed = enter_statement(scope=PRIVACY, kind="explicit", person=second, since=START, reference="E 2")
    assert changed.released == (recording,)
    assert Recording.objects.get().withheld == ""
    assert calls(rates_officer).total == 1
    assert take(recording, "transcription", lease=60) is not None
    told = clearance(rates_officer, recording)
    assert told is not None
    assert told.clear
    assert told.evidence == "contract"


@pytest.mark.parametrize(
    ("flag", "listen", "clears"),
    [
        ("given", None, True),
        ("none", None, False),
        ("", None, False),
        ("", Notice(start=2.0, words="this call is recorded"), True),
    ],
)
def test_the_recorders_flag_or_a_notice_in_the_audio_clears_everybody(
    recording: UUID, flag: str, listen: Notice | None, clears: bool
) -> None:
    Recording.objects.update(notice=flag)
    asked: list[UUID] = []

    def hear(one: UUID) -> Notice | None:
        asked.append(one)
        return listen

    clear(claim(recording, "consent"), listen=hear)
    assert Clearance.objects.get().clear is clears
    assert bool(asked) is (flag != "given")  # no model hears it where other evidence suffices


def test_a_notice_is_heard_in_many_words_and_talk_about_recording_is_none() -> None:
    def says(*turns: tuple[int, str]) -> Notice | None:
        from floor import transcript

        return heard_notice(transcript(Spoken(name="talk", turns=turns)), within=45)

    assert says((0, "hello this call is being recorded for regulatory purposes how may I help")) is not None
    assert says((0, "please note that calls are recorded for training and quality purposes")) is not None
    assert says((0, "hi there"), (1, "just so you know you are on a recorded line")) is not None
    for told in (
        "before we go on you are being recorded okay",
        "hi this is dave at calder vale we're on a taped line what can I do for you",
        "we tape everything on this desk as you know",
        "all of our phone calls get recorded I have to say that",
        "are you happy for this conversation to be recorded",
        "the tape is running go ahead",
    ):
        assert says((0, told)) is not None, told
    for told in (
        "is this line recorded",
        "this line is not recorded so talk freely",
        "careful the line is recorded ring me on my mobile",
        "they recorded a loss of four million on the call option",
        "take it off the record the phones are taped",
        "gilts hit a record high this morning",
        "did you stop recording the call",
    ):
        assert says((0, told), (1, "right")) is None, told
    assert says((0, "morning what is your bid in gilts"), (1, "ninety nine and a half")) is None
    late = " ".join(["filler words go on and on"] * 40)
    assert says((0, late), (1, "this call is being recorded for regulatory purposes")) is None


def test_in_note_mode_it_is_decided_and_shown_and_nothing_is_withheld(
    desks: tuple[str, ...], tmp_path: Path, settings: Settings, rates_officer: Scope
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, consent="note")
    recording = receive_call(tmp_path, "rates", CALL)
    clear(claim(recording, "consent"))
    assert not Clearance.objects.get().clear
    assert Recording.objects.get().withheld == ""
    note_heard(recording=recording, notice=Notice(start=1.5, words="this call is recorded"))
    told = clearance(rates_officer, recording)
    assert told is not None
    assert (told.clear, told.heard_at, told.evidence) == (True, 1.5, "heard")
    settings.EARSHOT = replace(settings.EARSHOT, consent="off")
    assert note_heard(recording=recording, notice=None).withheld == ()


def through(recording_of: Callable[[], UUID]) -> UUID:
    recording = recording_of()
    clear(claim(recording, "consent"), listen=lambda _: None)
    return recording


def test_withdrawal_takes_it_from_every_door_and_later_consent_gives_it_back(
    enforced: None,
    tmp_path: Path,
    rates_officer: Scope,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    both()
    recording = through(lambda: take_through(tmp_path, "rates", CALL))
    assert count(rates_officer, QueueFilter()) == 1
    assert find(scope=rates_officer, question=Question(query="okapi")).total == 1
    changed = enter_statement(
        scope=PRIVACY,
        kind="withdrawal",
        person=CALL.people[1],
        since=START - timedelta(days=1),
        reference="Mail",
    )
    assert changed.withheld == (recording,)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        pipeline.consent_changed(changed)
    assert Recording.objects.get().withheld == "withdrawn"
    found = find(scope=rates_officer, question=Question(query="okapi"))
    assert (found.total, found.facets.get("desk", [])) == (0, [])
    assert count(rates_officer, QueueFilter()) == 0
    assert newest_versions() == []
    with pytest.raises(Hidden):
        listening_copy(rates_officer, recording)
    again = enter_statement(
        scope=PRIVACY,
        kind="explicit",
        person=CALL.people[1],
        since=START - timedelta(hours=1),
        reference="Form",
    )
    assert again.released == (recording,)
    indexed_again(recording)
    assert find(scope=rates_officer, question=Question(query="okapi")).total == 1


def test_calls_of_before_the_withdrawal_stay_as_they_were(enforced: None, tmp_path: Path) -> None:
    both()
    recording = through(lambda: take_through(tmp_path, "rates", CALL))
    later = START + timedelta(days=3)
    assert (
        enter_statement(
            scope=PRIVACY, kind="withdrawal", person=CALL.people[1], since=later, reference="Mail"
        ).withheld
        == ()
    )
    assert Recording.objects.get(pk=recording).withheld == ""


def test_a_personal_call_is_let_out_by_two_and_taken_back_with_a_reason(
    enforced: None, tmp_path: Path, rates_officer: Scope
) -> None:
    both()
    recording = through(lambda: take_through(tmp_path, "rates", CALL))
    number = ask_personal(scope=PRIVACY, recording=recording, reason="Her doctor.")
    with pytest.raises(Conflict, match="another person"):
        agree_personal(scope=PRIVACY, personal=number)
    with pytest.raises(Conflict, match="already"):
        ask_personal(scope=SECOND, recording=recording, reason="Her doctor.")
    assert agree_personal(scope=SECOND, personal=number).withheld == (recording,)
    assert calls(rates_officer).total == 0
    assert listening_copy(PRIVACY, recording).size > 0  # whoever answers for privacy may
    assert [row.agreed_by for row in personal_calls(PRIVACY)] == ["second"]
    assert note_heard(recording=recording, notice=Notice(start=1.0, words="recorded")).released == ()
    with pytest.raises(Invalid):
        end_personal(scope=PRIVACY, personal=number, reason=" ")
    assert end_personal(scope=PRIVACY, personal=number, reason="It was business.").released == (recording,)
    assert calls(rates_officer).total == 1
    assert (
        Entry.objects.filter(subject=f"recording:{recording}", action="personal call taken back").count() == 1
    )


def test_a_withheld_call_is_nowhere_for_another_desk_and_evidence_is_checked(
    recording: UUID, fx_officer: Scope
) -> None:
    clear(claim(recording, "consent"), listen=lambda _: None)
    with pytest.raises(Refused):
        enter_statement(scope=fx_officer, kind="contract", person="Ann Alder", reference="C")
    with pytest.raises(Hidden):
        ask_personal(scope=combine("other", [("privacy", "fx")]), recording=recording, reason="x")
    for wrong in (
        {"kind": "hearsay", "person": "Ann", "reference": "C"},
        {"kind": "contract", "reference": "C"},
        {"kind": "contract", "person": "Ann", "reference": " "},
        {"kind": "contract", "person": "Ann", "reference": "C", "until": START, "since": now()},
        {"kind": "voice", "person": "Ann", "reference": "C"},
    ):
        with pytest.raises(Invalid):
            enter_statement(scope=PRIVACY, **wrong)  # type: ignore[arg-type]


def test_consent_to_a_voiceprint_is_asked_apart(desks: tuple[str, ...]) -> None:
    def may(*where: str) -> bool:
        return may_verify_voice("Ann Alder", places=where, at=now())

    assert may("HK")
    assert not may("US-IL")
    assert not may()
    enter_statement(scope=PRIVACY, kind="contract", person="Ann Alder", reference="C")
    assert not may("US-IL")
    enter_statement(
        scope=PRIVACY, kind="voice", person="Ann Alder", purpose="Signing in by phone", reference="Form 3"
    )
    assert may("US-IL")
    assert may("DE")
    enter_statement(
        scope=PRIVACY, kind="voice_withdrawal", person="ann alder", purpose="Signing in", reference="Mail"
    )
    assert not may("US-IL")
    assert StatementKind.VOICE == "voice"


def test_a_drill_is_never_withheld(enforced: None, tmp_path: Path) -> None:
    recording = receive_call(tmp_path, "rates", CALL)
    Recording.objects.update(drill=True)
    clear(claim(recording, "consent"), listen=lambda _: pytest.fail("nobody listens to a drill"))
    assert Recording.objects.get().withheld == ""
    assert Party.objects.count() == 2
    assert CLERK.actor
    assert say is not None


def test_statements_of_many_come_as_csv_and_a_bad_line_is_named(
    desks: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "kind,person,number,since,until,purpose,reference\n"
        "contract,Ann Alder,,2020-01-01,,,Contract 7\n"
        "notice,,0044 20 7946 0002,2020-01-01,2030-01-01,,Letter\n"
        "contract,Ben Birch,,once,,,Contract 8\n"
        "contract,,,2020-01-01,,,Contract 9\n"
    )
    with pytest.raises(CommandError, match="2 lines"):
        call_command("consent", path)
    told = capsys.readouterr()
    assert "2 of 4 statements" in told.out
    assert "line 4" in told.err
    assert "line 5" in told.err
    assert {(one.person, one.number) for one in Statement.objects.all()} == {
        ("Ann Alder", ""),
        ("", "+442079460002"),
    }
