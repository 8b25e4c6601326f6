"""A recording arrives: its facts, its parties, its receipts; the same bytes twice; names that mean harm."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import soundfile
from django.db import connection
from sounds import wav

from surveillance.access.scope import Scope, combine, program
from surveillance.audit.models import Entry
from surveillance.audit.walk import bends
from surveillance.capture import spool
from surveillance.capture.models import Receipt, Recording
from surveillance.capture.selectors import arrival, call, calls, desk_of, speakers, visible
from surveillance.capture.services import Sidecar, receive
from surveillance.core.errors import Hidden, Invalid, Missing, Refused

TURRET = """<Recording><Header CallReference="T-1"><StartTime>2026-03-02T10:00:00+01:00</StartTime>
<DurationMs>3000</DurationMs><Direction>I</Direction></Header><Desk code="LDN-STIR"/>
<Leg channel="L"><Appearance>Line 4</Appearance><Firm>Calder Vale</Firm>
<Party><Name>Ann Lee</Name><CLI>+44 1</CLI></Party></Leg>
<Leg channel="R"><Firm>Elsewhere</Firm><Party><Name>Bob Ray</Name><CLI>+44 2</CLI></Party></Leg></Recording>"""
BOARD = (
    "Call ID,Start,Length,Dir,Desk,Ch1 Name,Ch1 Number,Ch1 Line,Ch1 Firm,Ch2 Name,Ch2 Number,Ch2 Line,Ch2 Firm\n"
    "D-1,05/07/2026 10:00:00,0:00:03,OUT,FX,Ann Lee,+441,L1,Calder,Bob Ray,+442,,\n"
)


def test_a_turret_call_is_taken_in_with_everything_its_sidecar_tells(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    path = wav(tmp_path / "t-1.wav", channels=2)
    got = hand_in(path, TURRET, source="turret", ending=".xml")
    facts = call(clerk, got.recording)
    assert (facts.desk, facts.direction, facts.source, facts.external_id) == (
        "rates",
        "inbound",
        "turret",
        "T-1",
    )
    assert facts.started_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert facts.started_by == "sidecar"
    assert (facts.channels, facts.sample_rate, facts.duration) == (2, 8000, 3.0)
    assert facts.people == ("Ann Lee", "Bob Ray")
    assert [(p.channel, p.person, p.number, p.line, p.employer) for p in facts.parties] == [
        (0, "Ann Lee", "+44 1", "Line 4", "Calder Vale"),
        (1, "Bob Ray", "+44 2", "", "Elsewhere"),
    ]
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert speakers(facts.id) == {0: "Ann Lee", 1: "Bob Ray"}
    assert desk_of(facts.id) == "rates"


def test_wall_clock_time_is_read_in_the_zone_of_the_building(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    got = hand_in(
        wav(tmp_path / "a.wav", channels=2), BOARD.encode("utf-8-sig"), source="dealerboard", ending=".csv"
    )
    facts = call(clerk, got.recording)
    assert facts.started_at == datetime(2026, 7, 5, 9, 0, tzinfo=UTC)
    assert (facts.desk, facts.direction) == ("fx", "outbound")


def test_the_source_is_told_by_the_sidecar_where_nobody_names_it(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    got = hand_in(wav(tmp_path / "a.wav", channels=2), TURRET, ending=".xml")
    assert call(clerk, got.recording).source == "turret"


def test_a_plain_vcon_needs_no_map(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    path = wav(tmp_path / "v.wav", channels=2)
    coded = base64.urlsafe_b64encode(hashlib.sha512(path.read_bytes()).digest()).decode().rstrip("=")
    vcon = {
        "vcon": "0.3.0",
        "uuid": "0195",
        "parties": [{"tel": "+1", "name": "Nobody"}, {"tel": "+2", "name": "Ann"}, {"name": "Bob"}],
        "dialog": [
            {
                "start": "2026-03-02T09:00:00Z",
                "duration": 3,
                "parties": [2, 1],
                "content_hash": f"sha512-{coded}",
            }
        ],
    }
    got = hand_in(path, json.dumps(vcon), ending=".vcon.json")
    facts = call(clerk, got.recording)
    assert (facts.source, facts.people, facts.desk) == ("vcon", ("Bob", "Ann"), "unassigned")
    vcon["dialog"][0]["content_hash"] = f"sha512-{coded[::-1]}"  # type: ignore[index]
    other = hand_in(wav(tmp_path / "w.wav", channels=2, pitch=300), json.dumps(vcon), ending=".vcon.json")
    assert other.reason_code == "sidecar_contradicts"


def test_a_file_without_a_sidecar_belongs_to_no_desk_and_says_what_its_start_rests_on(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    path = wav(tmp_path / "a.wav")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    facts = call(clerk, hand_in(path).recording)
    assert (facts.desk, facts.started_by) == ("unassigned", "file time")
    assert facts.started_at == datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize("ending", ["flac", "ogg", "mp3"])
def test_other_containers_are_taken_in_as_they_are(
    hand_in: Any, clerk: Scope, tmp_path: Path, ending: str
) -> None:
    sound, rate = soundfile.read(wav(tmp_path / "a.wav", channels=2))
    soundfile.write(tmp_path / f"a.{ending}", sound, rate)
    facts = call(clerk, hand_in(tmp_path / f"a.{ending}").recording)
    assert facts.channels == 2
    assert spool.place(facts.sha256).read_bytes() == (tmp_path / f"a.{ending}").read_bytes()


def test_four_channels_are_four(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    assert call(clerk, hand_in(wav(tmp_path / "a.wav", channels=4)).recording).channels == 4


def test_the_same_bytes_twice_are_one_recording_with_two_receipts_and_both_sidecars(
    hand_in: Any, clerk: Scope, tmp_path: Path
) -> None:
    path = wav(tmp_path / "a.wav", channels=2)
    first = hand_in(path, TURRET, source="turret", ending=".xml")
    second = hand_in(path, TURRET.replace("T-1", "T-2"), source="turret", ending=".xml", name="copy.wav")
    assert (first.outcome, second.outcome) == ("recorded", "duplicate")
    assert first.recording == second.recording
    facts = call(clerk, first.recording)
    assert [row.name for row in facts.receipts] == ["a.wav", "copy.wav"]
    assert facts.receipts[0].sidecar_sha256 != facts.receipts[1].sidecar_sha256
    kept = [bytes(row.sidecar).decode() for row in Receipt.objects.order_by("received_at")]
    assert kept == [TURRET, TURRET.replace("T-1", "T-2")]


def test_the_same_bytes_from_six_doors_at_once_are_one_recording(
    lasting_desks: tuple[str, ...], tmp_path: Path
) -> None:
    path = wav(tmp_path / "a.wav", 20, channels=2)
    together, outcomes = threading.Barrier(6), []

    def door(number: int) -> None:
        together.wait()
        try:
            got = receive(
                scope=program(f"door-{number}"),
                source="turret",
                path=path,
                name=f"{number}.wav",
                sidecar=Sidecar(name="a.xml", content=TURRET.replace("3000", "20000").encode())
                if number
                else None,
            )
            outcomes.append(got.outcome)
        finally:
            connection.close()

    doors = [threading.Thread(target=door, args=(number,)) for number in range(6)]
    for thread in doors:
        thread.start()
    for thread in doors:
        thread.join()
    assert sorted(outcomes) == ["duplicate"] * 5 + ["recorded"]
    assert Recording.objects.count() == 1
    assert Receipt.objects.count() == 6
    assert list(bends()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/x.wav",
        "..\\..\\boot.wav",
        "/etc/passwd",
        "a\x00b.wav",
        "\n\r.wav",
        "",
        "x" * 5000 + ".wav",
        "..",
    ],
)
def test_a_hostile_name_is_only_ever_shown(hand_in: Any, clerk: Scope, tmp_path: Path, name: str) -> None:
    before = set(tmp_path.rglob("*"))
    got = hand_in(wav(tmp_path / "a.wav"), name=name)
    facts = call(clerk, got.recording)
    assert "/" not in facts.name
    assert "\\" not in facts.name
    assert 0 < len(facts.name) <= 255
    assert facts.name.isprintable()
    made = {
        path for path in set(tmp_path.rglob("*")) - before if path.is_file() and path != tmp_path / "a.wav"
    }
    home = tmp_path / "home"
    assert made
    assert all(home in path.parents for path in made)


def test_a_link_or_a_pipe_in_the_place_of_a_file_is_not_followed(hand_in: Any, tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(wav(tmp_path / "a.wav"))
    os.mkfifo(tmp_path / "pipe.wav")
    for name in ("link.wav", "pipe.wav"):
        with pytest.raises(Invalid):
            hand_in(tmp_path / name)
    with pytest.raises(Missing):
        hand_in(tmp_path / "nothing.wav")
    assert Receipt.objects.count() == 0


def test_a_recorder_hands_in_for_its_own_desk_only(hand_in: Any, tmp_path: Path) -> None:
    recorder = combine("recorder", [("service", "fx")])
    with pytest.raises(Refused):
        hand_in(wav(tmp_path / "a.wav"), scope=recorder, desk="rates")
    told = hand_in(
        wav(tmp_path / "b.wav", channels=2), TURRET, source="turret", ending=".xml", scope=recorder
    )
    assert (told.outcome, told.reason_code) == ("quarantined", "desk_refused")
    silent = hand_in(wav(tmp_path / "c.wav", pitch=300), scope=recorder)
    assert desk_of(silent.recording) == "fx"


def test_who_may_not_capture_hands_nothing_in(hand_in: Any, rates_officer: Scope, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        hand_in(wav(tmp_path / "a.wav"), scope=rates_officer)
    assert Receipt.objects.count() == 0


def test_everything_that_happened_stands_in_the_ledger(hand_in: Any, tmp_path: Path) -> None:
    got = hand_in(wav(tmp_path / "a.wav"), desk="fx")
    hand_in(tmp_path / "a.wav", desk="fx")
    acts = list(Entry.objects.exclude(action="desk opened").values_list("actor", "action", "subject"))
    assert ("program:clerk", "arrived", f"receipt:{got.receipt}") in acts
    assert ("program:clerk", "received", f"recording:{got.recording}") in acts
    assert ("program:clerk", "received again", f"recording:{got.recording}") in acts
    assert list(bends()) == []


def test_a_call_is_seen_on_its_desk_and_hidden_from_every_other(
    hand_in: Any, tmp_path: Path, rates_officer: Scope, fx_officer: Scope
) -> None:
    got = hand_in(wav(tmp_path / "a.wav"), desk="rates")
    assert [row.id for row in calls(rates_officer).rows] == [got.recording]
    assert visible(rates_officer, [got.recording]) == {got.recording}
    assert calls(fx_officer).total == 0
    assert visible(fx_officer, [got.recording]) == set()
    with pytest.raises(Hidden) as hidden:
        call(fx_officer, got.recording)
    with pytest.raises(Missing) as missing:
        call(fx_officer, UUID(int=7))
    assert str(hidden.value) == str(missing.value)
    with pytest.raises(Hidden):
        arrival(fx_officer, got.receipt)


def test_calls_are_found_by_person_desk_and_day(hand_in: Any, clerk: Scope, tmp_path: Path) -> None:
    hand_in(wav(tmp_path / "a.wav", channels=2), TURRET, source="turret", ending=".xml")
    hand_in(wav(tmp_path / "b.wav", pitch=300), desk="fx", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert calls(clerk).total == 2
    assert calls(clerk, person="bob").total == 1
    assert calls(clerk, person="+44 1").total == 1
    assert calls(clerk, desk="fx").total == 1
    assert calls(clerk, since=datetime(2026, 2, 1, tzinfo=UTC)).total == 1
    assert calls(clerk, until=datetime(2026, 2, 1, tzinfo=UTC), page=9).page == 1
