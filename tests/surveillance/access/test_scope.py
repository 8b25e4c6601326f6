"""What a role may do on which desk, and what several grants come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.access.models import Role
from surveillance.access.scope import POWERS, Desks, Power, Scope, combine, program
from surveillance.core.errors import Refused

ROLES = sorted(POWERS)
GRANTS = st.lists(
    st.tuples(st.sampled_from(ROLES), st.none() | st.sampled_from(["rates", "fx", "energy"])), max_size=6
)


def test_every_role_that_can_be_granted_has_its_powers_written_down() -> None:
    assert set(ROLES) == set(Role.values)


def test_an_administrator_hears_nothing_and_an_auditor_decides_nothing() -> None:
    assert not POWERS["admin"] & {Power.SEE, Power.LISTEN, Power.SEARCH, Power.REVIEW}
    assert not POWERS["auditor"] & {Power.LISTEN, Power.SEARCH, Power.REVIEW, Power.CAPTURE, Power.ADMINISTER}


def test_a_recorder_may_hand_in_and_nothing_else() -> None:
    assert POWERS["service"] == {Power.CAPTURE}


def test_only_a_supervisor_is_a_second_pair_of_eyes() -> None:
    assert [role for role in ROLES if Power.SECOND in POWERS[role]] == ["supervisor"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_on_one_desk_reaches_that_desk_and_no_other(role: str) -> None:
    scope = combine("odile", [(role, "rates")])
    for power in Power:
        assert scope.may(power, "rates") == (power in POWERS[role])
        assert not scope.may(power, "fx")


def test_two_roles_on_two_desks_do_not_mix() -> None:
    scope = combine("odile", [("officer", "rates"), ("records", "fx")])
    assert scope.may(Power.REVIEW, "rates")
    assert not scope.may(Power.REVIEW, "fx")
    assert scope.may(Power.CAPTURE, "fx")
    assert not scope.may(Power.CAPTURE, "rates")
    assert scope.desks(Power.SEE).as_filter == {"rates", "fx"}


def test_a_grant_over_every_desk_is_not_narrowed_by_one_over_a_single_desk() -> None:
    for order in ([("officer", None), ("officer", "rates")], [("officer", "rates"), ("officer", None)]):
        scope = combine("odile", order)
        assert scope.may(Power.LISTEN, "a-desk-opened-tomorrow")
        assert scope.desks(Power.LISTEN).as_filter is None


def test_without_a_grant_nothing_is_allowed() -> None:
    scope = combine("odile", [])
    assert not any(scope.may(power) for power in Power)
    assert scope.desks(Power.SEE).as_filter == frozenset()


@given(GRANTS)
def test_a_union_of_grants_allows_exactly_what_one_of_them_allows(
    grants: list[tuple[str, str | None]],
) -> None:
    scope = combine("odile", grants)
    for power in Power:
        for desk in ("rates", "fx", "energy", "unheard-of"):
            expected = any(power in POWERS[role] and place in (None, desk) for role, place in grants)
            assert scope.may(power, desk) == expected
        assert scope.may(power) == any(power in POWERS[role] for role, _ in grants)


def test_a_refusal_says_what_is_not_allowed_where_and_what_to_do() -> None:
    scope = combine("odile", [("auditor", "rates")])
    with pytest.raises(Refused) as told:
        scope.require(Power.LISTEN, "rates", subject="recording:1")
    assert (told.value.status, told.value.subject) == (403, "recording:1")
    assert "listen" in told.value.message
    assert "rates" in told.value.message
    assert told.value.cure


def test_a_scope_cannot_be_widened_once_it_is_made() -> None:
    scope = Scope(actor="odile", reach={Power.SEE: Desks(slugs=frozenset({"rates"}))})
    with pytest.raises(AttributeError):
        scope.actor = "program:index"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        scope.desks(Power.SEE).every = True  # type: ignore[misc]


def test_a_program_of_earshot_acts_under_a_name_no_user_can_have() -> None:
    from django.contrib.auth.validators import UnicodeUsernameValidator
    from django.core.exceptions import ValidationError

    actor = program("screen").actor
    with pytest.raises(ValidationError):
        UnicodeUsernameValidator()(actor)
