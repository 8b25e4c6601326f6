"""`manage.py ingest`: folders and files go in, each is accounted for, and the exit code says whether all is well."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from sounds import wav, written

from surveillance.capture.models import Receipt, Recording
from surveillance.management import waiting

SIDECAR = """<Recording><Header CallReference="T-9"><StartTime>2026-03-02T10:00:00Z</StartTime>
<DurationMs>3000</DurationMs><Direction>O</Direction></Header><Desk code="LDN-STIR"/></Recording>"""


def ingest(*arguments: str | Path) -> tuple[list[dict[str, Any]], int]:
    out = StringIO()
    try:
        call_command("ingest", *map(str, arguments), "--json", stdout=out)
    except CommandError as fault:
        return [json.loads(line) for line in out.getvalue().splitlines()], fault.returncode
    return [json.loads(line) for line in out.getvalue().splitlines()], 0


@pytest.fixture
def folder(desks: tuple[str, ...], tmp_path: Path) -> Path:
    """A recorder's drop: one call with its sidecar, one without, papers, and what an editor left."""
    path = tmp_path / "drop"
    wav(path / "deep" / "er" / "a.wav")
    written(path / "deep" / "er" / "a.xml", SIDECAR)
    wav(path / "b.wav", pitch=400)
    written(path / "README.md", "about these calls")
    written(path / ".b.wav.swp", "editor")
    return path


def test_a_folder_is_taken_to_its_ends_and_every_file_is_accounted_for(folder: Path) -> None:
    lines, status = ingest(folder)
    assert status == 0
    assert [(Path(line["file"]).name, line["outcome"]) for line in lines] == [
        ("b.wav", "recorded"),
        ("a.wav", "recorded"),
    ]
    row = Recording.objects.get(name="a.wav")
    assert (row.desk.slug, row.source) == ("rates", "turret")
    assert Recording.objects.get(name="b.wav").desk.slug == "unassigned"
    assert {line["recording"] for line in lines} == {
        str(pk) for pk in Recording.objects.values_list("pk", flat=True)
    }


def test_taking_the_folder_twice_makes_no_second_recording(folder: Path) -> None:
    ingest(folder)
    lines, status = ingest(folder)
    assert status == 0
    assert {line["outcome"] for line in lines} == {"duplicate"}
    assert (Recording.objects.count(), Receipt.objects.count()) == (2, 4)


def test_a_file_by_name_brings_its_sidecar_along(folder: Path) -> None:
    ingest(folder / "deep" / "er" / "a.wav")
    assert Recording.objects.get().external_id == "T-9"


def test_something_set_aside_is_told_and_fails_the_command(folder: Path) -> None:
    written(folder / "c.wav", "text")
    lines, status = ingest(folder)
    assert status == 1
    bad = next(line for line in lines if line["file"].endswith("c.wav"))
    assert (bad["outcome"], bad["reason_code"], bad["recording"]) == ("quarantined", "not_audio", None)
    assert bad["reason"]
    assert bad["cure"]
    assert sum(line["outcome"] == "recorded" for line in lines) == 2


def test_a_sidecar_without_its_recording_is_not_passed_over(folder: Path) -> None:
    written(folder / "lost.xml", SIDECAR)
    lines, status = ingest(folder)
    assert status == 1
    assert [line["file"] for line in lines if line["outcome"] == "alone"] == [str(folder / "lost.xml")]


def test_the_desk_on_the_command_line_goes_before_the_sidecar(folder: Path) -> None:
    ingest(folder, "--desk", "fx")
    assert set(Recording.objects.values_list("desk__slug", flat=True)) == {"fx"}


def test_a_path_that_is_not_there_is_said_to_be_missing(desks: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no"):
        call_command("ingest", str(tmp_path / "nothing.wav"))


def test_waiting_without_a_worker_says_what_is_missing_and_ends(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, status = ingest(folder / "b.wav", "--wait", "--patience", "1")
    assert status == 1
    assert lines[0]["through"] is False
    assert "Is a worker running?" in " ".join(capsys.readouterr().err.split())


def test_a_recording_gets_through_in_this_very_process(folder: Path, settings: Settings) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, speech_model="tiny.en")
    lines, status = ingest(folder / "b.wav", "--here")
    assert status == 0, lines
    assert lines[0]["through"] is True
    assert lines[0]["stages"] == dict.fromkeys(waiting.NAMES, "done")
