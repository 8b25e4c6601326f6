"""The ledger proves itself on the command line, and a bent one is not written to."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from surveillance.audit.models import Entry
from surveillance.audit.services import record


@pytest.fixture
def deeds(db: None) -> None:
    for number in range(5):
        record(actor="ann", action="viewed", subject=f"recording:{number}", detail={"n": number})


def told() -> tuple[dict[str, object], int]:
    out = StringIO()
    try:
        call_command("verify_ledger", "--json", stdout=out)
    except CommandError as fault:
        return json.loads(out.getvalue()), fault.returncode
    return json.loads(out.getvalue()), 0


def test_a_straight_ledger_is_said_to_hold(deeds: None) -> None:
    document, status = told()
    assert (document, status) == ({"entries": 5, "holds": True, "bends": []}, 0)
    assert Entry.objects.filter(action="ledger verified").count() == 1


def test_a_changed_entry_is_named_and_nothing_more_is_written(deeds: None) -> None:
    Entry.objects.filter(sequence=3).update(actor="bob")
    document, status = told()
    assert status == 1
    assert [bend["sequence"] for bend in document["bends"]] == [3]  # type: ignore[attr-defined]
    assert Entry.objects.count() == 5


def test_an_entry_cut_off_the_end_is_missed(deeds: None) -> None:
    Entry.objects.filter(sequence=5).delete()
    assert told()[1] == 1
