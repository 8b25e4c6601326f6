"""Access reviews: is every role still needed? Asked again each quarter, answered by somebody other than its holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from surveillance.access.models import Grant, Role
from surveillance.access.scope import Power, Scope
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Missing, Refused

EVERY = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class GrantRow:
    """One role of one person. `due`: nobody has looked at it for a quarter. `last_act`: the last in the ledger."""

    number: int
    username: str
    full_name: str
    role: str
    role_name: str
    desk: str
    desk_name: str
    since: datetime | None
    until: datetime | None
    reviewed_by: str
    reviewed_at: datetime | None
    last_act: datetime | None
    due: bool

    @property
    def over(self) -> bool:
        return self.until is not None and self.until <= now()

    @property
    def idle_days(self) -> int | None:
        """Days since they last did anything; None where they never did."""
        return (now() - self.last_act).days if self.last_act else None


def grants_to_review(scope: Scope) -> list[GrantRow]:
    """Every role within reach, what is due first, then by the longest idle. Raises Refused."""
    scope.require(Power.ADMINISTER)
    rows = list(_within(scope).select_related("user", "desk").filter(user__is_active=True))
    last = {name: _last_act(name) for name in {row.user.username for row in rows}}
    told = [_row(row, last[row.user.username]) for row in rows]
    return sorted(
        told, key=lambda row: (not row.due, row.last_act or row.since or now(), row.username, row.number)
    )


def grant_to_review(scope: Scope, number: int) -> GrantRow | None:
    """One role within reach; None where there is none. Raises Refused."""
    scope.require(Power.ADMINISTER)
    row = _one(scope, number)
    return _row(row, _last_act(row.user.username)) if row and row.user.is_active else None


@transaction.atomic
def confirm_grant(*, scope: Scope, number: int) -> None:
    """Say that a role is still needed.

    Raises:
        Refused: not an administrator of that desk, or the role is one's own. Missing.
    """
    scope.require(Power.ADMINISTER)
    row = _one(scope, number)
    if row is None:
        raise Missing("There is no such role.", cure="Reload the page.")
    subject = f"user:{row.user.username}"
    if row.user.username == scope.actor:
        raise Refused("Nobody reviews their own role.", cure="Ask another administrator.", subject=subject)
    row.reviewed_by, row.reviewed_at = scope.actor, now()
    row.save()
    detail = {"role": row.role, "desk": row.desk.slug if row.desk else "every desk"}
    record(actor=scope.actor, action="role reviewed", subject=subject, detail=detail)


def _one(scope: Scope, number: int) -> Grant | None:
    return _within(scope).select_related("user", "desk").filter(pk=number).first()


def _within(scope: Scope) -> QuerySet[Grant]:
    reach = scope.desks(Power.ADMINISTER)
    return Grant.objects.all() if reach.every else Grant.objects.filter(Q(desk__slug__in=reach.slugs))


def _last_act(username: str) -> datetime | None:
    row = entries(Filter(actor=username)).first()
    return row.at if row else None


def _row(row: Grant, last_act: datetime | None) -> GrantRow:
    return GrantRow(
        number=row.pk,
        username=row.user.username,
        full_name=row.user.get_full_name(),
        role=row.role,
        role_name=Role(row.role).label,
        desk=row.desk.slug if row.desk else "",
        desk_name=row.desk.name if row.desk else "every desk",
        since=row.since,
        until=row.until,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        last_act=last_act,
        due=_is_due(row.reviewed_at or row.since),
    )


def _is_due(looked_at: datetime | None) -> bool:
    return looked_at is None or now() - looked_at > EVERY
