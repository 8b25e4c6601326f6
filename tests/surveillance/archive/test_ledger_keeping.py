"""Checkpoints of the ledger lie under the store's lock, and show what the database was made to forget."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from surveillance.archive.ledger_keeping import lock_away, locked_away
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Locked, Occupied
from surveillance.audit.merkle import Edge
from surveillance.audit.models import Entry
from surveillance.audit.services import record
from surveillance.audit.walk import bends

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def acts(many: int) -> None:
    for number in range(many):
        record(actor="odile", action="viewed", subject=f"recording:{number}")


def test_a_ledger_that_grew_is_locked_away_and_one_that_did_not_is_not() -> None:
    assert lock_away() == 0
    acts(300)
    assert lock_away() == 300
    assert lock_away() == 0
    acts(1)
    assert lock_away() == 301
    keys = list(store().keys("ledger/"))
    assert keys == [
        "ledger/checkpoint/300",
        "ledger/checkpoint/301",
        "ledger/tile/0/000",
        "ledger/tile/0/001.p/44",
        "ledger/tile/0/001.p/45",
    ]
    witness = locked_away()
    assert len(witness.leaves) == 301
    assert sorted(witness.statements) == [300, 301]
    assert list(bends(witness)) == []


def test_what_is_locked_away_cannot_be_taken_back() -> None:
    acts(3)
    lock_away()
    with pytest.raises(Locked):
        store().remove("ledger/checkpoint/3")


def test_the_store_names_the_entry_that_the_database_was_made_to_forget() -> None:
    acts(5)
    lock_away()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE sequence > 2")
        cursor.execute("DELETE FROM audit_checkpoint")
        leaves = Entry.objects.order_by("sequence").values_list("leaf", flat=True)
        edge = Edge().grown(bytes.fromhex(leaves[0])).grown(bytes.fromhex(leaves[1]))
        cursor.execute("UPDATE audit_head SET sequence = 2, edge = %s", [json.dumps([edge.root.hex()])])
    acts(5)  # Earshot goes on, on what it was left with
    assert any(bend.sequence == 3 for bend in bends(locked_away()))


def test_a_rewritten_ledger_cannot_be_locked_away_over_the_true_one() -> None:
    acts(5)
    lock_away()
    with connection.cursor() as cursor:
        for forget in ("DELETE FROM audit_entry", "DELETE FROM audit_checkpoint", "DELETE FROM audit_head"):
            cursor.execute(forget)
    record(actor="nobody", action="viewed")
    acts(4)
    with pytest.raises(Occupied):
        lock_away()
