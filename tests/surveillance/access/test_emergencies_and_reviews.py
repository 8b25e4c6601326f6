"""Access that ends by itself: emergencies by two, a regulator's visit, and roles looked at each quarter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from floor import Spoken, take_through

from surveillance.access.glass import ask_glass, end_glass, glasses, open_for, open_glass
from surveillance.access.models import Glass, Grant
from surveillance.access.reviewing import confirm_grant, grants_to_review
from surveillance.access.scope import Power, program
from surveillance.access.selectors import scope_named
from surveillance.access.services import enrol, grant, set_known_as
from surveillance.assurance.models import Incident
from surveillance.audit.models import Entry
from surveillance.audit.rows import strangers
from surveillance.capture.selectors import call
from surveillance.capture.walls import raise_for_user
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.pipeline import tell_of_glass

SETUP = program("setup")


@contextmanager
def freeze_time(moment: datetime) -> Iterator[None]:
    """The one clock stands at a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: moment)
        yield


@pytest.fixture
def people(desks: tuple[str, ...]) -> None:
    for name, role, desk in (
        ("dana", "admin", None),
        ("eve", "admin", None),
        ("fay", "admin", "fx"),
        ("omar", "officer", "fx"),
    ):
        enrol(scope=SETUP, username=name, full_name=name.title(), password="A-long-Pass-77")
        grant(scope=SETUP, username=name, role=role, desk=desk)


def asked(hours: int = 4, desk: str = "rates", who: str = "omar") -> int:
    return ask_glass(
        scope=scope_named(who), role="investigator", desk=desk, reason="The FCA is in the house.", hours=hours
    )


def test_a_glass_is_broken_by_two_for_hours_and_everybody_who_watches_is_told(
    people: None, tmp_path: Path
) -> None:
    recording = take_through(tmp_path, "rates", Spoken(name="call"))
    number = asked()
    with pytest.raises(Hidden):
        call(scope_named("omar"), recording)
    with pytest.raises(Conflict, match="asked already"):
        asked()
    row = open_glass(scope=scope_named("dana"), number=number)
    tell_of_glass(row)
    assert call(scope_named("omar"), recording, power=Power.LISTEN).id == recording
    assert not scope_named("omar").may(Power.REVIEW, "rates")
    assert open_for("omar") is not None
    incident = Incident.objects.get(kind="break_glass")
    assert "omar" in incident.title
    assert Entry.objects.filter(action="glass broken", actor="dana").exists()
    with freeze_time(now() + timedelta(hours=4, seconds=1)):
        assert not scope_named("omar").may(Power.SEE, "rates")
        assert open_for("omar") is None
        with pytest.raises(Conflict, match="over"):
            end_glass(scope=scope_named("omar"), number=number)


def test_nobody_opens_their_own_and_a_desk_s_administrator_only_their_desk(people: None) -> None:
    own = asked(who="dana")
    with pytest.raises(Conflict, match="yourself"):
        open_glass(scope=scope_named("dana"), number=own)
    number = asked()
    with pytest.raises(Refused):
        open_glass(scope=scope_named("fay"), number=number)
    with pytest.raises(Hidden):
        open_glass(scope=scope_named("omar"), number=own)
    everywhere = asked(desk="", who="eve")
    with pytest.raises(Refused):
        open_glass(scope=scope_named("fay"), number=everywhere)
    open_glass(scope=scope_named("eve"), number=number)
    with pytest.raises(Conflict, match="already"):
        open_glass(scope=scope_named("dana"), number=number)
    assert [row.number for row in glasses(scope_named("omar"))] == [number]
    assert len(glasses(scope_named("dana"))) == 3


def test_it_ends_early_and_a_request_nobody_opened_is_over(people: None) -> None:
    number = asked()
    open_glass(scope=scope_named("dana"), number=number)
    end_glass(scope=scope_named("omar"), number=number)
    assert not scope_named("omar").may(Power.SEE, "rates")
    late = asked()
    with freeze_time(now() + timedelta(hours=5)), pytest.raises(Conflict, match="in time"):
        open_glass(scope=scope_named("dana"), number=late)
    assert Glass.objects.filter(ended_by="omar").count() == 1


def test_conflict_walls_hold_under_a_broken_glass(people: None, tmp_path: Path) -> None:
    recording = take_through(tmp_path, "rates", Spoken(name="call", people=("Omar Birch", "Ann Alder")))
    set_known_as(scope=SETUP, username="omar", names=["Omar Birch"], numbers=[], manager="")
    raise_for_user(username="omar", actor="program:setup")
    open_glass(scope=scope_named("dana"), number=asked())
    with pytest.raises(Hidden):
        call(scope_named("omar"), recording)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"role": "admin"}, "no such role"),
        ({"desk": "moon"}, "no such role or desk"),
        ({"reason": " "}, "emergency is"),
        ({"hours": 0}, "1 to 24"),
        ({"hours": 25}, "1 to 24"),
    ],
)
def test_what_an_emergency_must_say(people: None, told: dict[str, object], words: str) -> None:
    given: dict[str, object] = {"role": "officer", "desk": "rates", "reason": "Harm is near.", "hours": 2}
    with pytest.raises(Invalid, match=words):
        ask_glass(scope=scope_named("omar"), **{**given, **told})  # type: ignore[arg-type]


def test_a_role_ends_by_itself_and_a_regulator_s_always_does(people: None) -> None:
    enrol(scope=SETUP, username="reg", full_name="A Regulator", password="A-long-Pass-77")
    grant(scope=SETUP, username="reg", role="regulator", desk="rates")
    assert scope_named("reg").may(Power.LISTEN, "rates")
    with freeze_time(now() + timedelta(days=31)):
        assert not scope_named("reg").may(Power.SEE, "rates")
    grant(scope=SETUP, username="reg", role="regulator", desk="rates", until=now() + timedelta(days=60))
    assert Grant.objects.filter(user__username="reg").count() == 1
    with freeze_time(now() + timedelta(days=31)):
        assert scope_named("reg").may(Power.LISTEN, "rates")
    with pytest.raises(Invalid, match="past"):
        grant(scope=SETUP, username="reg", role="officer", desk="rates", until=now() - timedelta(days=1))


def test_emergencies_and_reviews_are_kept_on_record(people: None) -> None:
    open_glass(scope=scope_named("dana"), number=asked())
    omar = next(row for row in grants_to_review(scope_named("dana")) if row.username == "omar")
    confirm_grant(scope=scope_named("dana"), number=omar.number)
    assert list(strangers()) == []


def test_a_role_given_before_it_was_kept_since_when_is_due(people: None) -> None:
    Grant.objects.filter(user__username="omar").update(since=None)
    assert next(row for row in grants_to_review(scope_named("dana")) if row.username == "omar").due


def test_a_role_comes_up_each_quarter_and_another_says_it_is_needed(people: None) -> None:
    dana = scope_named("dana")
    assert not any(row.due for row in grants_to_review(dana))
    with freeze_time(now() + timedelta(days=91)):
        rows = grants_to_review(dana)
        assert all(row.due for row in rows)
        omar = next(row for row in rows if row.username == "omar")
        confirm_grant(scope=dana, number=omar.number)
        assert not next(row for row in grants_to_review(dana) if row.username == "omar").due
        mine = next(row for row in rows if row.username == "dana")
        with pytest.raises(Refused, match="own role"):
            confirm_grant(scope=dana, number=mine.number)
    assert {row.desk for row in grants_to_review(scope_named("fay"))} == {"fx"}
    with pytest.raises(Refused):
        grants_to_review(scope_named("omar"))
    assert isinstance(Entry.objects.get(action="role reviewed").at, datetime)
