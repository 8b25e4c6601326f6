"""Scripted abuse is found, ordinary work is left in peace, and nobody reads a report about themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from deploy.bench.ordinary_work import ABUSE
from deploy.bench.oversight import Tried
from surveillance.access.scope import Scope, program
from surveillance.access.selectors import scope_named
from surveillance.access.services import enrol, grant, set_known_as
from surveillance.audit.models import Entry
from surveillance.audit.services import record
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.oversight.baselines import tail, unusual
from surveillance.oversight.models import Report, Tally
from surveillance.oversight.patterns import PATTERNS
from surveillance.oversight.selectors import report, reports, what_is_watched
from surveillance.oversight.services import decide_report, watch, watch_day

CLERK = program("clerk")


@pytest.fixture(scope="module")
def office() -> Tried:
    tried = Tried(8, 120, seed=41)
    tried.ordinary()
    return tried


def test_ordinary_work_gives_less_than_a_false_report_a_reviewer_and_month(office: Tried) -> None:
    assert sum(office.false.values()) / office.months <= 0.3, office.false


def test_every_scripted_abuse_is_found_by_its_pattern(office: Tried) -> None:
    office.abuse()
    assert len(ABUSE) >= 15
    missed = [name for name, seen in office.found.items() if not seen]
    assert len(missed) <= len(ABUSE) - 20, missed
    assert {pattern for pattern, _ in ABUSE.values()} == {pattern.id for pattern in PATTERNS}


def test_what_is_unusual_is_so_beside_peers_and_beside_ones_own_past() -> None:
    calm, busy = [4, 5, 6, 3, 5] * 12, [38, 44, 41, 50, 36] * 12
    assert unusual(60, own=calm[:20], peers=calm, least=10)
    assert not unusual(60, own=busy, peers=calm, least=10)  # they always work so
    assert not unusual(9, own=calm, peers=calm, least=10)
    assert not unusual(6, own=calm, peers=calm, least=1)
    assert unusual(40, own=[], peers=calm, least=10)  # a joiner is held against the others
    assert unusual(30, own=[], peers=[], least=10)
    assert not unusual(25, own=[], peers=[], least=10)
    assert tail(0, calm) == pytest.approx(1.0)
    assert tail(5, calm) > tail(10, calm) > tail(20, calm) > 0.0
    wild = [*calm, 500]  # one wild day hides nothing
    assert unusual(60, own=wild, peers=calm, least=10)


# A small house with a real ledger.


@pytest.fixture
def second(desks: tuple[str, ...]) -> Scope:
    for name, full, role, desk in (
        ("amelia", "Amelia Hart", "officer", "rates"),
        ("ben", "Ben Oakley", "officer", "rates"),
        ("line", "Lin Eland", "second_line", None),
        ("insider", "Ina Sider", "second_line", None),
    ):
        enrol(scope=CLERK, username=name, full_name=full, password="Harbour-Lantern-42")
        grant(scope=CLERK, username=name, role=role, desk=desk)
    grant(scope=CLERK, username="insider", role="officer", desk="rates")
    return scope_named("line")


def did(actor: str, action: str, day: date, many: int = 1, hour: int = 10, **detail: object) -> None:
    """So many acts in the ledger, on that day."""
    for nth in range(many):
        subject = f"recording:00000000-0000-4000-8000-{nth:012d}"
        record(actor=actor, action=action, subject=subject, detail=detail)
    at = datetime.combine(day, time(hour), tzinfo=UTC)
    Entry.objects.filter(sequence__gt=Entry.objects.count() - many).update(at=at)


DAY = date(2026, 3, 4)


def test_a_day_is_judged_once_and_told_in_words_with_its_entries(second: Scope) -> None:
    did("amelia", "native downloaded", DAY, many=30)
    did("ben", "native downloaded", DAY, many=1)
    did("ben", "searched", DAY, query="ben oakley w/5 bonus", filters={})
    assert watch_day(DAY) == 2
    assert watch_day(DAY) == 0
    assert {(row.actor, row.pattern) for row in Report.objects.all()} == {
        ("amelia", "taking-out"),
        ("ben", "searches-on-self"),
    }
    assert Tally.objects.get(actor="amelia").counts["taking-out"] == 30
    taken = next(row for row in reports(second) if row.pattern == "taking-out")
    assert taken.words.startswith("30 files in a day")
    assert len(taken.evidence) == 30
    assert set(taken.evidence) <= set(Entry.objects.filter(actor="amelia").values_list("sequence", flat=True))
    # Whoever reads the ledger is not warned by it.
    raised = Entry.objects.filter(action="report raised")
    assert raised.count() == 2
    assert not any("amelia" in str(entry.detail) + entry.subject for entry in raised)


def test_what_goes_on_is_one_report_and_days_are_caught_up(second: Scope) -> None:
    for nth in range(3):
        did("amelia", "native downloaded", DAY + timedelta(days=nth), many=30 + nth)
        watch_day(DAY + timedelta(days=nth))
    [row] = Report.objects.all()
    assert (row.first_day, row.last_day, row.value) == (DAY, DAY + timedelta(days=2), 32)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    did("ben", "native downloaded", yesterday, many=200)
    assert watch() >= 1
    assert Report.objects.filter(actor="ben", pattern="taking-out").exists()
    assert watch() == 0


def test_ones_own_team_and_oneself_are_not_shown(second: Scope) -> None:
    did("amelia", "native downloaded", DAY, many=30)
    did("line", "native downloaded", DAY, many=30)
    watch_day(DAY)
    mine = Report.objects.get(actor="line")
    assert {row.actor for row in reports(second)} == {"amelia"}
    with pytest.raises(Hidden):
        report(second, mine.pk)
    assert {row.actor for row in reports(scope_named("insider"))} == {"line"}  # sits on amelia's desk
    with pytest.raises(Refused):
        reports(scope_named("amelia"))
    set_known_as(scope=CLERK, username="amelia", names=[], numbers=[], manager="line")
    assert reports(second) == []


def test_a_report_is_decided_with_a_reason_by_somebody_else(second: Scope) -> None:
    did("amelia", "native downloaded", DAY, many=30)
    watch_day(DAY)
    [row] = reports(second)
    with pytest.raises(Invalid):
        decide_report(scope=second, number=row.number, state="explained", reason=" ")
    with pytest.raises(Invalid):
        decide_report(scope=second, number=row.number, state="forgotten", reason="x")
    decide_report(scope=second, number=row.number, state="escalated", reason="No request stands behind it.")
    with pytest.raises(Conflict):
        decide_report(scope=second, number=row.number, state="explained", reason="y")
    assert [one.state for one in reports(second, state="escalated")] == ["escalated"]
    assert Entry.objects.get(action="report decided").actor == "line"


def test_the_pages_show_the_open_ones_their_entries_and_the_weeks(second: Scope) -> None:
    client = Client()
    told = {"username": "line", "password": "Harbour-Lantern-42"}
    assert client.post("/sign-in", told).status_code == 302
    assert "Nothing is open" in client.get(reverse("oversight")).content.decode()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    did("amelia", "native downloaded", yesterday, many=30)
    watch()
    page = client.get(reverse("oversight")).content.decode()
    assert "Taking recordings out" in page
    assert all(one.title in page for one in what_is_watched())
    number = Report.objects.get().pk
    page = client.get(reverse("report", args=[number])).content.decode()
    assert "30 files in a day" in page
    assert "<polyline" in page
    answer = client.post(
        reverse("decide-report", args=[number]), {"state": "explained", "reason": "A request."}
    )
    assert answer.status_code == 302
    assert "A request." in client.get(reverse("oversight")).content.decode()
    stranger = Client()
    assert stranger.post("/sign-in", {**told, "username": "amelia"}).status_code == 302
    assert stranger.get(reverse("report", args=[number])).status_code == 403
