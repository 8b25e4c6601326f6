"""Drills at the gate: no policy comes into force whose own drill does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from changes_scene import policy_text, proposed, tried
from drilling import drilled
from floor import write_policies

from surveillance.access.scope import Scope
from surveillance.assurance.selectors import drill_state
from surveillance.changes.selectors import change, obstacles
from surveillance.changes.services import activate
from surveillance.rulebook.selectors import one_in_force
from surveillance.rulebook.services import open_book

NAME, DRILL = "conduct.off-channel", "conduct.off-channel"


def text(query: str, word: str) -> str:
    """The policy of a real drill, in our own words."""
    told = policy_text("off-channel", query, version=2).replace("push the quokka", f"message me on {word}")
    return told.replace("market_manipulation", "off_channel")


@pytest.fixture
def in_force(desks: tuple[str, ...], tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", [("off-channel", "off_channel", "message w/4 whatsapp")])
    open_book()


@pytest.fixture
def drill(in_force: None) -> str:
    """The drill of that policy, through the production path."""
    run = drilled(DRILL)
    assert run.by_policy, run
    return run.drill


@pytest.mark.real_drills
def test_a_policy_whose_drill_never_came_through_is_not_activated(in_force: None, officer: Scope) -> None:
    number = proposed(officer, text("(message or quokka) w/6 whatsapp", "whatsapp"))
    tried(officer, number)
    [obstacle] = obstacles(number)
    assert "never came through" in obstacle.says
    assert f"manage.py drill {NAME}" in obstacle.cure


@pytest.mark.real_drills
def test_a_back_test_rehearses_the_drill_and_a_pass_opens_the_gate(
    drill: str, officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, text("(message or quokka) w/6 whatsapp", "whatsapp"))
    tried(officer, number)
    row = change(officer, number).back_test
    assert row is not None
    assert row.drills is not None
    assert (row.drills.before.count, row.drills.after.count, row.drills.after.total) == (1, 1, 1)
    assert drill_state(NAME, 2) == "passing"
    assert obstacles(number) == []
    activate(scope=supervisor, change=number, reason="Heard.")


@pytest.mark.real_drills
def test_a_change_that_no_longer_hears_its_drill_is_refused(drill: str, officer: Scope) -> None:
    number = proposed(officer, text("message w/6 quokka", "quokka"))
    tried(officer, number)
    row = change(officer, number).back_test
    assert row is not None
    assert row.drills is not None
    assert (row.drills.before.count, row.drills.after.count) == (1, 0)
    assert "its drill fails" in obstacles(number)[0].says


@pytest.mark.real_drills
def test_a_policy_without_any_drill_is_refused(in_force: None, officer: Scope) -> None:
    number = proposed(officer, policy_text("quokka", "push w/3 quokka"))
    tried(officer, number)
    assert "no drill is spoken" in obstacles(number)[0].says


@pytest.mark.real_drills
def test_a_new_title_asks_for_no_new_drill(in_force: None, officer: Scope) -> None:
    standing = one_in_force("policy", NAME)
    assert standing is not None
    words = standing.text.replace("Something that must be looked at", "Away from the line")
    said = [f'{{ say = "message number {nth} on whatsapp" }}' for nth in range(10)]
    misheard = [
        f'{{ say = "message number {nth} on whatsapp four me", misheard = true }}' for nth in range(2)
    ]
    fires = ", ".join([*said, *misheard])
    silent = ", ".join(f'{{ say = "good morning number {nth}" }}' for nth in range(12))
    body = words[: words.index("fires =")]
    number = proposed(officer, f"{body}fires = [{fires}]\nsilent = [{silent}]\n")
    tried(officer, number)
    assert obstacles(number) == []
