"""The ledger: nothing in it can be bent without being found, and nothing anyone types keeps an act off it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.audit.checkpoints import witnessed
from surveillance.audit.merkle import Edge, is_consistent, is_included
from surveillance.audit.models import Entry, Head
from surveillance.audit.notes import read_note
from surveillance.audit.selectors import Filter, acts_upon, entries, growth, proof, subtree
from surveillance.audit.services import checkpoint, note_kept, record
from surveillance.audit.walk import FIELDS, bends, the_signer
from surveillance.audit.writing import leaf_of
from surveillance.core.errors import Missing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def written() -> None:
    for number in range(1, 8):
        record(
            actor="odile",
            action="viewed",
            subject=f"recording:{number}",
            detail={"page": number, "query": "libor"},
        )


def sql(text: str, *values: object) -> None:
    """What an administrator of the database could do behind our back."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def renumber() -> None:
    sql("UPDATE audit_entry SET sequence = 900 WHERE sequence = 3")
    sql("UPDATE audit_entry SET sequence = 3 WHERE sequence = 4")
    sql("UPDATE audit_entry SET sequence = 4 WHERE sequence = 900")


def insert(sequence: int) -> None:
    sql(
        "INSERT INTO audit_entry (sequence, at, actor, action, subject, detail, rows, leaf) "
        "SELECT %s, at, actor, action, subject, detail, rows, %s FROM audit_entry WHERE sequence = 5",
        sequence,
        "f" * 64,
    )


def replace_by_forgery() -> None:
    """Entry 4 goes, and a forged one with a digest of its own takes its place."""
    sql("DELETE FROM audit_entry WHERE sequence = 4")
    insert(4)


def test_an_untouched_ledger_has_no_bend() -> None:
    assert list(bends()) == []


BENDS: list[tuple[str, Callable[[], object], int]] = [
    ("actor edited", lambda: sql("UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 4"), 4),
    ("action edited", lambda: sql("UPDATE audit_entry SET action = 'played' WHERE sequence = 4"), 4),
    ("subject edited", lambda: sql("UPDATE audit_entry SET subject = 'recording:9' WHERE sequence = 4"), 4),
    ("detail edited", lambda: sql("UPDATE audit_entry SET detail = '{}' WHERE sequence = 4"), 4),
    ("time edited", lambda: sql("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE sequence = 4"), 4),
    ("deleted in the middle", lambda: sql("DELETE FROM audit_entry WHERE sequence = 4"), 4),
    ("first deleted", lambda: sql("DELETE FROM audit_entry WHERE sequence = 1"), 1),
    ("end cut off", lambda: sql("DELETE FROM audit_entry WHERE sequence >= 6"), 6),
    ("everything cut off", lambda: sql("DELETE FROM audit_entry"), 1),
    ("two in another order", renumber, 3),
    ("one added at the end", lambda: insert(8), 8),
    ("one added before the first", lambda: insert(0), 0),
    ("one replaced", replace_by_forgery, 4),
    ("the head removed", lambda: sql("DELETE FROM audit_head"), 8),
]


@pytest.mark.parametrize(("bend", "place"), [(b, p) for _, b, p in BENDS], ids=[name for name, _, _ in BENDS])
def test_whatever_is_bent_is_found_where_it_was_bent(bend: Callable[[], object], place: int) -> None:
    bend()
    found = list(bends())
    assert found, "nothing was noticed"
    assert found[0].sequence == place


def rewrite(sequence: int) -> None:
    """An entry with other words, and the leaf that fits them."""
    row = Entry.objects.values(*FIELDS).get(sequence=sequence)
    forged = leaf_of({**row, "actor": "nobody"}).hex()
    sql("UPDATE audit_entry SET actor = 'nobody', leaf = %s WHERE sequence = %s", forged, sequence)


def rewrite_everything_from(sequence: int) -> None:
    """All that the database holds, made to fit: entry, edge, tiles."""
    rewrite(sequence)
    edge = Edge()
    for leaf in Entry.objects.order_by("sequence").values_list("leaf", flat=True):
        edge = edge.grown(bytes.fromhex(leaf))
    sql("UPDATE audit_head SET edge = %s", json.dumps([root.hex() for root in edge.roots]))


@pytest.mark.parametrize("sequence", [1, 4, 7])
def test_an_edit_with_a_matching_new_leaf_is_found_by_the_head(sequence: int) -> None:
    rewrite(sequence)
    [bend] = bends()
    assert bend.why == "among entries 1 to 7 is one that was not written by Earshot"


def test_a_ledger_rewritten_whole_is_found_by_the_signed_checkpoint() -> None:
    checkpoint()
    record(actor="odile", action="viewed")
    rewrite_everything_from(4)
    [bend] = bends()
    assert bend.why == "among entries 1 to 7 is one that the checkpoint in the database at 7 has not signed"


def test_a_ledger_rewritten_with_its_checkpoints_is_found_by_what_lies_locked_away_row_by_row() -> None:
    made = checkpoint()
    assert made is not None
    note_kept(size=made.size)
    locked = witnessed(made.objects, the_signer().public)
    rewrite_everything_from(4)
    sql("DELETE FROM audit_checkpoint")
    assert list(bends()) == []  # the database alone tells nothing any more
    found = list(bends(locked))
    assert (found[0].sequence, found[0].why) == (
        4,
        "is not the entry whose hash lies locked away in the store",
    )
    assert [bend.why for bend in found[1:]] == [
        "among entries 1 to 7 is one that the checkpoint locked away in the store at 7 has not signed",
        "the checkpoint at 7 lies in the store and is gone from the database",
    ]


def test_a_ledger_cut_off_with_everything_that_knew_its_end_is_found_by_the_store() -> None:
    made = checkpoint()
    assert made is not None
    locked = witnessed(made.objects, the_signer().public)
    sql("DELETE FROM audit_entry WHERE sequence > 3")
    rewrite_everything_from(3)
    sql("UPDATE audit_head SET sequence = 3")
    sql("DELETE FROM audit_checkpoint")
    assert any("its end was cut off" in bend.why or "cut off" in bend.why for bend in bends(locked))


def test_a_forged_checkpoint_is_found() -> None:
    checkpoint()
    sql("UPDATE audit_checkpoint SET note = replace(note, 'earshot', 'elsewhere')")
    assert [bend.why for bend in bends()] == ["the checkpoint at 7 was forged or changed"]


def test_an_entry_written_with_a_clock_set_back_is_told() -> None:
    with patch("surveillance.audit.services.now", lambda: datetime(2020, 1, 1, tzinfo=UTC)):
        record(actor="odile", action="viewed")
    [bend] = bends()
    assert bend.sequence == 8
    assert bend.why.startswith("is dated 2020-01-01")


def test_every_entry_of_a_long_ledger_has_its_proof() -> None:
    for number in range(600):
        record(actor="odile", action="viewed", subject=f"recording:{number}")
    assert checkpoint() is not None
    record(actor="odile", action="viewed")
    public = the_signer().public
    for sequence in (1, 2, 255, 256, 257, 511, 512, 513, 600, 607):
        told = proof(sequence)
        signed = read_note(told.note, public)
        path = [bytes.fromhex(step) for step in told.path]
        assert signed.root.hex() == told.root
        assert is_included(bytes.fromhex(told.leaf), sequence - 1, told.size, path, signed.root)
    old = [bytes.fromhex(step) for step in growth(300, 608)]
    assert is_consistent(300, 608, old, subtree(0, 300), subtree(0, 608))
    with pytest.raises(Missing):
        proof(608)
    assert list(bends()) == []


def test_an_entry_dies_with_the_deed_it_belongs_to() -> None:
    class DiskFull(Exception):
        pass

    @transaction.atomic
    def deed() -> None:
        record(actor="odile", action="decided", subject="alert:1")
        raise DiskFull

    with pytest.raises(DiskFull):
        deed()
    assert not Entry.objects.filter(action="decided").exists()
    assert list(bends()) == []
    assert record(actor="odile", action="decided", subject="alert:1") == 8


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    actor=st.text(max_size=200),
    subject=st.text(max_size=250),
    detail=st.dictionaries(
        st.text(max_size=20), st.text(max_size=40) | st.integers() | st.none(), max_size=4
    ),
)
def test_nothing_that_anyone_types_keeps_an_act_off_the_record(
    actor: str, subject: str, detail: dict[str, object]
) -> None:
    number = record(actor=actor, action="searched", subject=subject, detail=detail)
    assert Entry.objects.get(sequence=number).action == "searched"
    assert list(bends()) == []


@pytest.mark.parametrize("text", ["nul \0 inside", "half a surrogate \ud800", "an emoji 📞 whole"])
def test_characters_a_database_refuses_are_replaced_and_the_rest_kept(text: str) -> None:
    number = record(actor="odile", action="searched", detail={"query": text, "more": [text]})
    kept = Entry.objects.get(sequence=number).detail
    assert kept["query"] == kept["more"][0] == text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")


def test_the_ledger_tells_what_was_done_to_one_thing_and_by_one_person() -> None:
    record(actor="bruno", action="played", subject="recording:3")
    assert [entry.actor for entry in acts_upon("recording:3")] == ["odile", "bruno"]
    assert [entry.subject for entry in entries(Filter(actor="bruno"))] == ["recording:3"]
    assert [entry.sequence for entry in entries(Filter(action="viewed"))][:2] == [7, 6]


def test_there_is_one_head_and_it_names_the_last_entry() -> None:
    assert list(Head.objects.values_list("id", "sequence")) == [(1, 7)]
