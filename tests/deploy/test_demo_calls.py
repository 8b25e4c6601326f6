"""The demo recordings are what recorders make, and scripts, sidecars and expectations tell one story."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from deploy.demo.real import REAL, read_real
from deploy.demo.script import CATEGORIES, HERE, Script, read_scripts
from deploy.demo.sidecars import sources
from deploy.demo.telephone import RATE, read_wav

CALLS = read_scripts()
EVERYTHING = [*CALLS, *read_real()]
SOURCES = sources()

each_call = pytest.mark.parametrize("script", CALLS, ids=lambda script: script.id)
each_recording = pytest.mark.parametrize("script", EVERYTHING, ids=lambda script: script.id)


def sidecar_of(script: Script) -> Path:
    return script.audio.with_name(script.id + SOURCES[script.source]["sidecar"])


def told(script: Script) -> Any:
    """A function from a declared path to what the sidecar says there, read as sources.toml documents it."""
    source = SOURCES[script.source]
    text = sidecar_of(script).read_text(encoding=source.get("encoding", "utf-8"))
    if source["format"] == "csv":
        (row,) = csv.DictReader(text.splitlines())
        return row.__getitem__
    if source["format"] == "xml":
        root = ET.fromstring(text)  # noqa: S314 - our own file
        return lambda path: _xml(root, path)
    document = json.loads(text)
    return lambda path: _json(document, path)


def _xml(root: ET.Element, path: str) -> str:
    parent, mark, attribute = path.rpartition("/@")
    if not mark:
        return root.findtext(path) or ""
    found = root.find(parent)
    return "" if found is None else found.get(attribute, "")


def _json(document: Any, path: str) -> str:
    for key in path.split("."):
        try:
            document = document[int(key) if key.isdigit() else key]
        except (KeyError, IndexError):
            return ""
    return str(document)


def started_at(script: Script) -> datetime:
    source, text = SOURCES[script.source], told(script)(SOURCES[script.source]["fields"]["started_at"])
    if source["time"] == "epoch_ms":
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if source["time"] == "iso8601":
        return datetime.fromisoformat(text).astimezone(UTC)
    return datetime.strptime(text, source["time"]).replace(tzinfo=ZoneInfo(source["zone"])).astimezone(UTC)


def seconds_told(script: Script) -> float:
    source, text = SOURCES[script.source], told(script)(SOURCES[script.source]["fields"]["duration"])
    if source["duration"] == "h:m:s":
        hours, minutes, seconds = map(int, text.split(":"))
        return hours * 3600.0 + minutes * 60 + seconds
    return float(text) / (1000 if source["duration"] == "milliseconds" else 1)


def seconds_of(script: Script) -> float:
    return len(read_wav(script.audio)[1][0]) / RATE


def test_there_are_enough_calls_and_misconduct_in_about_half_of_them() -> None:
    wrong = [script for script in CALLS if script.expects]
    assert len(CALLS) >= 12
    assert 0.4 <= len(wrong) / len(CALLS) <= 0.6
    assert {category for script in wrong for category in script.expects} == CATEGORIES


def test_every_desk_has_a_call_and_treasury_has_exactly_one() -> None:
    organisation = tomllib.loads((HERE / "organisation.toml").read_text(encoding="utf-8"))
    desks = Counter(script.desk for script in CALLS)
    assert set(desks) == {desk["slug"] for desk in organisation["desk"]}
    assert desks["treasury"] == 1


def test_the_demo_officer_may_not_see_treasury_and_no_password_is_written_down() -> None:
    text = (HERE / "organisation.toml").read_text(encoding="utf-8")
    people = {person["user"]: person for person in tomllib.loads(text)["person"]}
    assert people["officer"]["role"] == "officer"
    assert not {"treasury", "*"} & set(people["officer"]["desks"])
    assert {person["role"] for person in people.values()} == {
        "officer",
        "supervisor",
        "investigator",
        "records",
        "admin",
        "auditor",
        "privacy",
        "second_line",
    }
    assert not any("password" in person for person in people.values())


@each_call
def test_a_call_is_two_lanes_of_8_khz_g711_between_40_and_120_seconds(script: Script) -> None:
    encoding, lanes = read_wav(script.audio)
    assert (encoding, len(lanes)) == (script.encoding, 2)
    assert 40 <= len(lanes[0]) / RATE <= 120


def test_both_g711_laws_are_among_the_calls() -> None:
    assert {script.encoding for script in CALLS} == {"mulaw", "alaw"}


def test_the_recordings_stay_under_twelve_megabytes() -> None:
    assert sum(path.stat().st_size for path in HERE.rglob("*.wav")) <= 12_000_000


@each_recording
def test_nothing_clips_and_no_lane_is_silent(script: Script) -> None:
    for lane in read_wav(script.audio)[1]:
        frames = lane[: len(lane) // 160 * 160].reshape(-1, 160)
        loudness = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-6)
        assert np.abs(lane).max() < 0.8
        assert -32 < np.percentile(loudness, 95) < -8
        assert np.mean(loudness > -35) > 0.1, "a party is hardly heard"


@each_call
def test_the_last_word_is_not_cut_off(script: Script) -> None:
    end = np.concatenate([lane[-RATE // 4 :] for lane in read_wav(script.audio)[1]])
    assert 20 * np.log10(np.sqrt(np.mean(end**2))) < -35


@each_recording
def test_a_sidecar_tells_what_the_script_tells(script: Script) -> None:
    tell, source = told(script), SOURCES[script.source]
    assert tell(source["fields"]["external_id"]) == script.external_id
    assert started_at(script) == script.start
    assert abs(seconds_told(script) - seconds_of(script)) <= (1 if source["duration"] == "h:m:s" else 0.01)
    assert source["values"]["direction"][tell(source["fields"]["direction"])] == script.direction
    assert source["values"]["desk"][tell(source["fields"]["desk"])] == script.desk
    for channel, party in zip(source["channel"], script.parties, strict=False):
        assert [tell(channel[field]) for field in ("person", "number", "line", "employer")] == [
            party.name,
            party.number,
            party.line,
            party.employer,
        ]


def test_sidecars_come_in_four_formats_with_the_oddities_of_real_ones() -> None:
    formats = Counter(SOURCES[script.source]["format"] for script in CALLS)
    assert set(formats) == {"xml", "csv", "json", "vcon"}
    assert formats["vcon"] >= 2
    names = [party.name for script in CALLS for party in script.parties]
    assert any("," in name for name in names)
    assert any(not party.employer for script in CALLS for party in script.parties)


@each_recording
def test_a_hash_in_a_sidecar_is_the_recordings_hash(script: Script) -> None:
    document = sidecar_of(script).read_text(encoding="utf-8-sig")
    if SOURCES[script.source]["format"] == "json":
        assert hashlib.sha256(script.audio.read_bytes()).hexdigest() in document
    elif SOURCES[script.source]["format"] == "vcon":
        found = re.search(r'"sha512-([\w-]{86})"', document)
        assert found, "a vCon that refers to a file names its SHA-512"


def test_every_audio_file_has_a_script_and_a_sidecar_and_nothing_else_lies_about() -> None:
    audio = {script.audio for script in EVERYTHING}
    assert set(HERE.rglob("*.wav")) == audio
    beside = {path for folder in {script.audio.parent for script in CALLS} for path in folder.iterdir()}
    assert beside == {path for script in CALLS for path in (script.audio, sidecar_of(script))}


def test_expectations_are_those_of_the_scripts() -> None:
    listed = tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8"))["recording"]
    assert {row["id"]: row["categories"] for row in listed} == {
        script.id: list(script.expects) for script in EVERYTHING
    }
    assert {HERE / row["file"] for row in listed} == {script.audio for script in EVERYTHING}
    assert {row["external_id"]: row["source"] for row in listed} == {
        script.external_id: script.source for script in EVERYTHING
    }


@each_call
def test_both_parties_speak_and_no_turn_is_empty(script: Script) -> None:
    assert {turn.lane for turn in script.turns} == {0, 1}
    assert all(turn.say.strip() for turn in script.turns)
    assert any(before.lane != after.lane for before, after in pairwise(script.turns))


def test_the_real_voices_name_their_origin_and_licence() -> None:
    text = (REAL / "README.md").read_text(encoding="utf-8")
    assert "Allison Smith" in text
    assert "ShareAlike 3.0" in text
    assert len(list(REAL.glob("*.wav"))) >= 2
