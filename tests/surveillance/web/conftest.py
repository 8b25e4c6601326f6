"""People who sign in to the pages, and one flagged call on the rates desk."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from floor import Spoken, take_through, write_policies
from visitors import PASSWORD, Browse

from surveillance.access.scope import program
from surveillance.access.services import enrol, grant

PEOPLE = {
    "officer": ("officer", "rates"),
    "stranger": ("officer", "fx"),
    "records": ("records", "rates"),
    "supervisor": ("supervisor", "rates"),
    "auditor": ("auditor", None),
    "admin": ("admin", None),
}
CALL = Spoken(
    name="one", turns=((0, "let us <b>push</b> the quokka before noon"), (1, "so be it and twenty five more"))
)


@pytest.fixture
def signed_in(desks: tuple[str, ...]) -> Browse:
    """A client in which someone has signed in."""
    for username, (role, desk) in PEOPLE.items():
        enrol(scope=program("setup"), username=username, full_name=username.title(), password=PASSWORD)
        grant(scope=program("setup"), username=username, role=role, desk=desk)

    def made(username: str) -> Client:
        client = Client()
        assert client.post("/sign-in", {"username": username, "password": PASSWORD}).status_code == 302
        return client

    return made


@pytest.fixture
def recording(signed_in: Browse, tmp_path: Path) -> UUID:
    """Through every stage, with one alert."""
    write_policies(tmp_path / "policies", [("quokka", "market_manipulation", "push w/3 quokka")])
    return take_through(tmp_path, "rates", CALL)
