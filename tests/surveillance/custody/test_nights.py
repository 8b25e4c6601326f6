"""A flipped byte in any place where something is kept is found in the night and named; what is away is said to be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from floor import Spoken, claim, indexed_again, receive_call, say, take_through
from pytest_django import Settings

from surveillance.access.scope import combine
from surveillance.archive.models import FixityCheck, Seal
from surveillance.archive.rota import coverage, due_tonight
from surveillance.archive.services import seal
from surveillance.archive.stores.configured import replica, store
from surveillance.assurance.models import Incident
from surveillance.audit.models import Entry
from surveillance.capture.models import Recording
from surveillance.core.clock import now
from surveillance.core.errors import Refused
from surveillance.custody.models import Night, Past
from surveillance.custody.night_selectors import nights
from surveillance.custody.nights import is_due, watch_the_night
from surveillance.indexing.backend import the_index, translated
from surveillance.indexing.models import IndexReceipt

CALL = Spoken(name="call", turns=((0, "push the okapi before noon"), (1, "very well then")))


@pytest.fixture
def recordings(desks: tuple[str, ...], settings: Settings, tmp_path: Path) -> list[UUID]:
    settings.EARSHOT = replace(settings.EARSHOT, replica="folder", replica_folder=tmp_path / "second")
    made = [
        take_through(tmp_path, "rates", replace(CALL, name=f"call-{nth}", pitch=200 + 40.0 * nth))
        for nth in range(3)
    ]
    assert wrong() == []
    return made


def wrong(**how: bool) -> list[dict[str, str]]:
    return list(Night.objects.get(pk=watch_the_night(whole=True, **how)).wrong)


def flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def in_store(recording: UUID) -> Path:
    path: Path = settings.EARSHOT.archive / Seal.objects.get(recording=recording).key
    return path


def in_replica(recording: UUID) -> Path:
    path: Path = settings.EARSHOT.replica_folder / Seal.objects.get(recording=recording).key
    return path


def in_index(statement: str, *values: object) -> None:
    with sqlite3.connect(settings.EARSHOT.home / "index.sqlite3") as index:
        index.execute(statement, values)


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def past_the_triggers(statement: str) -> None:
    """As a database administrator would: the trigger away, the deed, the trigger back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'custody_%'")
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(statement)
        for _, made in kept:
            cursor.execute(made)


def bent_words(recording: UUID) -> None:
    with sqlite3.connect(settings.EARSHOT.home / "index.sqlite3") as index:
        [(nth,)] = index.execute("SELECT id FROM recordings WHERE recording = ?", [str(recording)])
        index.execute("UPDATE spoken SET words = replace(words, 'okapi', 'tapir') WHERE rowid = ?", [nth])


HANDS: dict[str, tuple[Callable[[UUID], object], str, str]] = {
    "a native": (lambda one: flip(in_store(one)), "native", "changed"),
    "a native gone": (lambda one: in_store(one).unlink(), "native", "missing"),
    "a second copy": (lambda one: flip(in_replica(one)), "replica", "changed"),
    "a word in the index": (bent_words, "index", "changed"),
    "a recording out of the index": (
        lambda one: in_index("DELETE FROM recordings WHERE recording = ?", str(one)),
        "index",
        "not in the index",
    ),
    "a row of the words": (
        lambda one: past_the_triggers(
            "UPDATE transcription_version SET content = replace(content, 'A', 'B') "  # noqa: S608
            f"WHERE recording_id = '{one.hex}'"
        ),
        "rows",
        "differs",
    ),
    "a row of the parties": (
        lambda one: past_the_triggers(
            f"UPDATE capture_party SET person = 'X' WHERE channel = 0 AND recording_id = '{one.hex}'"  # noqa: S608
        ),
        "rows",
        "differs",
    ),
    "a row of the history": (
        lambda one: Past.objects.filter(recording=one, kind="capture.Party").update(state={"person": "X"}),
        "past",
        "changed",
    ),
    "a key": (
        lambda one: sql(f"DELETE FROM archive_datakey WHERE recording = '{one.hex}'"),  # noqa: S608
        "native",
        "unreadable",
    ),
}


@pytest.mark.parametrize("hand", HANDS)
def test_what_a_hand_changes_is_found_in_the_night_and_named(recordings: list[UUID], hand: str) -> None:
    deed, kind, what = HANDS[hand]
    deed(recordings[1])
    found = wrong()
    assert any(
        one["kind"] == kind and what in one["what"] and str(recordings[1]) in one["where"] for one in found
    ), found
    named = {str(recording) for recording in recordings if str(recording) in json.dumps(found)}
    assert named == {str(recordings[1])}
    incident = Incident.objects.get(kind=f"fixity {kind}", closed_at__isnull=True)
    assert str(recordings[1]) in json.dumps(incident.detail)


def test_what_lies_in_the_store_unsealed_and_what_the_index_alone_knows_is_named(
    recordings: list[UUID],
) -> None:
    (in_store(recordings[0]).parent / "stray").write_bytes(b"?")
    in_index("UPDATE recordings SET recording = ? WHERE recording = ?", str(UUID(int=7)), str(recordings[0]))
    kinds = {(one["kind"], one["what"]) for one in wrong()}
    assert ("stray", "no seal knows it") in kinds
    assert ("index", "is in the index alone") in kinds


def test_what_the_replica_lacks_is_copied_and_a_changed_native_is_not(
    recordings: list[UUID], tmp_path: Path
) -> None:
    second = replica()
    assert second is not None
    assert set(second.keys("natives/")) == set(store().keys("natives/"))
    for one in recordings[:2]:
        for path in (in_replica(one), in_replica(one).with_name(in_replica(one).name + ".lock")):
            path.unlink()
    flip(in_store(recordings[0]))
    found = wrong()
    assert {"native", "replica"} <= {one["kind"] for one in found} <= {"native", "replica", "restore"}
    assert Night.objects.first().copied == 1  # type: ignore[union-attr]
    assert in_replica(recordings[1]).exists()
    assert not in_replica(recordings[0]).exists()


def test_the_rota_reads_every_native_within_its_days(recordings: list[UUID]) -> None:
    FixityCheck.objects.all().delete()
    Seal.objects.update(sealed_at=now() - timedelta(days=2))
    read: list[UUID] = []
    for _ in range(3):
        due = due_tonight(days=3)
        assert len(due) == 1
        read += due
        FixityCheck.objects.create(
            seal=Seal.objects.get(recording=due[0]), at=now(), outcome="sound", found_sha256=""
        )
    assert set(read) == set(recordings)
    assert len(due_tonight(days=1)) == 3
    assert len(due_tonight(days=1, most_bytes=1)) == 1
    FixityCheck.objects.filter(seal__recording=recordings[0]).update(at=now() - timedelta(days=40))
    told = coverage(days=30)
    assert (told.natives, told.overdue) == (3, 1)
    assert sum(many for _, many in told.bars) == 3


def test_a_store_that_is_away_is_skipped_and_said(
    recordings: list[UUID], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EARSHOT = replace(
        settings.EARSHOT,
        replica="s3",
        replica_s3_endpoint="127.0.0.1:9",
        replica_s3_access_key="x",
        replica_s3_secret_key="y",
        s3_secure=False,
    )
    watch_the_night()
    night = Night.objects.first()
    assert night is not None
    assert any("replica" in one and "does not answer" in one for one in night.skipped)
    assert night.wrong == []


def test_the_command_says_it_in_words_and_fails_where_something_is_wrong(recordings: list[UUID]) -> None:
    out = StringIO()
    call_command("fixity", "--all", stdout=out)
    assert "nothing was wrong" in out.getvalue()
    flip(in_store(recordings[0]))
    out = StringIO()
    with pytest.raises(CommandError, match="not as they should be"):
        call_command("fixity", "--all", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert not told["sound"]
    assert Entry.objects.filter(action="restore drill").count() == 3


def test_one_night_a_day_and_only_for_those_who_prove(recordings: list[UUID]) -> None:
    assert not is_due()
    Night.objects.update(began_at=now() - timedelta(hours=21))
    assert is_due()
    assert nights(combine("records", [("records", "rates")]))[0].sound
    with pytest.raises(Refused):
        nights(combine("officer", [("officer", "rates")]))


def test_drills_and_what_is_on_its_way_are_no_finding(recordings: list[UUID], tmp_path: Path) -> None:
    Recording.objects.filter(pk=recordings[1]).update(drill=True)
    indexed_again(recordings[1])  # into the index of the drills
    with translated():
        the_index().remove([str(recordings[1])])
    IndexReceipt.objects.filter(recording=recordings[1], index="sqlite").delete()
    on_its_way = receive_call(tmp_path, "rates", replace(CALL, name="late", pitch=888.0))
    seal(claim(on_its_way, "archive"))
    say(on_its_way, CALL)
    say(recordings[0], replace(CALL, turns=((0, "heard anew"), (1, "and not indexed yet"))), "script-2")
    assert wrong() == []
