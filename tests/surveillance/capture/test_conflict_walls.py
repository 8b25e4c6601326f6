"""Nobody sees their own call, their manager's, or one they are named in: in no list, search, count, queue or sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from floor import CLERK, Spoken, receive_call, take_through, write_policies

from surveillance import pipeline
from surveillance.access.models import User
from surveillance.access.names import number_of, words
from surveillance.access.scope import Scope
from surveillance.access.selectors import scope_named
from surveillance.access.services import enrol, grant, set_known_as
from surveillance.archive.selectors import listening_copy, open_native, peaks
from surveillance.audit.models import Entry
from surveillance.capture.models import Wall
from surveillance.capture.selectors import call, calls, visible
from surveillance.capture.walls import raise_for_named
from surveillance.core.errors import Hidden, Invalid, Refused
from surveillance.detection.selectors import QueueFilter, alerts, count
from surveillance.detection.unflagged import screened_calls
from surveillance.indexing.services import Question, find
from surveillance.mentions.selectors import people_named

OKAPI = "push the okapi before noon"
MINE = Spoken(name="mine", people=("Hart, Amelia", "Ben Birch"), turns=((0, OKAPI), (1, "very well")))
OTHERS = replace(MINE, name="others", people=("Cid Cedar", "Dora Dogwood"), pitch=330.0)


@pytest.fixture
def amelia(desks: tuple[str, ...], tmp_path: Path) -> Scope:
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi*")])
    return enrolled("amelia", "Amelia Hart", "supervisor")


def enrolled(username: str, full_name: str, role: str) -> Scope:
    enrol(scope=CLERK, username=username, full_name=full_name, password=None)
    grant(scope=CLERK, username=username, role=role, desk="rates")
    return scope_named(username)


def sees_nothing_of(scope: Scope, recording: UUID, total: int) -> None:
    """In every way there is; `total` other calls stay in sight."""
    assert calls(scope).total == total
    assert visible(scope, [recording]) == set()
    for way in (call, listening_copy, peaks, open_native):
        with pytest.raises(Hidden):
            way(scope, recording)
    found = find(scope=scope, question=Question(query="okapi"))
    assert (found.total, len(found.hits)) == (total, total)
    assert sum(many for _, many in found.facets["desk"]) == total
    people = {name for name, _ in found.facets["person"]}
    assert not people & {"Hart, Amelia", "Max Moss"}
    assert count(scope, QueueFilter()) == total
    assert recording not in {row.recording for row in alerts(scope, QueueFilter())}


def test_ones_own_call_is_nowhere_and_others_are(amelia: Scope, tmp_path: Path) -> None:
    mine = take_through(tmp_path, "rates", MINE)
    take_through(tmp_path, "rates", OTHERS)
    sees_nothing_of(amelia, mine, total=1)
    colleague = enrolled("zoe", "Zoe Zander", "supervisor")
    assert calls(colleague).total == 2
    assert find(scope=colleague, question=Question(query="okapi")).total == 2


def test_an_administrator_of_every_desk_has_the_same_walls(amelia: Scope, tmp_path: Path) -> None:
    grant(scope=CLERK, username="amelia", role="supervisor", desk=None)
    mine = take_through(tmp_path, "rates", MINE)
    sees_nothing_of(scope_named("amelia"), mine, total=0)


@pytest.mark.parametrize(
    ("person", "number", "walled"),
    [
        ("AMELIA HART", "", True),
        ("Hart, Amelia J.", "", True),
        ("Amelia Hartley", "", False),
        ("Amelia", "", False),
        ("", "+44 (0)20 7946 0001", True),
        ("", "0044 20 7946 0001", True),
        ("", "+44 20 7946 0002", False),
        ("", "2041", True),
        ("", "12041", False),
        ("a.hart@bank.example", "", True),
        ("Amy Hart-Jones", "", True),
    ],
)
def test_who_is_taken_for_whom(amelia: Scope, tmp_path: Path, person: str, number: str, walled: bool) -> None:
    set_known_as(
        scope=CLERK,
        username="amelia",
        names=["Amy Hart-Jones"],
        numbers=["+44 20 7946 0001", "2041", "A.Hart@bank.example"],
        manager="",
    )
    spoken = replace(MINE, people=(person, "Ben Birch"), numbers=(number, ""))
    recording = receive_call(tmp_path, "rates", spoken)
    assert (visible(amelia, [recording]) == set()) is walled


def test_the_managers_calls_are_walled_and_names_entered_later_count_for_calls_of_before(
    amelia: Scope, tmp_path: Path
) -> None:
    enrolled("max", "Max Moss", "supervisor")
    theirs = take_through(tmp_path, "rates", replace(MINE, people=("Max Moss", "Ben Birch")))
    take_through(tmp_path, "rates", OTHERS)
    assert calls(amelia).total == 2
    set_known_as(scope=CLERK, username="amelia", names=[], numbers=[], manager="max")
    assert pipeline.raise_walls(username="amelia", actor="admin") == 1
    sees_nothing_of(amelia, theirs, total=1)
    assert Entry.objects.get(action="walls raised").detail == {"calls": 1}
    set_known_as(scope=CLERK, username="amelia", names=[], numbers=[], manager="")
    pipeline.raise_walls(username="amelia", actor="admin")
    assert calls(amelia).total == 2
    assert User.objects.get(username="amelia").manager is None


def test_a_call_that_names_one_is_walled_and_a_first_name_alone_is_not(amelia: Scope, tmp_path: Path) -> None:
    gossip = ((0, f"{OKAPI} and do not tell amelia hart about it"), (1, "amelia never asks"))
    about = take_through(tmp_path, "rates", replace(OTHERS, turns=gossip))
    other = take_through(
        tmp_path, "rates", replace(OTHERS, name="b", pitch=444.0, turns=((0, OKAPI), (1, "ask amelia")))
    )
    for recording in (about, other):
        raise_for_named(
            recording, people_named(recording) | {"amelia hart"} if recording == about else {"amelia"}
        )
    sees_nothing_of(amelia, about, total=1)
    assert Wall.objects.filter(why="named").count() == 1


def test_samples_and_figures_stop_at_the_wall_too(amelia: Scope, tmp_path: Path) -> None:
    from datetime import timedelta

    from floor import START

    from surveillance.access.scope import Power

    mine = take_through(tmp_path, "rates", MINE)
    span = {"since": START - timedelta(days=1), "until": START + timedelta(days=1)}
    assert mine not in {one.recording for one in screened_calls(amelia, power=Power.SEE, **span)}
    assert mine in {one.recording for one in screened_calls(CLERK, power=Power.SEE, **span)}


def test_walls_are_set_by_administrators_and_checked(amelia: Scope) -> None:
    with pytest.raises(Refused):
        set_known_as(scope=amelia, username="amelia", names=[], numbers=[], manager="")
    for wrong in (
        {"username": "nobody"},
        {"username": "amelia", "manager": "amelia"},
        {"username": "amelia", "manager": "x"},
    ):
        with pytest.raises(Invalid):
            set_known_as(scope=CLERK, names=[], numbers=[], **{"manager": "", **wrong})
    assert words("Hart, Amelia") == words("amelia  HART")
    assert number_of("+44 (0)20 7946-0001") == number_of("0044 20 79460001")
    way: Callable[[str], str] = number_of
    assert way("Turret 7") == "turret7"
