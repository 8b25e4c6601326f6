"""The record as it stood at any time is the same bytes whenever it is asked for; a changed past is named."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from floor import CLERK, Spoken, receive_call, say, screened_again, take_through, write_policies

from surveillance.access.scope import Scope, combine, program
from surveillance.archive.keys import Shredded, shred
from surveillance.audit.models import Entry
from surveillance.capture.models import Party, Recording
from surveillance.core.clock import now
from surveillance.core.errors import Hidden, Invalid, Missing, Refused
from surveillance.custody import triggers
from surveillance.custody.forgetting import forget
from surveillance.custody.models import Past, PastSeal
from surveillance.custody.sealing import astray, bends, live_rows, seal_past
from surveillance.custody.selectors import as_record, became, record_as_of
from surveillance.custody.tables import TRACKED
from surveillance.review.services import decide
from surveillance.transcription.models import Version

OKAPI = Spoken(name="okapi", turns=((0, "push the okapi before noon"), (1, "very well")))
PROVER = combine("prover", [("records", "rates")])


@pytest.fixture
def recording(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi*")])
    return take_through(tmp_path, "rates", OKAPI)


def as_it_stands(recording: UUID) -> bytes:
    """The record from the tables themselves, not from their past."""
    rows: dict[str, dict[str, dict[str, object]]] = {}
    for (kind, key), state in live_rows(recording):
        rows.setdefault(kind, {})[key] = json.loads(state)
    return as_record(recording, now(), rows).content()


def a_moment() -> datetime:
    """A time that no row shares: SQLite keeps thousandths of a second."""
    time.sleep(0.003)
    at = now()
    time.sleep(0.003)
    return at


def test_each_time_gives_the_record_that_stood_then_byte_for_byte(recording: UUID, tmp_path: Path) -> None:
    deeds: list[Callable[[], object]] = [
        lambda: say(
            recording, replace(OKAPI, turns=((0, "push the okapi after noon"), (1, "well"))), "script-2"
        ),
        lambda: screened_again(recording),
        lambda: decide(
            scope=combine("officer", [("officer", "rates")]),
            recording=recording,
            action="coach",
            reason="Seen.",
        ),
        lambda: write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/4 okapi*")]),
        lambda: Party.objects.filter(recording=recording, channel=1).update(person="Bea Birch"),
        lambda: Party.objects.filter(recording=recording, channel=0).delete(),
    ]
    stood = [(a_moment(), as_it_stands(recording))]
    for deed in deeds:
        deed()
        stood.append((a_moment(), as_it_stands(recording)))
    assert len({content for _, content in stood}) == len(deeds) + 1
    for at, content in stood:
        told = record_as_of(PROVER, recording, at)
        assert told.content() == content
        assert told.native_sha256 == Recording.objects.get(pk=recording).sha256
    first, last = (record_as_of(PROVER, recording, at) for at in (stood[0][0], stood[-1][0]))
    assert [len(record.words) for record in (first, last)] == [1, 2]
    assert "before" in json.dumps(first.words[0]["content"])
    assert (len(first.rows["capture.Party"]), len(last.rows["capture.Party"])) == (2, 1)
    assert first.policies != last.policies


def test_many_records_are_rebuilt_at_three_times(desks: tuple[str, ...], tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi*")])
    recordings = [
        take_through(tmp_path, "rates", replace(OKAPI, name=f"call-{nth}", pitch=200.0 + 31 * nth))
        for nth in range(6)
    ]
    stood = {}
    for again in range(3):
        for recording in recordings:
            if again:
                say(recording, OKAPI, f"script-{again + 1}")
        at = a_moment()
        stood |= {(recording, at): as_it_stands(recording) for recording in recordings}
    for (recording, at), content in stood.items():
        assert record_as_of(PROVER, recording, at).content() == content


def test_a_hand_on_the_database_writes_history_too(recording: UUID) -> None:
    before = a_moment()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE capture_party SET person = 'Nobody' WHERE channel = 0")
    told = became(PROVER, recording)[0]
    assert (told.thing, told.deed, told.fields) == ("party", "changed", ("person",))
    people = {row["person"] for row in record_as_of(PROVER, recording, before).rows["capture.Party"].values()}
    assert people == {"Ann Alder", "Ben Birch"}


def test_a_hand_that_puts_the_triggers_away_first_is_found(recording: UUID) -> None:
    assert list(astray(recording)) == []
    with connection.cursor() as cursor:
        cursor.execute('DROP TRIGGER "custody_capture_party_update"')
        cursor.execute("UPDATE capture_party SET person = 'Nobody' WHERE channel = 0")
    [bend] = astray(recording)
    assert (bend.where.split()[0], bend.what) == ("capture.Party", "differs")
    assert triggers.missing() == {"custody_capture_party_update"}
    triggers.after_migrations(using="default", plan=[])
    assert not triggers.missing()


def test_a_changed_deleted_or_slipped_in_row_of_the_past_is_named(recording: UUID, tmp_path: Path) -> None:
    assert seal_past() == Past.objects.count()
    assert seal_past() == 0
    take_through(tmp_path, "rates", replace(OKAPI, name="other", pitch=500.0))
    assert seal_past() > 0
    assert list(bends()) == []
    party = Past.objects.filter(kind="capture.Party", recording=recording).first()
    assert party is not None
    Past.objects.filter(pk=party.pk).update(state={**party.state, "person": "Nobody"})
    [bend] = bends()
    assert (bend.what, str(recording) in bend.where) == ("was changed since", True)
    Past.objects.filter(pk=party.pk).update(state=party.state, at=party.at - timedelta(days=1))
    assert [bend.what for bend in bends()] == ["was changed since"]
    Past.objects.filter(pk=party.pk).delete()
    assert [bend.what for bend in bends()] == ["is gone, and no disposal took it"]
    party.save()
    assert list(bends()) == []
    seal = PastSeal.objects.order_by("-last")[0]
    leaves = [*seal.leaves[:-1], [seal.last, "0" * 64]]
    PastSeal.objects.filter(pk=seal.pk).update(leaves=leaves)
    assert "its seal is not the one in the ledger" in {bend.what for bend in bends()}
    PastSeal.objects.filter(pk=seal.pk).delete()
    assert "its seal is gone" in {bend.what for bend in bends()}


def test_a_disposal_takes_the_past_along_and_leaves_a_gap_with_a_reason(recording: UUID) -> None:
    seal_past()
    forget(recording)
    assert not Past.objects.filter(recording=recording).exists()
    assert list(bends()) == []


def test_a_destroyed_key_closes_the_past(recording: UUID) -> None:
    assert "okapi" not in json.dumps(
        [row.state for row in Past.objects.filter(kind="transcription.Version", recording=recording)]
    )
    shred(recording=recording, actor="user:records")
    with pytest.raises(Shredded):
        record_as_of(PROVER, recording, now())


def test_who_may_prove_and_when(recording: UUID, rates_officer: Scope) -> None:
    with pytest.raises(Refused):
        record_as_of(rates_officer, recording, now())
    with pytest.raises(Hidden):
        record_as_of(combine("other", [("records", "fx")]), recording, now())
    with pytest.raises(Missing, match="no such recording yet"):
        record_as_of(PROVER, recording, now() - timedelta(days=1))
    with pytest.raises(Invalid, match="ahead"):
        record_as_of(PROVER, recording, now() + timedelta(hours=1))


def test_rows_of_before_the_triggers_are_taken_in(desks: tuple[str, ...], tmp_path: Path) -> None:
    recording = receive_call(tmp_path, "rates", OKAPI)
    Past.objects.all().delete()
    assert triggers.catch_up() > 0
    assert triggers.catch_up() == 0
    assert record_as_of(program("test"), recording, now()).content() == as_it_stands(recording)


# What points at a recording and is no part of its record, and why not.
APART = {
    "capture.Progress": "how far it is on its way",
    "capture.Wall": "who may not see it, made from names",
    "archive.FixityCheck": "a proof of the record",
    "transcription.Tokens": "made from the words",
    "indexing.IndexReceipt": "where its words are findable",
    "assurance.DrillRun": "scripted, no real call",
    "changes.Outcome": "a trial over the archive",
    "review.Listening": "who heard it stands in the ledger",
    "review.Play": "who heard it stands in the ledger",
    "sampling.Drawn": "a sample's own record",
    "learning.Label": "made from decisions",
    "learning.Shadow": "a trial beside the reader",
    "retention.StoreHold": "the store's echo of a hold",
}


def test_whatever_points_at_a_recording_is_tracked_or_stands_apart_with_a_reason() -> None:
    pointing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Recording
    }
    tracked = {one.label for one in TRACKED}
    assert pointing - tracked == APART.keys() & pointing
    assert not APART.keys() & tracked


def test_the_command_writes_sound_record_and_manifest(recording: UUID, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call_command("record_as_of", str(recording), out=out)
    told = json.loads((out / "record.json").read_text())
    assert told["recording"] == str(recording)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["files"]["native"]["sha256"] == Recording.objects.get(pk=recording).sha256
    assert (out / manifest["files"]["native"]["name"]).read_bytes()[:4] == b"RIFF"
    assert Entry.objects.filter(action="record re-created", subject=f"recording:{recording}").exists()
    assert Version.objects.count() == 1
    assert settings.EARSHOT.encryption
    assert CLERK is not None
