"""A row that somebody made, changed or deleted past Earshot is found, by its history."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from surveillance.access.scope import program
from surveillance.access.services import enrol, grant, open_desk, set_standing, withdraw_grant
from surveillance.audit.rows import strangers

pytestmark = pytest.mark.django_db


@pytest.fixture
def sql() -> Callable[..., None]:
    """The database past Earshot."""

    def run(text: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, values)

    setup = program("setup")
    open_desk(scope=setup, slug="rates", name="Rates")
    open_desk(scope=setup, slug="rates", name="Rates and repo")
    for username in ("odile", "bruno"):
        enrol(scope=setup, username=username, full_name="Odile Marchetti", password="Harbour-Lantern-42")
        grant(scope=setup, username=username, role="officer", desk="rates")
    withdraw_grant(scope=setup, username="bruno", role="officer", desk="rates")
    set_standing(scope=setup, username="bruno", active=False)
    return run


def told() -> list[str]:
    return [f"{found.thing} {found.why}" for found in strangers()]


def test_what_went_through_earshot_has_its_history(sql: Callable[..., None]) -> None:
    assert told() == []


def test_a_role_given_in_the_database_is_found(sql: Callable[..., None]) -> None:
    sql("UPDATE access_grant SET role = 'admin'")
    [found] = told()
    assert "role is admin; on record officer" in found


def test_a_role_made_in_the_database_is_found(sql: Callable[..., None]) -> None:
    sql(
        "INSERT INTO access_grant (user_id, role, reviewed_by) "
        "SELECT id, 'admin', '' FROM access_user WHERE username = 'bruno'"
    )
    [found] = told()
    assert found.endswith("has no history; it was made past Earshot")


def test_a_role_taken_in_the_database_is_found(sql: Callable[..., None]) -> None:
    sql("DELETE FROM access_grant")
    [found] = told()
    assert found.endswith("is gone, and nobody deleted it on record")


def test_a_password_set_in_the_database_is_found_and_not_told(sql: Callable[..., None]) -> None:
    sql("UPDATE access_user SET password = 'pbkdf2$elsewhere' WHERE username = 'odile'")
    [found] = told()
    assert found.endswith("password is not what is on record")


def test_an_account_opened_again_in_the_database_is_found(sql: Callable[..., None]) -> None:
    sql("UPDATE access_user SET is_active = %s WHERE username = 'bruno'", True)
    [found] = told()
    assert "is_active is True; on record False" in found
