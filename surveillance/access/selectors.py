"""From a user to a Scope, and the desks a scope may name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from surveillance.access.identities import Known, known
from surveillance.access.models import Desk, Glass, Grant, Role, TokenLimit, User
from surveillance.access.scope import DRILLS, Power, Scope, combine
from surveillance.core.clock import now
from surveillance.core.errors import Missing


@dataclass(frozen=True, kw_only=True)
class DeskName:
    """A desk as other rooms see it."""

    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role a user holds; over every desk where `desk` is empty."""

    role: str
    role_name: str
    desk: str
    desk_name: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user as the administration page shows them."""

    username: str
    full_name: str
    active: bool
    grants: tuple[str, ...]
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    manager: str = ""
    held: tuple[Held, ...] = ()


def scope_of(user: User | AnonymousUser) -> Scope:
    """The reach of a signed-in user; an empty scope for anyone else."""
    if not isinstance(user, User) or not user.is_active:
        return Scope(actor="anonymous")
    grants = _standing_grants().filter(user=user).values_list("role", "desk__slug")
    broken = Glass.objects.filter(user=user, until__gt=now(), ended_at__isnull=True)
    return combine(user.username, [*grants, *broken.values_list("role", "desk__slug")])


def scope_of_token(user: User | AnonymousUser, digest: str) -> Scope:
    """The reach of a token: its owner's, as far as its own limit leaves it."""
    limit = TokenLimit.objects.filter(digest=digest).first()
    whole = scope_of(user)
    return whole.narrowed(powers=limit.powers, desks=limit.desks) if limit else whole


def scope_named(username: str) -> Scope:
    """The reach of the user of that name.

    Raises:
        Missing: no such active user.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Missing(f"There is no active user named {username}.", cure="Check the spelling.")
    return scope_of(user)


def desks(scope: Scope, power: Power = Power.SEE) -> list[DeskName]:
    """The desks on which the scope holds a power, by name; the desk of the drills is nobody's."""
    found = Desk.objects.exclude(slug=DRILLS)
    reach = scope.desks(power)
    if not reach.every:
        found = found.filter(slug__in=reach.slugs)
    return [DeskName(slug=desk.slug, name=desk.name) for desk in found]


def every_desk() -> list[DeskName]:
    """The desks there are, for whoever asks for one in an emergency; the desk of the drills is nobody's."""
    return [DeskName(slug=desk.slug, name=desk.name) for desk in Desk.objects.exclude(slug=DRILLS)]


def desk_exists(slug: str) -> bool:
    """Is there a desk of that slug?"""
    return Desk.objects.filter(slug=slug).exists()


def desk_key(slug: str) -> int | None:
    """What other rooms' rows point to, for the desk of that slug; None where there is none."""
    return Desk.objects.filter(slug=slug).values_list("pk", flat=True).first()


def people(scope: Scope) -> list[Person]:
    """Every user with their grants. Refused without `Power.ADMINISTER`."""
    scope.require(Power.ADMINISTER)
    users = (
        User.objects.order_by("username")
        .prefetch_related("grants__desk", "known_as")
        .select_related("manager")
    )
    return [
        Person(
            username=user.username,
            full_name=user.get_full_name(),
            active=user.is_active,
            names=tuple(one.value for one in user.known_as.all() if one.kind == "name"),
            numbers=tuple(one.value for one in user.known_as.all() if one.kind == "number"),
            manager=user.manager.username if user.manager else "",
            grants=tuple(
                f"{Role(grant.role).label}, {grant.desk.name if grant.desk else 'every desk'}"
                for grant in user.grants.all()
            ),
            held=tuple(_held(grant) for grant in user.grants.all()),
        )
        for user in users
    ]


def roles() -> list[tuple[str, str]]:
    """The roles there are, with their names."""
    return [(role.value, str(role.label)) for role in Role]


def _standing_grants() -> QuerySet[Grant]:
    """Those that have not ended by themselves."""
    return Grant.objects.filter(Q(until__isnull=True) | Q(until__gt=now()))


def _held(grant: Grant) -> Held:
    desk = grant.desk
    return Held(
        role=grant.role,
        role_name=Role(grant.role).label,
        desk=desk.slug if desk else "",
        desk_name=desk.name if desk else "every desk",
        until=grant.until,
    )


def peers_of(username: str) -> set[str]:
    """Others who hold one of the roles that somebody holds; for Earshot's own programs."""
    roles_held = Grant.objects.filter(user__username=username).values("role")
    found = Grant.objects.filter(role__in=roles_held).exclude(user__username=username)
    return set(found.values_list("user__username", flat=True))


def same_team(one: str, other: str) -> bool:
    """Do two people work together: one desk, as more than its second line, or one the other's manager?"""
    if one == other:
        return True
    if User.objects.filter(username=one, manager__username=other).exists():
        return True
    if User.objects.filter(username=other, manager__username=one).exists():
        return True
    desks_held = [
        set(
            Grant.objects.filter(user__username=name, desk__isnull=False)
            .exclude(role=Role.SECOND_LINE)
            .values_list("desk_id", flat=True)
        )
        for name in (one, other)
    ]
    return bool(desks_held[0] & desks_held[1])


def accounts_named(person: Known) -> list[str]:
    """The accounts of somebody known by names and numbers; for rooms that answer for data subjects."""
    return sorted(
        {
            one.username
            for one in known()
            if one.why == "own" and (one.names & person.names or one.numbers & person.numbers)
        }
    )


def holders() -> dict[str, int]:
    """How many active people hold each role; for documents that say who may do what."""
    rows = _standing_grants().filter(user__is_active=True).values_list("role", "user_id").distinct()
    return Counter(role for role, _ in rows)


def usernames() -> set[str]:
    """Everybody who has an account; for Earshot's own programs."""
    return set(User.objects.values_list("username", flat=True))
