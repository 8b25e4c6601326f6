"""Handing recordings in over the API: one receipt for every file, nothing dropped, nothing told across a wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from callers import Caller
from django.core.files.uploadedfile import SimpleUploadedFile
from floor import Spoken, media, receive_call, vcon
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from surveillance.audit.models import Entry
from surveillance.capture.models import Progress, Receipt, Recording

ClientOf = Callable[[str], Caller]
CALL = Spoken(name="handed-in")


def hand_in(client: Caller, path: Path, *, sidecar: bytes | None = None, **said: Any) -> Any:
    parts = {"media": SimpleUploadedFile(path.name, path.read_bytes()), **said}
    if sidecar is not None:
        parts["sidecar"] = SimpleUploadedFile(f"{path.stem}.vcon.json", sidecar)
    return client.post("/api/recordings/", parts, format="multipart")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return media(tmp_path, CALL)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "fax.wav"
    path.write_bytes(b"this is no sound at all\n" * 40)
    return path


def test_a_recording_with_its_sidecar_is_taken_in_and_sent_on_its_way(
    client_of: ClientOf, path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = hand_in(client_of("recorder"), path, sidecar=vcon(CALL), desk="rates")
    assert answer.status_code == 201
    told = answer.json()
    recording = Recording.objects.get()
    assert (told["outcome"], told["recording"]) == ("recorded", str(recording.pk))
    assert [party.person for party in recording.parties.all()] == ["Ann Alder", "Ben Birch"]
    assert recording.started_at.isoformat() == "2026-03-02T09:30:00+00:00"
    assert Progress.objects.get(recording=recording).stage == "archive"
    assert Entry.objects.filter(
        actor="recorder", action="received", subject=f"recording:{recording.pk}"
    ).exists()
    assert client_of("officer").get(f"/api/recordings/{recording.pk}/").json()["sha256"] == recording.sha256


def test_what_is_said_with_it_goes_before_the_sidecar(client_of: ClientOf, path: Path) -> None:
    said = {"desk": "rates", "started_at": "2026-01-05T08:00:00+02:00", "direction": "inbound"}
    assert hand_in(client_of("recorder"), path, sidecar=vcon(CALL), **said).status_code == 201
    recording = Recording.objects.get()
    assert recording.started_at.isoformat() == "2026-01-05T06:00:00+00:00"
    assert recording.direction == "inbound"


def test_the_same_bytes_twice_are_one_recording_with_two_receipts(client_of: ClientOf, path: Path) -> None:
    first = hand_in(client_of("recorder"), path, sidecar=vcon(CALL), desk="rates").json()
    again = hand_in(client_of("recorder"), path, sidecar=vcon(CALL), desk="rates")
    assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")
    assert again.json()["recording"] == first["recording"]
    assert again.json()["receipt"] != first["receipt"]
    assert (Recording.objects.count(), Receipt.objects.count()) == (1, 2)


def test_the_same_bytes_from_another_desk_are_not_told_which_recording_they_are(
    client_of: ClientOf, path: Path, people: None
) -> None:
    from surveillance.access.scope import program
    from surveillance.access.services import enrol, grant

    hand_in(client_of("recorder"), path, desk="rates")
    enrol(scope=program("setup"), username="fx-recorder", full_name="FX recorder", password=None)
    grant(scope=program("setup"), username="fx-recorder", role="service", desk="fx")
    again = hand_in(client_of("fx-recorder"), path, desk="fx")
    assert (again.status_code, again.json()["recording"]) == (200, None)
    assert str(Recording.objects.get().pk) not in again.content.decode()


def test_what_cannot_be_read_is_set_aside_with_a_reason_a_person_understands(
    client_of: ClientOf, broken: Path
) -> None:
    answer = hand_in(client_of("recorder"), broken, desk="rates")
    assert answer.status_code == 422
    told = answer.json()
    assert (told["outcome"], told["recording"]) == ("quarantined", None)
    assert len(told["message"]) > 20
    assert len(told["cure"]) > 20
    [row] = client_of("supervisor").get("/api/quarantine/").json()["results"]
    assert (row["receipt"], row["name"], row["code"]) == (told["receipt"], "fax.wav", told["code"])
    assert client_of("recorder").get(f"/api/receipts/{told['receipt']}/").json()["outcome"] == "quarantined"


def test_an_empty_file_is_set_aside_like_any_other(client_of: ClientOf, tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    assert hand_in(client_of("recorder"), empty, desk="rates").status_code == 422
    assert Receipt.objects.get().size == 0


def test_a_file_beyond_the_bound_never_fills_the_disk_and_leaves_a_receipt(
    client_of: ClientOf, tmp_path: Path, settings: Settings
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, max_media_bytes=100_000)
    huge = tmp_path / "huge.wav"
    huge.write_bytes(b"RIFF" + bytes(2_000_000))
    answer = hand_in(client_of("recorder"), huge, desk="rates")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_big_to_keep")
    assert Receipt.objects.get().size < 500_000


def test_a_quarantined_file_can_be_tried_again_with_what_was_missing(
    client_of: ClientOf, path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    cut = vcon(CALL).replace(b'"duration": 3.0', b'"duration": 300.0')
    receipt = hand_in(client_of("recorder"), path, sidecar=cut, desk="rates").json()["receipt"]
    supervisor = client_of("supervisor")
    still = supervisor.post(f"/api/quarantine/{receipt}/retry/", {}, format="json")
    assert (still.status_code, still.json()["code"]) == (422, "sidecar_contradicts")
    with django_capture_on_commit_callbacks(execute=True):
        mended = supervisor.post(f"/api/quarantine/{receipt}/retry/", {"accept": True}, format="json")
    assert (mended.status_code, mended.json()["outcome"]) == (200, "recorded")
    assert Progress.objects.filter(recording_id=mended.json()["recording"], stage="archive").exists()
    assert supervisor.get("/api/quarantine/").json()["results"] == []
    assert Entry.objects.filter(actor="supervisor", action="retried").count() == 2


@pytest.mark.parametrize("username", ["officer", "stranger", "auditor"])
def test_who_may_not_hand_in_is_refused_on_record_and_nothing_is_kept(
    client_of: ClientOf, path: Path, username: str
) -> None:
    assert hand_in(client_of(username), path, desk="rates").status_code == 403
    assert not Receipt.objects.exists()
    assert Entry.objects.filter(actor=username, action="refused", subject="/api/recordings/").exists()


def test_a_recorder_of_one_desk_hands_nothing_in_for_another(client_of: ClientOf, path: Path) -> None:
    assert hand_in(client_of("recorder"), path, desk="fx").status_code == 403
    assert not Recording.objects.exists()


def test_nobody_hands_in_without_signing_in(anyone: Caller, path: Path) -> None:
    # A stranger's small request is told to sign in; a large one is not even read.
    assert anyone.post("/api/recordings/", {}, format="json").status_code == 401
    assert hand_in(anyone, path).status_code == 413
    assert not Receipt.objects.exists()


def test_an_upload_without_a_recording_is_invalid(client_of: ClientOf) -> None:
    answer = client_of("recorder").post("/api/recordings/", {"desk": "rates"}, format="multipart")
    assert answer.status_code == 400
    assert "media" in answer.json()["message"]
    assert client_of("recorder").post("/api/recordings/", {}, format="json").status_code == 415


def test_the_quarantine_of_another_desk_is_not_shown_and_cannot_be_retried(
    client_of: ClientOf, broken: Path, people: None
) -> None:
    from surveillance.access.scope import program
    from surveillance.access.services import enrol, grant

    enrol(scope=program("setup"), username="fx-lead", full_name="FX lead", password=None)
    grant(scope=program("setup"), username="fx-lead", role="supervisor", desk="fx")
    receipt = hand_in(client_of("recorder"), broken, desk="rates").json()["receipt"]
    lead = client_of("fx-lead")
    assert lead.get("/api/quarantine/").json()["results"] == []
    for answer in (
        lead.post(f"/api/quarantine/{receipt}/retry/", {}, format="json"),
        lead.get(f"/api/receipts/{receipt}/"),
    ):
        assert answer.status_code == 404
    assert Entry.objects.filter(actor="fx-lead", action="refused", subject=f"receipt:{receipt}").count() == 2


def test_pages_of_the_quarantine_hold_every_file_once(client_of: ClientOf, tmp_path: Path) -> None:
    for nth in range(5):
        bad = tmp_path / f"bad-{nth}.wav"
        bad.write_bytes(b"not sound %d\n" % nth * 30)
        hand_in(client_of("recorder"), bad, desk="rates")
    seen, cursor = [], ""
    while cursor is not None:
        page = client_of("supervisor").get("/api/quarantine/", {"limit": 2, "cursor": cursor}).json()
        seen += [row["name"] for row in page["results"]]
        cursor = page["next"]
    assert seen == [f"bad-{nth}.wav" for nth in (4, 3, 2, 1, 0)]


def test_a_receipt_that_never_was_is_missing(client_of: ClientOf) -> None:
    supervisor = client_of("supervisor")
    assert supervisor.get(f"/api/receipts/{uuid4()}/").status_code == 404
    assert supervisor.post(f"/api/quarantine/{uuid4()}/retry/", {}, format="json").status_code == 404


def test_a_recording_cannot_be_retried(client_of: ClientOf, tmp_path: Path) -> None:
    recording: UUID = receive_call(tmp_path, "rates", CALL)
    receipt = Receipt.objects.get(recording_id=recording).pk
    answer = client_of("supervisor").post(f"/api/quarantine/{receipt}/retry/", {}, format="json")
    assert answer.status_code in (404, 409)
