"""Making desks, users and grants; each change on record."""

from __future__ import annotations

from django.db import transaction

from surveillance.access.models import Desk, Grant, Role, User
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.core.errors import Invalid


@transaction.atomic
def open_desk(*, scope: Scope, slug: str, name: str) -> None:
    """Make a desk, or rename the one of that slug."""
    scope.require(Power.ADMINISTER)
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
    scope.require(Power.ADMINISTER)
    first, _, last = full_name.partition(" ")
    user, made = User.objects.get_or_create(username=username, defaults={"first_name": first, "last_name": last})
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    record(
        actor=scope.actor,
        action="user enrolled" if made else "password changed",
        subject=f"user:{username}",
        detail={"full_name": full_name},
    )


@transaction.atomic
def grant(*, scope: Scope, username: str, role: str, desk: str | None) -> None:
    """Give a user a role over one desk, or over every desk where `desk` is None.

    Raises:
        Invalid: no such user, role or desk.
    """
    scope.require(Power.ADMINISTER)
    if role not in Role.values:
        raise Invalid(f"{role} is not a role.", cure=f"Choose one of {', '.join(Role.values)}.")
    user = User.objects.filter(username=username).first()
    place = Desk.objects.filter(slug=desk).first() if desk else None
    if user is None or (desk and place is None):
        raise Invalid(f"There is no user {username} or no desk {desk}.", cure="Make it first.")
    _, made = Grant.objects.get_or_create(user=user, role=role, desk=place)
    if made:
        record(
            actor=scope.actor,
            action="role granted",
            subject=f"user:{username}",
            detail={"role": role, "desk": desk or "every desk"},
        )
