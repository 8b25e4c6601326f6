"""The people of the API tests, and one call on the rates desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from callers import CALL, PASSWORD, Caller
from floor import take_through, write_policies

from surveillance.access.scope import program
from surveillance.access.selectors import scope_named
from surveillance.access.services import enrol, grant, issue_token

PEOPLE = {
    "officer": ("officer", "rates"),
    "supervisor": ("supervisor", "rates"),
    "stranger": ("officer", "fx"),
    "records": ("records", "rates"),
    "recorder": ("service", "rates"),
    "auditor": ("auditor", None),
}


@pytest.fixture
def people(desks: tuple[str, ...]) -> None:
    for username, (role, desk) in PEOPLE.items():
        enrol(scope=program("setup"), username=username, full_name=username.title(), password=PASSWORD)
        grant(scope=program("setup"), username=username, role=role, desk=desk)


@pytest.fixture
def client_of(people: None) -> Callable[[str], Caller]:
    def made(username: str) -> Caller:
        client = Caller()
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(scope=scope_named(username)).secret}")
        return client

    return made


@pytest.fixture
def anyone(people: None) -> Caller:
    """A client that says nothing of who it is."""
    return Caller()


@pytest.fixture
def recording(people: None, tmp_path: Path) -> UUID:
    """One call on the rates desk, through every stage."""
    write_policies(tmp_path / "policies", [("quokka", "market_manipulation", "push w/3 quokka")])
    return take_through(tmp_path, "rates", CALL)
