"""Data subjects: found everywhere, given a copy by two with others protected, restricted instead of erased."""

from __future__ import annotations

import hashlib
import io
import json
import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import numpy as np
import pytest
from floor import Spoken, claim, take_through
from pytest_django import Settings

from surveillance.access.scope import Scope, combine, program
from surveillance.access.services import enrol, set_known_as
from surveillance.audit.models import Entry
from surveillance.audit.rows import strangers
from surveillance.audit.signing import NoteBent
from surveillance.capture.models import Recording
from surveillance.capture.selectors import call, calls
from surveillance.capture.walls import raise_for_user
from surveillance.consent.services import enter_statement
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.detection.services import screen
from surveillance.indexing.forgetting import take_out
from surveillance.indexing.services import Question, find, index
from surveillance.mentions.services import mention
from surveillance.subjects.clock import due
from surveillance.subjects.documents import changed_sections
from surveillance.subjects.issuing import document, documents, issue, issued, standing_notice
from surveillance.subjects.models import FoundCall, Restriction, SubjectRequest
from surveillance.subjects.packing import MANIFEST, copy_for
from surveillance.subjects.restricting import lift_restriction, restrict, restrict_found, review_restriction
from surveillance.subjects.selectors import elsewhere, found, masked, request, requests, restrictions
from surveillance.subjects.services import (
    check_call,
    correct_words,
    decide_turn,
    enter_request,
    extend_request,
    gather,
    leave_out,
    mask_also,
    prepare_answer,
    refuse_request,
    release_answer,
    send_back,
)
from surveillance.transcription.selectors import versions

ONE = combine("one", [("privacy", None)])
TWO = combine("two", [("privacy", None)])
OWN = Spoken(
    name="own",
    turns=((0, "good morning this is my order"), (1, "thank you Ann"), (1, "I will ask Carla Dunn")),
)
OTHERS = Spoken(
    name="others",
    people=("Ben Birch", "Carl Cedar"),
    numbers=("+44 20 7946 0002", "+44 20 7946 0003"),
    turns=((0, "did you hear what ann alder did"), (1, "no tell me")),
    pitch=330.0,
)
STRANGERS = Spoken(
    name="strangers",
    people=("Dora Elm", "Eve Fir"),
    numbers=("+44 20 7946 0005", "+44 20 7946 0006"),
    turns=((0, "what a lovely day"), (1, "it is")),
    pitch=440.0,
)


@pytest.fixture
def floor(desks: tuple[str, ...], tmp_path: Path) -> dict[str, UUID]:
    return {spoken.name: take_through(tmp_path, "rates", spoken) for spoken in (OWN, OTHERS, STRANGERS)}


def asked(kind: str = "access", scope: Scope = ONE, **told: object) -> int:
    given: dict[str, object] = {
        "names": ["Ann Alder"],
        "numbers": ["+44 20 7946 0001"],
        "identity": "Personnel number 12, seen.",
        "told": "Everything you have of me.",
    }
    return enter_request(scope=scope, kind=kind, **{**given, **told})  # type: ignore[arg-type]


def checked(number: int, scope: Scope = ONE) -> None:
    for row in found(scope, number).rows:
        told = masked(scope, number, row.recording)
        assert told.mask is not None
        check_call(scope=scope, number=number, recording=row.recording, sha256=told.mask.sha256)


def copied(number: int, scope: Scope = ONE) -> ZipFile:
    return ZipFile(io.BytesIO(b"".join(copy_for(scope, number))))


def test_a_person_is_found_where_they_speak_and_where_others_speak_of_them(floor: dict[str, UUID]) -> None:
    number = asked()
    assert gather(scope=ONE, number=number) == 2
    why = {row.recording: set(row.why) for row in found(ONE, number).rows}
    assert why.keys() == {floor["own"], floor["others"]}
    assert "party" in why[floor["own"]]
    assert "said" in why[floor["others"]]
    assert gather(scope=ONE, number=number) == 0
    assert FoundCall.objects.count() == 2


def test_a_withheld_call_is_found_too_since_its_people_may_ask_for_it(floor: dict[str, UUID]) -> None:
    restrict(scope=ONE, recording=floor["own"], reason="Disputed.")
    number = asked()
    gather(scope=ONE, number=number)
    assert floor["own"] in {row.recording for row in found(ONE, number).rows}


def test_the_copy_goes_by_two_with_others_protected_and_its_hashes_hold(floor: dict[str, UUID]) -> None:
    number = asked()
    with pytest.raises(Invalid, match="looked for"):
        prepare_answer(scope=ONE, number=number, answer="Enclosed.")
    gather(scope=ONE, number=number)
    with pytest.raises(Invalid, match="2 calls were not looked at"):
        prepare_answer(scope=ONE, number=number, answer="Enclosed.")
    leave_out(scope=ONE, number=number, recording=floor["others"], because="Gossip of others.")
    checked(number)
    prepare_answer(scope=ONE, number=number, answer="Enclosed.")
    with pytest.raises(Conflict, match="You prepared"):
        release_answer(scope=ONE, number=number)
    with pytest.raises(Conflict, match="not released"):
        copied(number)
    send_back(scope=TWO, number=number, because="A typing error.")
    prepare_answer(scope=ONE, number=number, answer="Enclosed, all of it.")
    release_answer(scope=TWO, number=number)
    box = copied(number)
    assert box.testzip() is None
    manifest = MANIFEST.read(box.read("manifest.txt").decode(), MANIFEST.public_key())
    assert {name: hashlib.sha256(box.read(name)).hexdigest() for name in manifest["files"]} == manifest[
        "files"
    ]
    assert set(box.namelist()) == {*manifest["files"], "manifest.txt", "manifest-key.txt"}
    with pytest.raises(NoteBent):
        MANIFEST.read(
            box.read("manifest.txt").decode().replace('"calls": 1', '"calls": 2'),
            MANIFEST.public_key(),
        )
    folder = next(name for name in box.namelist() if name.endswith("words.txt"))
    words = box.read(folder).decode()
    assert "good morning this is my order" in words
    for secret in ("Carla", "I will ask", "Ben Birch"):
        assert secret not in words
    with wave.open(io.BytesIO(box.read(folder.replace("words.txt", "sound.wav")))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        rate = file.getframerate()
    assert samples[: rate // 2, 0].any()
    assert not samples[:, 1].any()
    assert Entry.objects.filter(action="subject copy given", subject=f"subject-request:{number}").exists()
    assert list(strangers()) == []
    assert "Enclosed, all of it." in box.read("README.txt").decode()


def test_what_was_decided_on_a_turn_is_given_and_voids_an_earlier_look(floor: dict[str, UUID]) -> None:
    number = asked()
    gather(scope=ONE, number=number)
    own = floor["own"]
    checked(number)
    assert masked(ONE, number, own).checked
    decide_turn(scope=ONE, number=number, recording=own, turn=1, state="open")
    told = masked(ONE, number, own)
    assert told.mask is not None
    assert told.mask.parts[1].state == "open"
    assert not told.checked
    with pytest.raises(Conflict, match="changed since you looked"):
        check_call(scope=ONE, number=number, recording=own, sha256="0" * 64)
    with pytest.raises(Invalid, match="not one of"):
        decide_turn(scope=ONE, number=number, recording=own, turn=1, state="loud")
    checked(number)
    mask_also(scope=ONE, number=number, phrases=["my order"])
    assert found(ONE, number).unchecked == 2
    told = masked(ONE, number, own)
    assert told.mask is not None
    assert "order" not in told.mask.parts[0].text


def test_words_that_changed_after_they_were_looked_at_do_not_go(floor: dict[str, UUID]) -> None:
    number = asked()
    gather(scope=ONE, number=number)
    checked(number)
    prepare_answer(scope=ONE, number=number, answer="Enclosed.")
    other = asked("rectification")
    gather(scope=ONE, number=other)
    correct_words(
        scope=ONE, number=other, recording=floor["own"], turn=0, words_said="good morning this is no order"
    )
    with pytest.raises(Conflict, match="changed since"):
        release_answer(scope=TWO, number=number)
    send_back(scope=TWO, number=number, because="Words were corrected.")
    with pytest.raises(Invalid, match="1 calls changed"):
        prepare_answer(scope=ONE, number=number, answer="Enclosed.")


def test_a_correction_is_a_version_and_search_follows_it(floor: dict[str, UUID]) -> None:
    number, own = asked("rectification"), floor["own"]
    gather(scope=ONE, number=number)
    before = versions(ONE, own)
    version = correct_words(
        scope=ONE, number=number, recording=own, turn=0, words_said="good morning this was a mistaken order"
    )
    after = versions(ONE, own)
    assert version == 2
    assert after[1] == before[0]
    assert after[0].engine == "correction"
    assert after[0].model == "written by one"
    turn, old = after[0].transcript.turns[0], before[0].transcript.turns[0]
    assert turn.text == "good morning this was a mistaken order"
    assert turn.words[0].start == old.words[0].start
    assert turn.words[-1].start == old.words[-1].start
    assert all(word.start <= word.end for word in turn.words)
    mention(claim(own, "mentions"))
    screen(claim(own, "detection"))
    index(claim(own, "indexing"))
    officer = combine("officer", [("officer", None)])
    assert find(scope=officer, question=Question(query='"mistaken order"')).total == 1
    assert find(scope=officer, question=Question(query='"my order"')).total == 0
    with pytest.raises(Invalid, match="Nothing changes"):
        correct_words(scope=ONE, number=number, recording=own, turn=1, words_said="thank you Ann")
    with pytest.raises(Invalid, match="no such turn"):
        correct_words(scope=ONE, number=number, recording=own, turn=99, words_said="hm")


def test_what_law_keeps_is_restricted_with_reason_and_review_and_comes_back(floor: dict[str, UUID]) -> None:
    number, own = asked("erasure"), floor["own"]
    gather(scope=ONE, number=number)
    changed = restrict_found(scope=ONE, number=number, reason="Asked to be erased.")
    assert set(changed.withheld) == {own, floor["others"]}
    for recording in changed.withheld:
        take_out(recording)
    rows = restrictions(ONE)
    assert {row.recording for row in rows} == {own, floor["others"]}
    assert all(row.kept_because and row.review_on > datetime.now(UTC).date() for row in rows)
    officer = combine("officer", [("officer", None)])
    with pytest.raises(Hidden):
        call(officer, own)
    assert calls(officer).total == 1
    assert find(scope=officer, question=Question(query="order")).total == 0
    with pytest.raises(Conflict, match="restricted already"):
        restrict(scope=ONE, recording=own, reason="Again.")
    with pytest.raises(Invalid, match="Nothing is left"):
        restrict_found(scope=ONE, number=number, reason="Again.")
    row = Restriction.objects.get(recording=own)
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    review_restriction(scope=TWO, number=row.pk, review_on=day, because="The dispute goes on.")
    assert Restriction.objects.get(recording=own).review_on == day
    with pytest.raises(Invalid, match="not to come"):
        review_restriction(
            scope=TWO, number=row.pk, review_on=datetime(2020, 1, 1, tzinfo=UTC).date(), because="x"
        )
    assert lift_restriction(scope=TWO, number=row.pk, because="Settled; the person was told.").released == (
        own,
    )
    assert call(officer, own).id == own


def test_lifting_a_restriction_leaves_what_consent_withholds(floor: dict[str, UUID]) -> None:
    own = floor["own"]
    changed = restrict(scope=ONE, recording=own, reason="Disputed.")
    assert changed.withheld == (own,)
    enter_statement(
        scope=ONE,
        kind="withdrawal",
        person="Ann Alder",
        since=datetime(2026, 1, 1, tzinfo=UTC),
        reference="A letter.",
    )
    assert Recording.objects.get(pk=own).withheld == "restricted"
    lift_restriction(scope=ONE, number=Restriction.objects.get().pk, because="Settled.")
    assert Recording.objects.get(pk=own).withheld == "withdrawn"


def test_only_who_answers_for_privacy_on_that_desk_and_past_the_wall_sees_the_call(
    floor: dict[str, UUID],
) -> None:
    number = asked()
    gather(scope=ONE, number=number)
    with pytest.raises(Refused):
        requests(combine("officer", [("officer", None)]))
    fx = combine("fx", [("privacy", "fx")])
    page = found(fx, number)
    assert page.rows == ()
    assert page.out_of_reach == 2
    with pytest.raises(Hidden):
        masked(fx, number, floor["own"])
    enrol(scope=program("setup"), username="ann", full_name="Ann Alder", password=None)
    set_known_as(scope=program("setup"), username="ann", names=[], numbers=[], manager="")
    raise_for_user(username="ann", actor="program:setup")
    ann = combine("ann", [("privacy", None)])
    assert floor["own"] not in {row.recording for row in found(ann, number).rows}
    with pytest.raises(Hidden):
        masked(ann, number, floor["own"])
    acts = next(row for row in elsewhere(ONE, number) if "account ann" in row.where)
    assert acts.given


def test_the_clock_runs_a_month_and_two_more_once(desks: tuple[str, ...]) -> None:
    assert (
        due(datetime(2026, 1, 31, 9, tzinfo=UTC)).date() == datetime(2026, 3, 2, tzinfo=UTC).date()
    )  # off a Saturday
    assert due(datetime(2026, 3, 2, tzinfo=UTC)).date() == datetime(2026, 4, 2, tzinfo=UTC).date()
    number = asked()
    with pytest.raises(Invalid, match="Say why"):
        extend_request(scope=ONE, number=number, because=" ")
    until = extend_request(scope=ONE, number=number, because="Nine hundred calls.")
    assert until > datetime.now(UTC) + timedelta(days=85)
    with pytest.raises(Conflict, match="already"):
        extend_request(scope=ONE, number=number, because="More.")
    late = asked(received_at=datetime.now(UTC) - timedelta(days=60))
    assert request(ONE, late).left < 0
    assert request(ONE, late).gone_by == 1.0
    with pytest.raises(Invalid, match="month is over"):
        extend_request(scope=ONE, number=late, because="Holidays.")
    refuse_request(scope=ONE, number=late, because="Not them: the identity was forged.")
    with pytest.raises(Conflict):
        gather(scope=ONE, number=late)
    assert [row.number for row in requests(ONE)] == [number]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"names": []}, "who asks"),
        ({"names": ["?!"]}, "who asks"),
        ({"identity": " "}, "it is them"),
        ({"told": ""}, "what they ask"),
        ({"kind": "shout"}, "no kind"),
        ({"received_at": datetime(2999, 1, 1, tzinfo=UTC)}, "still to come"),
        ({"names": [f"Name {chr(97 + n)}" for n in range(25)]}, "too many"),
    ],
)
def test_a_request_without_what_it_needs_is_told_so(
    desks: tuple[str, ...], told: dict[str, object], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        asked(**told)  # type: ignore[arg-type]
    assert not SubjectRequest.objects.exists()


def test_documents_say_what_is_configured_and_tell_when_they_no_longer_do(
    floor: dict[str, UUID], settings: Settings, tmp_path: Path
) -> None:
    row = document(ONE, "notice")
    text = json.dumps(row.now.content())
    assert "decided for every call and shown" in text
    assert "EARSHOT_CONTROLLER" in text
    assert "No emotion" in text
    with pytest.raises(Conflict, match="changed since"):
        issue(scope=ONE, kind="notice", sha256="0" * 64)
    with pytest.raises(Refused):
        issue(scope=combine("fx", [("privacy", "fx")]), kind="notice", sha256=row.now.sha256)
    assert issue(scope=ONE, kind="notice", sha256=row.now.sha256) == 1
    assert document(ONE, "notice").stands
    take_through(tmp_path, "rates", Spoken(name="another", pitch=550.0))
    assert document(ONE, "notice").stands  # the next call does not make it untrue
    with pytest.raises(Conflict, match="like this already"):
        issue(scope=ONE, kind="notice", sha256=row.now.sha256)
    settings.EARSHOT = replace(settings.EARSHOT, consent="enforce", controller="A Bank plc", encryption=False)  # type: ignore[attr-defined]
    moved = document(ONE, "notice")
    assert set(moved.changed) == {"Who answers for it", "Consent and notice"}
    told = standing_notice()
    assert told is not None
    assert "decided for every call and shown" in json.dumps(told.content)
    assert issue(scope=ONE, kind="notice", sha256=moved.now.sha256) == 2
    assert [one.number for one in issued(ONE, "notice")] == [2, 1]
    assert {one.kind for one in documents(ONE)} == {"notice", "records", "dpia"}
    assert "without being asked" not in json.dumps(document(ONE, "dpia").now.content())
    settings.EARSHOT = replace(settings.EARSHOT, purpose=False)
    assert "without being asked" in json.dumps(document(ONE, "dpia").now.content())
    assert "OFF" in json.dumps(document(ONE, "dpia").now.content())
    assert changed_sections({"sections": [{"heading": "a"}]}, {"sections": []}) == ["a"]
