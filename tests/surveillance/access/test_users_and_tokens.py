"""Desks, users, grants and tokens: who may make them, and what it leaves on record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from knox.models import AuthToken

from surveillance.access.models import Grant, User
from surveillance.access.scope import Power, Scope, combine, program
from surveillance.access.selectors import desks, people, scope_named, scope_of
from surveillance.access.services import enrol, grant, issue_token, open_desk, revoke_tokens
from surveillance.audit.models import Entry
from surveillance.core.errors import Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
ROOT = program("setup")


@pytest.fixture(autouse=True)
def organisation() -> None:
    open_desk(scope=ROOT, slug="rates", name="Rates")
    open_desk(scope=ROOT, slug="fx", name="FX")
    enrol(scope=ROOT, username="odile", full_name="Odile Marchetti", password="teal-otter-linen-42")
    grant(scope=ROOT, username="odile", role="officer", desk="rates")


DEEDS: dict[str, Callable[[Scope], object]] = {
    "open a desk": lambda scope: open_desk(scope=scope, slug="energy", name="Energy"),
    "enrol a user": lambda scope: enrol(scope=scope, username="new", full_name="New One", password="x"),
    "change a password": lambda scope: enrol(
        scope=scope, username="odile", full_name="", password="mine-now"
    ),
    "grant a role": lambda scope: grant(scope=scope, username="odile", role="officer", desk="fx"),
    "grant a role over all": lambda scope: grant(scope=scope, username="odile", role="admin", desk=None),
    "list the users": people,
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
@pytest.mark.parametrize("role", ["officer", "supervisor", "investigator", "records", "auditor", "service"])
def test_nobody_but_an_administrator_changes_who_may_what(deed: Callable[[Scope], object], role: str) -> None:
    before = (User.objects.count(), Grant.objects.count(), Entry.objects.count())
    with pytest.raises(Refused):
        deed(combine("someone", [(role, None)]))
    assert before == (User.objects.count(), Grant.objects.count(), Entry.objects.count())


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_an_administrator_of_every_desk_may(deed: Callable[[Scope], object]) -> None:
    deed(combine("root", [("admin", None)]))


@pytest.mark.parametrize(
    "name", ["enrol a user", "change a password", "grant a role", "grant a role over all", "open a desk"]
)
def test_an_administrator_of_one_desk_does_not_reach_beyond_it(name: str) -> None:
    with pytest.raises(Refused):
        DEEDS[name](combine("local", [("admin", "rates")]))


def test_an_administrator_of_one_desk_grants_roles_on_it() -> None:
    grant(scope=combine("local", [("admin", "rates")]), username="odile", role="supervisor", desk="rates")
    assert scope_named("odile").may(Power.SECOND, "rates")


def test_every_change_stands_in_the_ledger_with_who_made_it() -> None:
    acts = Entry.objects.filter(actor="program:setup").order_by("sequence").values_list("action", "subject")
    assert list(acts) == [
        ("desk opened", "desk:rates"),
        ("desk opened", "desk:fx"),
        ("user enrolled", "user:odile"),
        ("role granted", "user:odile"),
    ]
    enrol(scope=ROOT, username="odile", full_name="Odile Marchetti", password="another-one-7")
    assert Entry.objects.order_by("-sequence")[0].action == "password changed"


def test_no_password_and_no_hash_of_one_stands_in_the_ledger_or_among_row_changes() -> None:
    from auditlog.models import LogEntry

    kept = str(list(Entry.objects.values())) + str(list(LogEntry.objects.values("changes", "object_repr")))
    assert "teal-otter-linen-42" not in kept
    assert User.objects.get().password not in kept


@pytest.mark.parametrize(
    ("username", "role", "desk"),
    [("nobody", "officer", "rates"), ("odile", "king", "rates"), ("odile", "officer", "x")],
)
def test_a_grant_of_what_does_not_exist_is_invalid(username: str, role: str, desk: str) -> None:
    with pytest.raises(Invalid):
        grant(scope=ROOT, username=username, role=role, desk=desk)


def test_the_same_grant_twice_is_one_grant() -> None:
    grant(scope=ROOT, username="odile", role="officer", desk="rates")
    assert Grant.objects.count() == 1


def test_a_user_who_left_has_no_reach_at_all() -> None:
    user = User.objects.get(username="odile")
    assert scope_of(user).may(Power.LISTEN, "rates")
    user.is_active = False
    user.save()
    assert scope_of(user).actor == "anonymous"
    assert not scope_of(user).may(Power.SEE)
    with pytest.raises(Missing):
        scope_named("odile")


def test_a_scope_names_only_the_desks_it_reaches() -> None:
    assert [desk.slug for desk in desks(scope_named("odile"))] == ["rates"]
    assert [desk.slug for desk in desks(ROOT)] == ["fx", "rates"]
    assert desks(scope_named("odile"), Power.CAPTURE) == []


def test_a_token_is_kept_only_as_a_hash_and_ends_with_its_revocation() -> None:
    scope = scope_named("odile")
    issued = issue_token(scope=scope)
    row = AuthToken.objects.get()
    assert issued.secret not in str(vars(row))
    assert issued.expires_at == row.expiry
    assert issued.secret[:15] not in str(list(Entry.objects.values()))
    assert revoke_tokens(scope=scope, digest=row.digest) == 1
    assert not AuthToken.objects.exists()


def test_a_token_outlives_neither_a_new_password_nor_the_revocation_of_all() -> None:
    scope = scope_named("odile")
    issue_token(scope=scope)
    enrol(scope=ROOT, username="odile", full_name="Odile", password="another-one-7")
    assert not AuthToken.objects.exists()
    issue_token(scope=scope)
    issue_token(scope=scope)
    assert revoke_tokens(scope=scope) == 2


def test_nobody_revokes_the_token_of_another() -> None:
    issue_token(scope=scope_named("odile"))
    digest = AuthToken.objects.get().digest
    assert revoke_tokens(scope=Scope(actor="bruno"), digest=digest) == 0
    assert AuthToken.objects.exists()


def test_an_empty_scope_is_given_no_token() -> None:
    with pytest.raises(Refused):
        issue_token(scope=Scope(actor="anonymous"))


def test_an_administrator_gives_no_role_to_themselves() -> None:
    enrol(scope=ROOT, username="dana", full_name="Dana Kowalski", password="teal-otter-linen-43")
    dana = combine("dana", [("admin", None)])
    with pytest.raises(Refused, match="themselves"):
        grant(scope=dana, username="dana", role="investigator", desk=None)
    assert not Grant.objects.filter(user__username="dana").exists()
