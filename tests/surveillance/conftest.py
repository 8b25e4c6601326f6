"""An installation inside the test's own process: a home, its desks, the scopes of its people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from surveillance.access.scope import Scope, combine, program
from surveillance.access.services import open_desk
from surveillance.settings.env import Environment

DESKS = ("rates", "fx", "energy")


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Environment:
    """A home of its own on the embedded column; change it further with `settings.EARSHOT = replace(…)`."""
    settings.EARSHOT = replace(settings.EARSHOT, home=tmp_path / "home", store="folder", watch_folder=None)
    return settings.EARSHOT


@pytest.fixture
def desks(home: Environment, db: None) -> tuple[str, ...]:
    """Three desks that exist."""
    _open()
    return DESKS


@pytest.fixture
def lasting_desks(home: Environment, transactional_db: None) -> tuple[str, ...]:
    """The same, for tests whose threads must see each other's commits."""
    _open()
    return DESKS


@pytest.fixture
def clerk() -> Scope:
    """Who may hand in and mend everything."""
    return program("clerk")


@pytest.fixture
def rates_officer() -> Scope:
    return combine("rates-officer", [("officer", "rates")])


@pytest.fixture
def fx_officer() -> Scope:
    return combine("fx-officer", [("officer", "fx")])


def _open() -> None:
    for slug in DESKS:
        open_desk(scope=program("clerk"), slug=slug, name=slug.title())
    assert settings.EARSHOT.home.name == "home"
