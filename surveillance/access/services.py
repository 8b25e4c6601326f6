"""Making desks, users, grants and tokens; each change on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.utils import reset
from django.db import transaction
from knox.models import AuthToken

from surveillance.access.models import Desk, Grant, KnownAs, Role, TokenLimit, User
from surveillance.access.scope import DRILLS, Power, Scope
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Invalid, Refused

A_VISIT = timedelta(days=30)  # of a regulator
OVERLAP = timedelta(minutes=10)  # in which a program changes from one token to the next


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token. Only its hash is kept: this is the one time it can be read."""

    secret: str
    expires_at: datetime


@transaction.atomic
def open_desk(*, scope: Scope, slug: str, name: str) -> None:
    """Make a desk, or rename the one of that slug."""
    scope.require(Power.ADMINISTER, slug, subject=f"desk:{slug}")
    _, made = Desk.objects.update_or_create(slug=slug, defaults={"name": name})
    record(
        actor=scope.actor,
        action="desk opened" if made else "desk renamed",
        subject=f"desk:{slug}",
        detail={"name": name},
    )


@transaction.atomic
def enrol(*, scope: Scope, username: str, full_name: str, password: str | None) -> None:
    """Make a user, or change the password of one. Without a password nobody signs in under that name."""
    scope.require_everywhere(Power.ADMINISTER, subject=f"user:{username}")
    first, _, last = full_name.partition(" ")
    user, made = User.objects.get_or_create(
        username=username, defaults={"first_name": first, "last_name": last}
    )
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    # Whoever held the old password may hold a token that it bought.
    AuthToken.objects.filter(user=user).delete()
    # A new password is the cure that a locked-out person is told to ask for.
    reset(username=username)
    record(
        actor=scope.actor,
        action="user enrolled" if made else "password changed",
        subject=f"user:{username}",
        detail={"full_name": full_name},
    )


@transaction.atomic
def grant(*, scope: Scope, username: str, role: str, desk: str | None, until: datetime | None = None) -> None:
    """Give a user a role over one desk, or over every desk where `desk` is None; it ends by itself at `until`.

    A regulator's ends in thirty days where nothing else is said. Given again, the end moves.

    Raises:
        Refused: the scope does not administer that desk, or not every desk; or the role is for the asker.
        Invalid: no such user, role or desk; an end that is past.
    """
    if desk:
        scope.require(Power.ADMINISTER, desk, subject=f"user:{username}")
    else:
        scope.require_everywhere(Power.ADMINISTER, subject=f"user:{username}")
    if username == scope.actor:
        raise Refused(
            "Nobody gives a role to themselves.",
            cure="Ask another administrator.",
            subject=f"user:{username}",
        )
    if role not in Role.values:
        raise Invalid(f"{role} is not a role.", cure=f"Choose one of {', '.join(Role.values)}.")
    if desk == DRILLS:
        raise Invalid("Nobody holds a role on the drills.", cure="Supervisors and administrators see them.")
    user = User.objects.filter(username=username).first()
    place = Desk.objects.filter(slug=desk).first() if desk else None
    if user is None or (desk and place is None):
        raise Invalid(f"There is no user {username} or no desk {desk}.", cure="Make it first.")
    if until is not None and until <= now():
        raise Invalid("That end is past.", cure="Choose a day to come, or none.")
    if until is None and role == Role.REGULATOR:
        until = now() + A_VISIT
    row, made = Grant.objects.get_or_create(
        user=user, role=role, desk=place, defaults={"since": now(), "until": until}
    )
    if not made and row.until != until:
        row.until, made = until, True
        row.save()
    if made:
        record(
            actor=scope.actor,
            action="role granted",
            subject=f"user:{username}",
            detail={"role": role, "desk": desk or "every desk", "until": until},
        )


@transaction.atomic
def withdraw_grant(*, scope: Scope, username: str, role: str, desk: str | None) -> None:
    """Take back a role over one desk, or the one over every desk where `desk` is None.

    Raises:
        Refused: as `grant`; also for one's own last hold on administration. Invalid: there is no such grant.
    """
    if desk:
        scope.require(Power.ADMINISTER, desk, subject=f"user:{username}")
    else:
        scope.require_everywhere(Power.ADMINISTER, subject=f"user:{username}")
    if username == scope.actor and role == Role.ADMIN:
        raise Refused(
            "Nobody takes administration from themselves.",
            cure="Ask another administrator.",
            subject=f"user:{username}",
        )
    held = Grant.objects.filter(user__username=username, role=role, desk__slug=desk)
    if not desk:
        held = Grant.objects.filter(user__username=username, role=role, desk__isnull=True)
    row = held.first()
    if row is None:
        raise Invalid(f"{username} does not hold that role.", cure="Reload the page.")
    row.delete()
    record(
        actor=scope.actor,
        action="role withdrawn",
        subject=f"user:{username}",
        detail={"role": role, "desk": desk or "every desk"},
    )


@transaction.atomic
def set_known_as(
    *, scope: Scope, username: str, names: Sequence[str], numbers: Sequence[str], manager: str
) -> None:
    """Say under which names and numbers a user turns up in calls, and who their manager is: whose calls are walled.

    Raises:
        Refused: not an administrator of every desk. Invalid: no such user or manager, or their own manager.
    """
    scope.require_everywhere(Power.ADMINISTER, subject=f"user:{username}")
    user = User.objects.filter(username=username).first()
    above = User.objects.filter(username=manager).first() if manager else None
    if user is None or (manager and above is None):
        raise Invalid(f"There is no user {username if user is None else manager}.", cure="Enrol them first.")
    if above == user:
        raise Invalid("Nobody is their own manager.", cure="Name another, or nobody.")
    wanted = {("name", one.strip()[:120]) for one in names} | {
        ("number", one.strip()[:120]) for one in numbers
    }
    wanted = {(kind, value) for kind, value in wanted if value}
    for row in KnownAs.objects.filter(user=user):
        if (row.kind, row.value) not in wanted:
            row.delete()
    for kind, value in sorted(wanted):
        KnownAs.objects.get_or_create(user=user, kind=kind, value=value)
    user.manager = above
    user.save()
    record(
        actor=scope.actor,
        action="known as",
        subject=f"user:{username}",
        detail={"known_as": sorted(value for _, value in wanted), "manager": manager},
    )


@transaction.atomic
def set_standing(*, scope: Scope, username: str, active: bool) -> None:
    """Close an account, with the tokens it holds, or open it again. Nothing of what it did is lost.

    Raises:
        Refused: not an administrator of every desk, or one's own account. Invalid: no such user.
    """
    scope.require_everywhere(Power.ADMINISTER, subject=f"user:{username}")
    if username == scope.actor:
        raise Refused(
            "Nobody closes their own account.", cure="Ask another administrator.", subject=f"user:{username}"
        )
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Invalid(f"There is no user {username}.", cure="Reload the page.")
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        AuthToken.objects.filter(user=user).delete()
    record(
        actor=scope.actor, action="account opened" if active else "account closed", subject=f"user:{username}"
    )


@transaction.atomic
def issue_token(*, scope: Scope, powers: Sequence[str] = (), desks: Sequence[str] = ()) -> IssuedToken:
    """Give the user behind a scope, who has just shown their password, a token for programs.

    It opens no more than the owner may, and where `powers` or `desks` are named no more than those.

    Raises:
        Refused: nobody is signed in. Invalid: a power or desk that the owner does not have.
    """
    user = User.objects.filter(username=scope.actor, is_active=True).first()
    if user is None:
        raise Refused("Only a user is given a token.", cure="Sign in first.")
    strange = [power for power in powers if power not in scope.reach]
    strange += [desk for desk in desks if not any(desk in held for held in scope.reach.values())]
    if strange:
        raise Invalid(
            f"You do not have {', '.join(strange)}.",
            cure="A token opens no more than its owner may.",
        )
    # Whoever hears, finds or decides on a call sees that there is one.
    seeing = {Power.SEE.value} if {Power.LISTEN, Power.SEARCH, Power.REVIEW} & set(powers) else set()
    return _issued(user, sorted({*powers, *seeing}), sorted(set(desks)))


@transaction.atomic
def rotate_token(*, scope: Scope, digest: str) -> IssuedToken:
    """A new token that opens what the one of this digest does; the old one ends in a few minutes.

    Raises:
        Invalid: it is not a token of the asker.
    """
    old = AuthToken.objects.select_for_update().filter(digest=digest, user__username=scope.actor).first()
    if old is None:
        raise Invalid("That is no token of yours.", cure="Sign in again for one.")
    limit = TokenLimit.objects.filter(digest=digest).first()
    fresh = _issued(old.user, limit.powers if limit else [], limit.desks if limit else [])
    end = now() + OVERLAP
    old.expiry = min(old.expiry, end) if old.expiry else end
    old.save()
    return fresh


def _issued(user: User, powers: list[str], desks: list[str]) -> IssuedToken:
    row, secret = AuthToken.objects.create(user=user)
    if powers or desks:
        TokenLimit.objects.create(digest=row.digest, powers=powers, desks=desks)
    detail = {"token": row.digest[:12], "expires_at": row.expiry, "powers": powers, "desks": desks}
    record(actor=user.username, action="token issued", subject=f"user:{user.username}", detail=detail)
    return IssuedToken(secret=secret, expires_at=row.expiry)


@transaction.atomic
def revoke_tokens(*, scope: Scope, digest: str = "") -> int:
    """Make the asker's own tokens worthless: the one of that digest, or all of them; how many there were."""
    mine = AuthToken.objects.filter(user__username=scope.actor)
    if digest:
        mine = mine.filter(digest=digest)
    gone = [row[:12] for row in mine.values_list("digest", flat=True)]
    mine.delete()
    record(actor=scope.actor, action="tokens revoked", subject=f"user:{scope.actor}", detail={"tokens": gone})
    return len(gone)
