"""The ledger: nothing in it can be bent without being found, and nothing anyone types keeps an act off it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.audit.models import Entry, Head
from surveillance.audit.selectors import Filter, acts_upon, bends, entries
from surveillance.audit.services import record

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
        "INSERT INTO audit_entry (sequence, at, actor, action, subject, detail, previous, digest) "
        "SELECT %s, at, actor, action, subject, detail, previous, %s FROM audit_entry WHERE sequence = 5",
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


def test_an_edit_with_a_matching_new_digest_is_found_at_its_successor() -> None:
    from surveillance.audit import chain

    entry = Entry.objects.get(sequence=4)
    forged = chain.digest(
        sequence=4,
        at=entry.at,
        actor="nobody",
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
        previous=entry.previous,
    )
    sql("UPDATE audit_entry SET actor = 'nobody', digest = %s WHERE sequence = 4", forged)
    assert [bend.sequence for bend in bends()] == [5]


def test_a_last_entry_rewritten_with_its_digest_is_found_by_the_head() -> None:
    from surveillance.audit import chain

    last = Entry.objects.get(sequence=7)
    forged = chain.digest(
        sequence=7,
        at=last.at,
        actor="nobody",
        action=last.action,
        subject=last.subject,
        detail=last.detail,
        previous=last.previous,
    )
    sql("UPDATE audit_entry SET actor = 'nobody', digest = %s WHERE sequence = 7", forged)
    assert [bend.sequence for bend in bends()] == [7]


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
