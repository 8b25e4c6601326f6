"""Verification finds one flipped byte among everything, keeps every check, and says which call it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from surveillance.access.scope import Scope
from surveillance.archive.models import FixityCheck, Seal
from surveillance.archive.selectors import native, sealed
from surveillance.archive.services import seal, verify
from surveillance.archive.stores.store import Altered
from surveillance.audit.models import Entry
from surveillance.capture.progress import Claim
from surveillance.core.errors import Missing, Refused


@pytest.fixture
def three(claimed: Callable[[], Claim]) -> list[UUID]:
    made = []
    for _ in range(3):
        claim = claimed()
        seal(claim)
        made.append(claim.recording)
    return made


def place(recording: UUID) -> Path:
    path: Path = settings.EARSHOT.home / "archive" / Seal.objects.get(recording=recording).key
    path.chmod(0o600)
    return path


def flip(recording: UUID) -> None:
    path = place(recording)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def told(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify_archive", *arguments, stdout=out)
    except CommandError as fault:
        return out.getvalue(), fault.returncode
    return out.getvalue(), 0


def test_a_sound_archive_is_said_to_be_sound(three: list[UUID], clerk: Scope) -> None:
    out, status = told()
    assert status == 0
    assert "3 of 3 natives are sound" in out
    assert FixityCheck.objects.filter(outcome="sound").count() == 3
    assert Entry.objects.get(action="archive verified").detail["checked"] == 3
    facts = sealed(clerk, three[0])
    assert facts is not None
    assert facts.outcome == "sound"


def test_one_flipped_byte_is_found_and_named(three: list[UUID]) -> None:
    flip(three[1])
    out, status = told("--json")
    document = json.loads(out)
    assert status == 1
    assert not document["sound"]
    assert [(one["recording"], one["outcome"]) for one in document["faults"]] == [(str(three[1]), "changed")]
    assert Entry.objects.get(action="found changed").subject == f"recording:{three[1]}"
    assert FixityCheck.objects.filter(outcome="sound").count() == 2


def test_what_is_gone_is_found_and_named(three: list[UUID], clerk: Scope) -> None:
    place(three[2]).unlink()
    assert [(fault.recording, fault.outcome) for fault in verify(scope=clerk).faults] == [
        (three[2], "missing")
    ]


def test_a_lock_that_was_tampered_with_is_found(three: list[UUID], clerk: Scope) -> None:
    note = place(three[0])
    note = note.with_name(note.name + ".lock")
    note.chmod(0o600)
    note.write_text(note.read_text().replace("false", "true"))
    assert [fault.outcome for fault in verify(scope=clerk).faults] == ["weakened"]


def test_an_object_without_a_seal_is_mentioned(three: list[UUID], clerk: Scope) -> None:
    stray = place(three[0]).with_name("stray")
    stray.write_bytes(b"?")
    assert [key.rsplit("/", 1)[1] for key in verify(scope=clerk).strays] == ["stray"]


def test_a_sample_and_a_single_recording_can_be_checked(three: list[UUID], clerk: Scope) -> None:
    flip(three[1])
    assert verify(scope=clerk, sample=2).checked == 2
    assert verify(scope=clerk, recording=three[0]).sound
    assert not verify(scope=clerk, recording=three[1]).sound
    with pytest.raises(Missing):
        verify(scope=clerk, recording=UUID(int=1))


def test_a_changed_native_is_not_given_to_the_recogniser(three: list[UUID]) -> None:
    flip(three[1])
    with pytest.raises(Altered), native(three[1]):
        pass


def test_an_officer_may_not_verify(three: list[UUID], rates_officer: Scope) -> None:
    with pytest.raises(Refused):
        verify(scope=rates_officer)
