"""The ledger proves itself on the command line, and a bent one is not written to."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from surveillance.access.models import Desk
from surveillance.access.scope import program
from surveillance.access.services import open_desk
from surveillance.archive.ledger_keeping import lock_away
from surveillance.audit.models import Checkpoint, Entry, Head
from surveillance.audit.services import record


@pytest.fixture
def deeds(home: object, db: None) -> None:
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
    assert (document, status) == ({"entries": 5, "locked_away": 0, "holds": True, "bends": [], "rows": []}, 0)
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


def test_a_row_changed_past_earshot_is_named(deeds: None) -> None:
    open_desk(scope=program("setup"), slug="rates", name="Rates")
    Desk.objects.update(name="Anything")
    document, status = told()
    assert status == 1
    assert [row["why"] for row in document["rows"]] == ["name is Anything; on record Rates"]  # type: ignore[attr-defined]


def test_what_lies_locked_away_is_asked_unless_it_is_not_wanted(deeds: None) -> None:
    lock_away()
    assert told()[0]["locked_away"] == 5
    Entry.objects.all().delete()
    Head.objects.all().delete()
    Checkpoint.objects.all().delete()
    assert told()[1] == 1
    call_command("verify_ledger", "--alone", stdout=StringIO())
