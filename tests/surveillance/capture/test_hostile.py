"""A hostile arrival harms itself alone: what is odd is cleaned, refused or set aside, and the others go on."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from sounds import wav, written

from surveillance.access.scope import Scope
from surveillance.capture import receipts, services, watch
from surveillance.capture.examination import Brought, Fit
from surveillance.capture.formats import MOST_PARTIES
from surveillance.capture.models import Party, Receipt, Recording
from surveillance.capture.selectors import call
from surveillance.capture.services import collect_watched, recover

SOURCES = """
[box]
format = "json"
sidecar = ".json"
[box.fields]
external_id = "id"
started_at = "started"
duration = "seconds"
[[box.channel]]
person = "left"
[board]
format = "csv"
sidecar = ".csv"
duration = "h:m:s"
[board.fields]
started_at = "Start"
duration = "Length"
[latin]
format = "vcon"
sidecar = ".latin"
encoding = "latin-1"
[tree]
format = "xml"
sidecar = ".xml"
[tree.fields]
started_at = "Start"
"""
START = "2026-03-02T09:00:00Z"
PYTHONS_OWN = (
    "sys.",
    "recursion",
    "Exceeds",
    "Expecting",
    "isoformat",
    "strptime",
    "cannot convert",
    "field",
)


@pytest.fixture(autouse=True)
def recorders(home: object, settings: Settings, tmp_path: Path) -> None:
    sources = written(tmp_path / "sources.toml", SOURCES)
    settings.EARSHOT = replace(settings.EARSHOT, sources=sources)


@pytest.fixture
def folder(desks: tuple[str, ...], settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "watched"
    path.mkdir()
    settings.EARSHOT = replace(settings.EARSHOT, watch_folder=path)
    return path


def vcon(parties: int, **more: Any) -> dict[str, Any]:
    people = [{"name": f"P{number}"} for number in range(parties)]
    dialog = {"type": "recording", "start": START, "parties": list(range(parties)), **more}
    return {"vcon": "0.0.1", "uuid": "u-1", "parties": people, "dialog": [dialog]}


def ready(path: Path) -> Path:
    """The sign that nobody writes it any more."""
    path.with_name(path.name + ".done").touch()
    return path


@pytest.mark.parametrize("odd", ["\ud800", "\0", "\u202e", "\x85"])
def test_a_name_with_half_a_character_or_one_that_turns_the_line_is_cleaned(
    hand_in: Any, clerk: Scope, tmp_path: Path, odd: str
) -> None:
    said = json.dumps({"started": START, "left": f"A{odd}B", "id": f"I{odd}D"})
    arrival = hand_in(wav(tmp_path / "a.wav"), said, source="box", name=f"a{odd}.wav")
    assert arrival.outcome == "recorded"
    facts = call(clerk, arrival.recording)
    for text in (facts.parties[0].person, facts.external_id, facts.name):
        assert odd not in text
        text.encode()
    assert facts.parties[0].person[0] + facts.parties[0].person[-1] == "AB"


@pytest.mark.parametrize("length", ["inf:00", "nan:00", "0:-inf", "1e999:00"])
def test_a_length_that_is_no_number_sets_the_call_aside(hand_in: Any, tmp_path: Path, length: str) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), f"Start,Length\n{START},{length}\n", source="board")
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", "sidecar_unreadable")
    assert length in arrival.reason


@pytest.mark.parametrize("length", ["NaN", "Infinity", "1e999"])
def test_so_does_one_in_json_whether_the_source_is_said_or_not(
    hand_in: Any, tmp_path: Path, length: str
) -> None:
    sidecar = f'{{"started": "{START}", "seconds": {length}}}'
    for source in ("box", "unattributed"):
        arrival = hand_in(wav(tmp_path / f"{source}.wav"), sidecar, source=source)
        assert (arrival.outcome, arrival.reason_code) == ("quarantined", "sidecar_unreadable")


def test_a_length_of_ages_is_no_length(hand_in: Any, tmp_path: Path) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), f"Start,Length\n{START},1e300:00\n", source="board")
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", "sidecar_incomplete")


@pytest.mark.parametrize("source", ["vcon", "unattributed"])
def test_a_vcon_of_thirty_thousand_parties_is_set_aside(hand_in: Any, tmp_path: Path, source: str) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), json.dumps(vcon(30_000)), source=source)
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", "sidecar_unreadable")
    assert "30,000 parties" in arrival.reason
    assert Party.objects.count() == 0


def test_a_large_conference_is_taken_in_with_few_writes(
    hand_in: Any, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(60):
        arrival = hand_in(wav(tmp_path / "a.wav"), json.dumps(vcon(MOST_PARTIES)), source="vcon")
    assert arrival.outcome == "recorded"
    assert [party.person for party in Party.objects.all()] == [f"P{number}" for number in range(MOST_PARTIES)]


def test_a_vcon_in_its_recorders_own_encoding_is_read_to_the_end(hand_in: Any, tmp_path: Path) -> None:
    said = vcon(1, content_hash="sha512-" + base64.urlsafe_b64encode(b"x").decode())
    said["parties"][0]["name"] = "Zoë"
    sidecar = json.dumps(said, ensure_ascii=False).encode("latin-1")
    arrival = hand_in(wav(tmp_path / "a.wav"), sidecar, source="latin", ending=".latin")
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", "sidecar_contradicts")
    assert "SHA-512" in arrival.reason


@pytest.mark.parametrize(
    ("content", "source"),
    [
        ("[" * 100_000, "box"),
        (f'{{"started": "{START}", "seconds": {"9" * 5000}}}', "box"),
        ('{"started": ', "box"),
        ('{"started": "yesterday"}', "box"),
        ('{"started": "2026-03-02T09:00:00"}', "box"),
        (f'Start,Length\n"{START}', "board"),
        (f"Start,Length\n{'9' * 200_000},1:00\n", "board"),
        ("<Call><Start>", "tree"),
        ('<?xml version="1.0" encoding="klingon"?><Call/>', "tree"),
        ("<a>" * 100_000 + "</a>" * 100_000, "tree"),
    ],
)
def test_a_reason_is_told_in_our_words(hand_in: Any, tmp_path: Path, content: str, source: str) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), content, source=source)
    assert arrival.outcome == "quarantined"
    assert [word for word in PYTHONS_OWN if word in arrival.reason] == []


def test_a_file_whose_name_is_no_text_is_taken_in_with_the_others(folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/a-bad-\xff.wav"))
    ready(wav(odd, pitch=500))
    ready(wav(folder / "b-good.wav"))
    assert len(collect_watched()) == 2
    assert sorted(Recording.objects.values_list("name", flat=True)) == ["a-bad-?.wav", "b-good.wav"]
    assert list(folder.iterdir()) == []


def test_names_that_differ_only_in_bytes_that_are_no_text_are_two_files(folder: Path) -> None:
    for byte, pitch in ((b"\xfe", 400), (b"\xff", 500)):
        ready(wav(Path(os.fsdecode(os.fsencode(folder) + b"/" + byte + b".wav")), pitch=pitch))
    assert len({dropped.arrival for dropped in watch.standing(folder)}) == 2
    assert len(collect_watched()) == 2


def stumble_over(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A fault of ours, which nobody foresaw, in whatever has this size."""
    real = services.examine

    def examine(brought: Brought) -> Fit:
        if brought.size == size:
            raise ZeroDivisionError("nobody foresaw this")
        return real(brought)

    monkeypatch.setattr(services, "examine", examine)


def test_what_earshot_stumbles_over_is_set_aside_and_the_others_are_taken_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    content = ready(wav(folder / "a.wav", 7)).read_bytes()
    ready(wav(folder / "b.wav", 3))
    stumble_over(monkeypatch, len(content))
    assert len(collect_watched()) == 1
    row = Receipt.objects.get(outcome="quarantined")
    assert (row.name, row.reason_code, row.cure) == ("a.wav", "stumbled", "Report it; retry after an update.")
    assert (folder / watch.ASIDE / str(row.id) / "a.wav").read_bytes() == content
    assert "nobody foresaw this" in caplog.text
    assert collect_watched() == []


def test_it_can_be_retried_after_an_update(
    folder: Path, clerk: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ready(wav(folder / "a.wav", 7))
    with monkeypatch.context() as before:
        stumble_over(before, path.stat().st_size)
        collect_watched()
    row = Receipt.objects.get(reason_code="stumbled")
    assert services.retry(scope=clerk, receipt=row.id).outcome == "recorded"


def test_a_stumble_before_the_receipt_still_leaves_one_and_the_sidecar_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(wav(folder / "a.wav"))
    written(folder / "a.json", "{}")
    ready(wav(folder / "b.wav", pitch=500))
    real = services.sidecar_at

    def stumbles(path: Path) -> services.Sidecar:
        raise ZeroDivisionError(path)

    monkeypatch.setattr(services, "sidecar_at", stumbles)
    assert len(collect_watched()) == 1
    monkeypatch.setattr(services, "sidecar_at", real)
    row = Receipt.objects.get(reason_code="stumbled")
    assert sorted(path.name for path in (folder / watch.ASIDE / str(row.id)).iterdir()) == [
        "a.json",
        "a.wav",
        "a.wav.done",
    ]


def test_a_receipt_that_trips_recovery_is_set_aside_and_the_next_is_finished(
    hand_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [wav(tmp_path / "a.wav", 7), wav(tmp_path / "b.wav", 3)]

    def crash(_: Brought) -> Fit:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(services, "examine", crash)
        for path in files:
            with pytest.raises(KeyboardInterrupt):
                hand_in(path)
    assert Receipt.objects.filter(outcome="received").count() == 2
    stumble_over(monkeypatch, files[0].stat().st_size)
    assert len(recover()) == 1
    assert sorted(Receipt.objects.values_list("outcome", "reason_code")) == [
        ("quarantined", "stumbled"),
        ("recorded", ""),
    ]


def test_what_the_disk_or_the_database_does_is_not_blamed_on_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(wav(folder / "a.wav"))

    def fails(*_: object) -> None:
        raise OSError(5, "the disk is unwell")

    with monkeypatch.context() as unwell:
        unwell.setattr(receipts, "note_arrival", fails)
        assert collect_watched() == []
    assert (folder / "a.wav").exists()
    assert len(collect_watched()) == 1
