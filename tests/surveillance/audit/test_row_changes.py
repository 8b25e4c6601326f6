"""Row changes that django-auditlog keeps are bound into the ledger: none is edited or lost unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection, transaction

from surveillance.access.models import Desk
from surveillance.access.scope import program
from surveillance.access.services import open_desk
from surveillance.audit.models import Entry, Sealed
from surveillance.audit.services import record, seal_rows
from surveillance.audit.walk import bends

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def deed() -> None:
    open_desk(scope=program("setup"), slug="rates", name="Rates")
    open_desk(scope=program("setup"), slug="rates", name="Rates and repo")


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def told() -> list[str]:
    return [bend.why for bend in bends()]


def test_the_entry_of_a_deed_binds_its_row_changes() -> None:
    renamed = Entry.objects.get(action="desk renamed")
    assert renamed.rows
    [bound] = Sealed.objects.filter(entry=renamed)
    assert LogEntry.objects.get(pk=bound.row).changes == {"name": ["Rates", "Rates and repo"]}
    assert told() == []


def test_an_edited_row_change_is_found() -> None:
    sql("UPDATE auditlog_logentry SET changes = '{}' WHERE action = 1")
    assert [why.split(", ")[-1] for why in told()] == ["was edited"]


def test_a_lost_row_change_is_found() -> None:
    sql("DELETE FROM auditlog_logentry WHERE action = 1")
    assert [why.split(", ")[-1] for why in told()] == ["is gone"]


def test_a_row_change_and_its_seal_lost_together_are_found_by_the_entry() -> None:
    sql("DELETE FROM auditlog_logentry")
    sql("DELETE FROM audit_sealed")
    assert told() == ["the row changes it binds are not those it was written with"] * 2


def test_a_row_change_edited_with_its_seal_is_found_by_the_entry() -> None:
    from surveillance.audit.writing import ROW_FIELDS, row_digest

    sql("UPDATE auditlog_logentry SET changes = '{}' WHERE action = 1")
    row = LogEntry.objects.values(*ROW_FIELDS).get(action=1)
    sql("UPDATE audit_sealed SET digest = %s WHERE row = %s", row_digest(row), row["id"])
    assert told() == ["the row changes it binds are not those it was written with"]


def test_what_was_rolled_back_is_not_bound() -> None:
    class DiskFull(Exception):
        pass

    @transaction.atomic
    def deed_cut_short() -> None:
        Desk.objects.create(slug="fx", name="FX")
        raise DiskFull

    with pytest.raises(DiskFull):
        deed_cut_short()
    record(actor="odile", action="viewed")
    assert Entry.objects.get(action="viewed").rows == ""


def test_a_change_outside_every_deed_is_bound_by_the_sweep() -> None:
    from surveillance.audit import services

    Desk.objects.create(slug="fx", name="FX")
    services._taken()  # a process that died before its next entry
    assert seal_rows() == 0  # its deed may still be under way
    LogEntry.objects.filter(object_repr="FX").update(
        timestamp=LogEntry.objects.get(object_repr="FX").timestamp - timedelta(minutes=2)
    )
    assert seal_rows() == 1
    assert Entry.objects.get(action="rows sealed").rows
    assert told() == []
