"""What cannot be read is set aside with a reason a person understands, and can be tried again."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from sounds import cut, liar, silence, wav, written

from surveillance.access.scope import Scope, combine
from surveillance.access.services import open_desk
from surveillance.audit.models import Entry
from surveillance.capture import spool
from surveillance.capture.models import Receipt, Recording
from surveillance.capture.selectors import call, quarantine
from surveillance.capture.services import Said, retry, withdraw
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused

MINUTE = {"started": "2026-03-02T09:00:00Z", "seconds": 3.0}
SOURCES = """
[box]
format = "json"
sidecar = ".json"
[box.fields]
started_at = "started"
duration = "seconds"
desk = "group"
direction = "way"
size = "bytes"
sha256 = "hash"
[[box.channel]]
person = "left"
[[box.channel]]
person = "right"
[box.values.desk]
R = "rates"
F = "fx"
[[box2.channel]]
person = "Left"
[box2]
format = "xml"
sidecar = ".xml"
[box2.fields]
started_at = "Start"
"""
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Call><Start>&c;</Start></Call>"""


@pytest.fixture(autouse=True)
def box(home: object, settings: Settings, tmp_path: Path) -> Path:
    """A recorder whose field map the test knows."""
    path = written(tmp_path / "sources.toml", SOURCES)
    settings.EARSHOT = replace(settings.EARSHOT, sources=path)
    return path


def sidecar(**facts: Any) -> str:
    return json.dumps({**MINUTE, **facts})


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Every kind of file that only pretends, and the reason it must be given."""
    bomb = folder / "bomb.wav"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("call.wav", b"\0" * 50_000_000)
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n"
    return {
        "empty": (written(folder / "empty.wav", b""), "empty"),
        "truncated": (cut(wav(folder / "cut.wav", 20), keep=0.4), "truncated"),
        "text": (written(folder / "text.wav", "Dear Sir, the call is attached.\n" * 40), "not_audio"),
        "ten gigabytes": (liar(folder / "liar.wav", claims=10 * 2**30), "truncated"),
        "zip bomb": (bomb, "not_audio"),
        "playlist": (written(folder / "list.wav", playlist), "not_audio"),
        "hours of silence": (silence(folder / "silence.flac", hours=3), "silent"),
    }


@pytest.mark.parametrize(
    "kind", ["empty", "truncated", "text", "ten gigabytes", "zip bomb", "playlist", "hours of silence"]
)
def test_a_bad_file_is_kept_in_quarantine_with_a_reason_and_a_cure(
    hand_in: Any, clerk: Scope, tmp_path: Path, kind: str
) -> None:
    path, code = bad_files(tmp_path / "in" if (tmp_path / "in").mkdir() is None else tmp_path)[kind]
    arrival = hand_in(path, desk="rates")
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", code)
    assert len(arrival.reason.split()) > 4
    assert arrival.reason.endswith(".")
    assert arrival.cure
    row = Receipt.objects.get(pk=arrival.receipt)
    assert spool.place(row.sha256).read_bytes() == path.read_bytes()
    assert [item.id for item in quarantine(clerk)] == [arrival.receipt]
    assert Entry.objects.filter(action="quarantined", subject=f"receipt:{arrival.receipt}").count() == 1
    assert Recording.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        ({"seconds": 60.0}, "sidecar_contradicts", "1:00"),
        ({"left": "Ann", "right": "Bob"}, "sidecar_contradicts", "channel 2"),
        ({"bytes": 12}, "sidecar_contradicts", "12 bytes"),
        ({"hash": "0" * 64}, "sidecar_contradicts", "SHA-256"),
        ({"started": "2999-01-01T00:00:00Z"}, "start_impossible", "future"),
        ({"started": "1871-01-01T00:00:00Z"}, "start_impossible", "1871"),
        ({"started": "yesterday"}, "sidecar_incomplete", "yesterday"),
        ({"started": "2026-03-02T09:00:00"}, "sidecar_incomplete", "no offset"),
        ({"started": ""}, "sidecar_incomplete", "started"),
        ({"seconds": "soon"}, "sidecar_incomplete", "soon"),
        ({"way": "sideways"}, "sidecar_incomplete", "sideways"),
        ({"group": "X9"}, "unknown_desk", "X9"),
    ],
)
def test_a_sidecar_that_contradicts_itself_or_the_sound_sets_the_call_aside(
    hand_in: Any, tmp_path: Path, facts: dict[str, Any], code: str, says: str
) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), sidecar(**facts), source="box")
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", code)
    assert says in arrival.reason


@pytest.mark.parametrize(
    ("content", "source", "code"),
    [
        ('{"started": ', "box", "sidecar_unreadable"),
        ("[" * 100_000, "box", "sidecar_unreadable"),
        (b"\xff\xfe\x00", "box", "sidecar_unreadable"),
        ("", "box", "sidecar_unreadable"),
        ("<Call><Start>", "box2", "sidecar_unreadable"),
        (BOMB, "box2", "sidecar_unreadable"),
        ("{}", "unattributed", "sidecar_unrecognised"),
        (sidecar(), "nobody's recorder", "unknown_source"),
        (b" " * (9 * 2**20), "box", "sidecar_too_big"),
    ],
)
def test_a_sidecar_that_cannot_be_read_sets_the_call_aside(
    hand_in: Any, tmp_path: Path, content: str | bytes, source: str, code: str
) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), content, source=source)
    assert (arrival.outcome, arrival.reason_code) == ("quarantined", code)


def test_a_sidecar_that_failed_is_kept_verbatim(hand_in: Any, tmp_path: Path) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), '{"started": ', source="box")
    row = Receipt.objects.get(pk=arrival.receipt)
    assert bytes(row.sidecar) == b'{"started": '
    assert len(row.sidecar_sha256) == 64


def test_a_file_larger_than_is_allowed_is_put_on_record_and_not_kept(
    hand_in: Any, clerk: Scope, settings: Settings, tmp_path: Path
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, max_media_bytes=10_000)
    arrival = hand_in(wav(tmp_path / "a.wav"))
    assert arrival.reason_code == "too_big_to_keep"
    assert list(spool.contents()) == []
    with pytest.raises(Conflict):
        retry(scope=clerk, receipt=arrival.receipt)


def test_a_recording_longer_than_is_allowed_is_set_aside(
    hand_in: Any, settings: Settings, tmp_path: Path
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, max_media_seconds=2)
    assert hand_in(wav(tmp_path / "a.wav")).reason_code == "too_long"


def test_a_retry_reads_the_map_as_it_was_mended(
    hand_in: Any, clerk: Scope, box: Path, tmp_path: Path
) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), sidecar(group="X9"), source="box")
    box.write_text(SOURCES.replace('F = "fx"', 'F = "fx"\nX9 = "energy"'))
    again = retry(scope=clerk, receipt=arrival.receipt)
    assert again.outcome == "recorded"
    assert again.recording is not None
    assert call(clerk, again.recording).desk == "energy"
    assert Receipt.objects.get(pk=arrival.receipt).retries == 1
    assert Entry.objects.filter(action="retried", subject=f"receipt:{arrival.receipt}").count() == 1
    assert quarantine(clerk) == []


def test_a_retry_finds_a_desk_that_was_opened_since(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), desk="metals")
    assert arrival.reason_code == "unknown_desk"
    open_desk(scope=clerk, slug="metals", name="Metals")
    assert retry(scope=clerk, receipt=arrival.receipt).outcome == "recorded"


def test_a_person_may_say_what_a_broken_sidecar_did_not(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), "{", source="box")
    start = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    again = retry(scope=clerk, receipt=arrival.receipt, said=Said(desk="fx", started_at=start))
    assert again.recording is not None
    facts = call(clerk, again.recording)
    assert (facts.desk, facts.started_at, facts.started_by) == ("fx", start, "person")


def test_a_person_may_accept_what_is_cut_off_and_the_ledger_keeps_that_they_did(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    arrival = hand_in(cut(wav(tmp_path / "cut.wav", 20), keep=0.4), desk="rates")
    again = retry(scope=clerk, receipt=arrival.receipt, said=Said(accept=True))
    assert again.outcome == "recorded"
    detail = Entry.objects.get(action="retried").detail
    assert detail["was"] == "truncated"
    assert detail["said"]["accept"] is True


def test_accepting_does_not_make_sound_of_what_is_none(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    arrival = hand_in(written(tmp_path / "text.wav", "hello " * 100))
    again = retry(scope=clerk, receipt=arrival.receipt, said=Said(accept=True))
    assert (again.outcome, again.reason_code) == ("quarantined", "not_audio")


def test_what_is_withdrawn_keeps_bytes_and_record_and_can_be_brought_back(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    arrival = hand_in(wav(tmp_path / "a.wav"), desk="metals")
    with pytest.raises(Invalid):
        withdraw(scope=clerk, receipt=arrival.receipt, reason="  ")
    withdraw(scope=clerk, receipt=arrival.receipt, reason="A test call of the recorder's maker.")
    assert quarantine(clerk) == []
    assert [row.id for row in quarantine(clerk, withdrawn=True)] == [arrival.receipt]
    assert spool.place(Receipt.objects.get(pk=arrival.receipt).sha256).exists()
    assert Entry.objects.get(action="withdrawn").detail["reason"] == "A test call of the recorder's maker."
    assert retry(scope=clerk, receipt=arrival.receipt, said=Said(desk="fx")).outcome == "recorded"


def test_the_wall_between_desks_runs_through_quarantine(hand_in: Any, tmp_path: Path) -> None:
    arrival = hand_in(silence(tmp_path / "a.flac", hours=0.05), sidecar(group="R", seconds=180), source="box")
    stranger = combine("stranger", [("supervisor", "fx")])
    insider = combine("insider", [("supervisor", "rates")])
    assert [row.id for row in quarantine(insider)] == [arrival.receipt]
    assert quarantine(stranger) == []
    with pytest.raises(Hidden):
        retry(scope=stranger, receipt=arrival.receipt)
    with pytest.raises(Refused):
        retry(scope=insider, receipt=arrival.receipt, said=Said(desk="fx"))


def test_an_officer_does_not_see_the_quarantine(rates_officer: Scope) -> None:
    with pytest.raises(Refused):
        quarantine(rates_officer)


def test_a_start_in_the_future_cannot_be_said(hand_in: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        hand_in(wav(tmp_path / "a.wav"), started_at=now() + timedelta(hours=1))
    assert Receipt.objects.count() == 0


def test_bytes_that_come_again_with_a_sound_sidecar_settle_the_arrival_in_quarantine(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    path = wav(tmp_path / "a.wav")
    first = hand_in(path, "{", source="box")
    second = hand_in(path, sidecar(group="R"), source="box")
    assert second.outcome == "recorded"
    assert quarantine(clerk) == []
    row = Receipt.objects.get(pk=first.receipt)
    assert (row.outcome, row.recording_id, bytes(row.sidecar)) == ("duplicate", second.recording, b"{")
    assert Entry.objects.get(action="received").detail["settles"] == [str(first.receipt)]
