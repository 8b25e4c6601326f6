"""Guessing a password at the sign-in page is stopped after five tries, and every try is on record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from surveillance.access.scope import program
from surveillance.access.services import enrol
from surveillance.audit.models import Entry

PASSWORD = "Harbour-Lantern-42"
TOKENS = re.compile(r'"\w{64}"')
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    for username in ("odile", "bruno"):
        enrol(scope=program("setup"), username=username, full_name=username.title(), password=PASSWORD)


def sign_in(password: str, username: str = "odile", **more: Any) -> Any:
    return Client().post("/sign-in", {"username": username, "password": password}, **more)


def test_the_right_password_signs_in_and_that_is_on_record() -> None:
    assert sign_in(PASSWORD).status_code == 302
    last = Entry.objects.order_by("-sequence")[0]
    assert (last.actor, last.action, last.subject) == ("odile", "signed in", "user:odile")


def test_five_wrong_passwords_lock_the_name_even_for_the_right_one() -> None:
    assert [sign_in("wrong").status_code for _ in range(4)] == [200] * 4
    assert sign_in("wrong").status_code == 429
    locked = sign_in(PASSWORD)
    assert locked.status_code == 429
    assert "sessionid" not in locked.cookies
    assert Entry.objects.filter(action="sign-in failed", subject="user:odile").count() >= 5
    assert not Entry.objects.filter(action="signed in").exists()


def test_a_colleague_is_not_locked_out_with_them_nor_is_the_same_name_elsewhere() -> None:
    for _ in range(5):
        sign_in("wrong")
    assert sign_in(PASSWORD, "bruno").status_code == 302
    assert sign_in(PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_the_lockout_page_and_the_ledger_hold_no_password() -> None:
    for _ in range(6):
        answer = sign_in("a-password-typed-wrong")
    assert "a-password-typed-wrong" not in answer.content.decode()
    assert "a-password-typed-wrong" not in str(list(Entry.objects.values()))


def test_a_name_nobody_has_is_answered_like_a_wrong_password() -> None:
    known, unknown = (
        TOKENS.sub("", sign_in("wrong", name).content.decode().replace(name, "")) for name in ("odile", "zoe")
    )
    assert known == unknown


def test_a_new_password_lets_a_locked_out_person_in_again() -> None:
    for _ in range(5):
        sign_in("wrong")
    enrol(scope=program("setup"), username="odile", full_name="", password="Another-Lantern-43")
    assert sign_in("Another-Lantern-43").status_code == 302
