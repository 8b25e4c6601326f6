"""Programs sign in with a token: hashed, expiring, revocable; guessing passwords is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from callers import PASSWORD, Caller
from django.test import Client
from knox.models import AuthToken

from surveillance.access.models import User
from surveillance.audit.models import Entry
from surveillance.core.clock import now

ClientOf = Callable[[str], Caller]


def sign_in(client: Caller, password: str = PASSWORD, username: str = "officer", **more: Any) -> Any:
    return client.post("/api/tokens/", {"username": username, "password": password}, format="json", **more)


def signed(token: str) -> Caller:
    client = Caller()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_a_name_and_password_buy_a_token_that_opens_the_door(anyone: Caller) -> None:
    answer = sign_in(anyone)
    assert answer.status_code == 201
    assert answer.json()["expires_at"].endswith("Z")
    assert signed(answer.json()["token"]).get("/api/alerts/").status_code == 200
    acts = list(Entry.objects.filter(actor="officer").values_list("action", flat=True))
    assert acts == ["signed in", "token issued", "viewed"]


def test_the_database_keeps_no_token_that_could_be_used(anyone: Caller) -> None:
    token = sign_in(anyone).json()["token"]
    assert token not in str(list(AuthToken.objects.values()))
    assert token not in str(list(Entry.objects.values()))


def test_an_expired_token_opens_nothing(anyone: Caller) -> None:
    token = sign_in(anyone).json()["token"]
    AuthToken.objects.update(expiry=now() - timedelta(seconds=1))
    assert signed(token).get("/api/alerts/").status_code == 401


def test_a_token_of_someone_who_left_opens_nothing(anyone: Caller) -> None:
    token = sign_in(anyone).json()["token"]
    User.objects.filter(username="officer").update(is_active=False)
    assert signed(token).get("/api/alerts/").status_code == 401


def test_a_revoked_token_opens_nothing_and_the_others_still_do(anyone: Caller) -> None:
    first, second = (sign_in(anyone).json()["token"] for _ in range(2))
    assert signed(first).delete("/api/tokens/current/").status_code == 204
    assert signed(first).get("/api/alerts/").status_code == 401
    assert signed(second).get("/api/alerts/").status_code == 200
    assert signed(second).delete("/api/tokens/").status_code == 204
    assert signed(second).get("/api/alerts/").status_code == 401
    assert Entry.objects.filter(actor="officer", action="tokens revoked").count() == 2


@pytest.mark.parametrize("token", ["nonsense", "a b", "é", "\x00", "a" * 64, ""])
def test_a_made_up_token_is_refused_and_the_refusal_is_on_record(anyone: Caller, token: str) -> None:
    answer = signed(token).get("/api/alerts/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["code"] == "sign-in"
    assert Entry.objects.filter(actor="anonymous", action="refused", subject="/api/alerts/").exists()


def test_five_wrong_passwords_lock_the_name_even_for_the_right_one(anyone: Caller) -> None:
    statuses = [sign_in(anyone, "wrong-wrong-1").status_code for _ in range(5)]
    assert statuses[:4] == [401] * 4
    locked = sign_in(anyone)
    assert locked.status_code == 429
    assert locked.json()["code"] == "locked"
    assert "quarter of an hour" in locked.json()["cure"]
    assert not AuthToken.objects.exists()
    assert Entry.objects.filter(action="sign-in failed", subject="user:officer").count() >= 5


def test_a_lockout_is_of_one_name_at_one_address(anyone: Caller) -> None:
    for _ in range(5):
        sign_in(anyone, "wrong-wrong-1")
    assert sign_in(anyone).status_code == 429
    assert sign_in(anyone, username="supervisor").status_code == 201
    assert sign_in(anyone, REMOTE_ADDR="192.0.2.7").status_code == 201


def test_four_wrong_passwords_and_a_right_one_begin_the_count_anew(anyone: Caller) -> None:
    for _ in range(2):
        assert [sign_in(anyone, "wrong-wrong-1").status_code for _ in range(4)] == [401] * 4
        assert sign_in(anyone).status_code == 201


def test_a_wrong_name_is_answered_like_a_wrong_password(anyone: Caller) -> None:
    answers = [sign_in(anyone, "wrong-wrong-1", name).json() for name in ("officer", "nobody-of-that-name")]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "given", [{}, {"username": "officer"}, {"username": "officer", "password": ["a"]}, []]
)
def test_a_malformed_sign_in_is_invalid_and_no_crash(anyone: Caller, given: Any) -> None:
    assert anyone.post("/api/tokens/", given, format="json").status_code == 400


def test_a_signed_in_browser_may_read_but_not_write_without_its_csrf_token(people: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/sign-in").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    given = {"username": "supervisor", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post("/sign-in", given).status_code == 302
    assert browser.get("/api/alerts/").status_code == 200
    answer = browser.delete("/api/tokens/")
    assert answer.status_code == 403
    assert answer.json()["code"] == "refused"


def test_row_changes_made_with_a_token_name_its_owner(client_of: ClientOf, recording: object) -> None:
    from auditlog.models import LogEntry

    number = client_of("officer").get("/api/alerts/").json()["results"][0]["id"]
    given = {"action": "no_concern", "reason": "Market colour only."}
    client_of("officer").post(f"/api/alerts/{number}/dispositions/", given, format="json")
    changed = LogEntry.objects.filter(content_type__model="disposition").get()
    assert changed.actor is not None
    assert changed.actor.get_username() == "officer"


def test_a_token_opens_what_it_was_asked_for_and_no_more(anyone: Caller) -> None:
    told = {"username": "officer", "password": PASSWORD, "powers": ["search"], "desks": ["rates"]}
    answer = anyone.post("/api/tokens/", told, format="json")
    assert answer.status_code == 201
    program = signed(answer.json()["token"])
    assert program.get("/api/search/?q=good").status_code == 200
    assert program.get("/api/policies/").status_code == 403
    seeing = anyone.post("/api/tokens/", {**told, "powers": ["see"]}, format="json").json()["token"]
    assert signed(seeing).get("/api/alerts/").status_code == 200
    assert signed(seeing).get("/api/search/?q=good").status_code == 403
    more = anyone.post("/api/tokens/", {**told, "powers": ["administer"]}, format="json")
    assert more.status_code == 400
    assert anyone.post("/api/tokens/", {**told, "desks": ["moon"]}, format="json").status_code == 400


def test_a_token_is_rotated_with_its_limits_and_the_old_one_ends(anyone: Caller) -> None:
    told = {"username": "officer", "password": PASSWORD, "powers": ["see"]}
    first = anyone.post("/api/tokens/", told, format="json").json()["token"]
    answer = signed(first).post("/api/tokens/current/rotation/")
    assert answer.status_code == 201
    second = signed(answer.json()["token"])
    assert second.get("/api/alerts/").status_code == 200
    assert second.get("/api/search/?q=good").status_code == 403
    # Both hold for a moment, so that a program in the middle of its work is not cut off.
    assert signed(first).get("/api/alerts/").status_code == 200
    assert AuthToken.objects.order_by("created").first().expiry <= now() + timedelta(minutes=10)  # type: ignore[union-attr]
    AuthToken.objects.filter(expiry__lte=now() + timedelta(minutes=10)).update(
        expiry=now() - timedelta(seconds=1)
    )
    assert signed(first).get("/api/alerts/").status_code == 401
    assert second.get("/api/alerts/").status_code == 200
