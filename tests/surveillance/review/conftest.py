"""A flagged call on the rates desk, and the people who decide."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from floor import Spoken, take_through, write_policies
from told_clock import Clock

from surveillance.access.scope import Scope, combine
from surveillance.review import services


@pytest.fixture
def flagged(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    """One alert that one person may close."""
    write_policies(tmp_path / "policies", [("quokka", "market_manipulation", "push w/3 quokka")])
    return take_through(tmp_path, "rates", Spoken(name="one", turns=((0, "push the quokka"), (1, "done"))))


@pytest.fixture
def grave(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    """One alert that two people must agree on."""
    write_policies(tmp_path / "policies", [("numbat", "collusion", "hold w/3 numbat")], second=True)
    return take_through(
        tmp_path, "rates", Spoken(name="two", turns=((0, "hold the numbat"), (1, "done")), pitch=330)
    )


@pytest.fixture
def supervisor() -> Scope:
    return combine("rates-supervisor", [("supervisor", "rates")])


@pytest.fixture
def other_supervisor() -> Scope:
    return combine("other-supervisor", [("supervisor", "rates")])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(services, "now", clock)
    return clock
