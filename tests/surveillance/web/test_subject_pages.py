"""The pages of data subjects, as two privacy officers use them from the letter to the copy."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from floor import Spoken, take_through
from pytest_django import Settings
from visitors import PASSWORD, Browse

from surveillance.access.scope import program
from surveillance.access.services import enrol, grant
from surveillance.capture.models import Recording
from surveillance.subjects.models import Restriction, SubjectRequest
from surveillance.transcription.models import Version

CALL = Spoken(name="call", turns=((0, "good morning sell all of it"), (1, "will do")))
LETTER = {
    "kind": "access",
    "names": "Ann Alder",
    "numbers": "+44 20 7946 0001",
    "identity": "Seen at the desk.",
    "told": "I want all you have of me.",
}


@pytest.fixture
def recording(signed_in: Browse, tmp_path: Path) -> UUID:
    return take_through(tmp_path, "rates", CALL)


def privacy(name: str) -> Client:
    enrol(scope=program("setup"), username=name, full_name=f"Office {name.title()}", password=PASSWORD)
    grant(scope=program("setup"), username=name, role="privacy", desk=None)
    client = Client()
    assert client.post("/sign-in", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def entered(client: Client, **told: str) -> int:
    assert client.post(reverse("enter-subject"), {**LETTER, **told}).status_code == 302
    return SubjectRequest.objects.latest("pk").pk


def test_from_the_letter_to_the_copy(recording: UUID) -> None:
    one, two = privacy("one"), privacy("two")
    assert "Nobody waits for an answer" in one.get(reverse("subjects")).content.decode()
    number = entered(one)
    page = one.get(reverse("subject", args=[number])).content.decode()
    assert "Nobody has looked yet" in page
    assert "days left" in page
    deed = reverse("subject-deed", args=[number])
    assert one.post(deed, {"deed": "gather"}).status_code == 302
    assert "is on the call" in one.get(reverse("subject", args=[number])).content.decode()
    call = reverse("subject-call", args=[number, recording])
    page = one.get(call).content.decode()
    assert "spoken by somebody else" in page
    sound = one.get(reverse("subject-sound", args=[number, recording]), headers={"Range": "bytes=0-99"})
    assert sound.status_code == 206
    sha256 = page.split('name="sha256" value="')[1].split('"')[0]
    told = reverse("subject-call-deed", args=[number, recording])
    assert one.post(told, {"deed": "check", "sha256": "0"}).status_code == 409
    assert one.post(told, {"deed": "check", "sha256": sha256}).status_code == 302
    assert one.get(reverse("subject-copy", args=[number])).status_code == 409
    assert one.post(deed, {"deed": "prepare", "answer": "Here it is."}).status_code == 302
    assert one.post(deed, {"deed": "release"}).status_code == 409
    assert two.post(deed, {"deed": "release"}).status_code == 302
    answer = two.get(reverse("subject-copy", args=[number]))
    box = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert any(name.endswith("sound.wav") for name in box.namelist())
    assert answer["Content-Disposition"] == f'attachment; filename="copy-{number}.zip"'
    assert "Answered" in one.get(reverse("subjects")).content.decode()


def test_a_turn_is_decided_and_corrected_from_the_page(recording: UUID) -> None:
    one = privacy("one")
    number = entered(one, kind="rectification")
    one.post(reverse("subject-deed", args=[number]), {"deed": "gather"})
    told = reverse("subject-call-deed", args=[number, recording])
    assert one.post(told, {"deed": "turn", "turn": "1", "state": "words"}).status_code == 302
    assert "decided otherwise" in one.get(reverse("subject-call", args=[number, recording])).content.decode()
    assert one.post(told, {"deed": "turn", "turn": "x", "state": "words"}).status_code == 400
    assert (
        one.post(told, {"deed": "correct", "turn": "0", "words": "good morning sell none of it"}).status_code
        == 302
    )
    assert Version.objects.count() == 2
    page = one.get(reverse("call", args=[recording])).content.decode()
    assert "written by one" in page
    assert one.post(told, {"deed": "explode"}).status_code == 400


def test_what_is_restricted_is_gone_for_officers_and_shown_with_its_review(
    recording: UUID, signed_in: Browse
) -> None:
    one, officer = privacy("one"), signed_in("officer")
    number = entered(one, kind="erasure")
    one.post(reverse("subject-deed", args=[number]), {"deed": "gather"})
    assert officer.get(reverse("call", args=[recording])).status_code == 200
    deed = {"deed": "restrict", "because": "Asked to be erased."}
    assert one.post(reverse("subject-deed", args=[number]), deed).status_code == 302
    assert officer.get(reverse("call", args=[recording])).status_code == 404
    page = one.get(reverse("subjects")).content.decode()
    assert "Asked to be erased." in page
    assert "Not erased" in page
    assert "Kept and not used" in one.get(reverse("call", args=[recording])).content.decode()
    row = Restriction.objects.get()
    lift = reverse("restriction", args=[row.pk])
    assert one.post(lift, {"deed": "review", "because": "Still."}).status_code == 400
    day = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    assert one.post(lift, {"deed": "review", "because": "Still.", "review": day}).status_code == 302
    assert one.post(lift, {"deed": "lift", "because": "Settled, and told."}).status_code == 302
    assert Recording.objects.get().withheld == ""


def test_the_notice_is_issued_and_everybody_can_read_it(
    recording: UUID, signed_in: Browse, settings: Settings
) -> None:
    one, officer = privacy("one"), signed_in("officer")
    assert "No notice was issued yet" in officer.get(reverse("notice")).content.decode()
    page = one.get(reverse("document", args=["notice"])).content.decode()
    sha256 = page.split('name="sha256" value="')[1].split('"')[0]
    assert one.post(reverse("issue-document", args=["notice"]), {"sha256": sha256}).status_code == 302
    assert "What programs do with it" in officer.get(reverse("notice")).content.decode()
    assert "Stands" in one.get(reverse("documents")).content.decode()
    settings.EARSHOT = replace(settings.EARSHOT, consent="enforce")
    assert "No longer true" in one.get(reverse("documents")).content.decode()
    assert "no longer says" in one.get(reverse("document", args=["notice"])).content.decode()
    assert one.get(reverse("document", args=["poem"])).status_code == 404
