"""A stolen session cookie opens nothing elsewhere, ends where it was begun too, and is on record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import Settings

from surveillance.access.scope import program
from surveillance.access.services import enrol, grant, open_desk
from surveillance.audit.models import Entry

PASSWORD = "Harbour-Lantern-42"
OWN = {"HTTP_USER_AGENT": "Firefox of the desk", "REMOTE_ADDR": "10.1.2.3"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    setup = program("setup")
    open_desk(scope=setup, slug="rates", name="Rates")
    enrol(scope=setup, username="odile", full_name="Odile", password=PASSWORD)
    grant(scope=setup, username="odile", role="officer", desk="rates")
    client = Client(**OWN)
    assert client.post("/sign-in", {"username": "odile", "password": PASSWORD}).status_code == 302
    assert client.get("/queue").status_code == 200
    return client


def thief(owner: Client, **place: str) -> Client:
    other = Client(**{**OWN, **place})
    other.cookies = owner.cookies
    return other


@pytest.mark.parametrize("place", [{"HTTP_USER_AGENT": "curl/8"}, {"REMOTE_ADDR": "10.9.9.9"}])
def test_a_cookie_shown_elsewhere_opens_nothing_and_ends_the_session(
    owner: Client, place: dict[str, str]
) -> None:
    assert thief(owner, **place).get("/queue").status_code == 302
    assert owner.get("/queue").status_code == 302  # the owner signs in again, and so learns of it
    last = Entry.objects.order_by("-sequence").get(action="session refused")
    assert (last.actor, last.subject) == ("odile", "user:odile")
    assert last.detail["from"] == {**OWN, **place}["REMOTE_ADDR"]


def test_behind_our_proxy_the_address_is_what_the_proxy_saw(owner: Client, settings: Settings) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, https=True)
    seen = {"secure": True, "HTTP_X_FORWARDED_PROTO": "https"}
    assert owner.get("/queue", HTTP_X_FORWARDED_FOR="6.6.6.6, 10.1.2.3", **seen).status_code == 200
    assert owner.get("/queue", HTTP_X_FORWARDED_FOR="10.1.2.3, 6.6.6.6", **seen).status_code == 302


def test_where_sessions_may_wander_they_do(owner: Client, settings: Settings) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, sessions_stay=False)
    assert thief(owner, REMOTE_ADDR="10.9.9.9").get("/queue").status_code == 200


def test_a_token_for_programs_signs_nobody_in_to_the_pages(owner: Client) -> None:
    program_at_work = Client()
    given = {"username": "odile", "password": PASSWORD}
    assert program_at_work.post("/api/tokens/", given).status_code == 201
    assert program_at_work.get("/queue").status_code == 302
