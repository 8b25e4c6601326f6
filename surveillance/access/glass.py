"""Breaking the glass: access in an emergency, asked by one, opened by another, for some hours, and loud.

SEC 17a-4(f)(3)(v): access must be there for a regulator even where whoever usually gives it is not. What is seen under
it stands in the ledger like everything else, and conflict walls hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from surveillance.access.models import Desk, Glass, Role, User
from surveillance.access.scope import Power, Scope
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid, Missing, Refused

ROLES = (Role.INVESTIGATOR, Role.OFFICER, Role.RECORDS)
MOST_HOURS = 24
WAITS = timedelta(hours=4)  # a request nobody opened by then is over


@dataclass(frozen=True, kw_only=True)
class GlassRow:
    """One emergency. `acts`: what was done by that person while it stood open."""

    number: int
    username: str
    role: str
    role_name: str
    desk: str
    desk_name: str
    reason: str
    hours: int
    asked_at: datetime
    opened_by: str
    opened_at: datetime | None
    until: datetime | None
    ended_by: str
    ended_at: datetime | None
    acts: int

    @property
    def is_open(self) -> bool:
        return self.until is not None and self.ended_at is None and self.until > now()

    @property
    def waits(self) -> bool:
        return self.opened_at is None and self.ended_at is None and self.asked_at > now() - WAITS


@transaction.atomic
def ask_glass(*, scope: Scope, role: str, desk: str, reason: str, hours: int) -> int:
    """Ask for access in an emergency; its number. Nothing is open before another person opens it.

    Raises:
        Refused: nobody is signed in. Invalid: no such role or desk, no reason, too long. Conflict: asked already.
    """
    user = User.objects.filter(username=scope.actor, is_active=True).first()
    if user is None:
        raise Refused("Only a person asks for this.", cure="Sign in first.")
    place = Desk.objects.filter(slug=desk).first() if desk else None
    if role not in ROLES or (desk and place is None):
        raise Invalid("There is no such role or desk to ask for.", cure=f"Choose one of {', '.join(ROLES)}.")
    if not reason.strip():
        raise Invalid(
            "Say what the emergency is.", cure="Whoever opens it, and everybody who watches, reads it."
        )
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(f"It is open for 1 to {MOST_HOURS} hours.", cure="Ask again when they are over.")
    waiting = Glass.objects.filter(user=user, opened_at__isnull=True, ended_at__isnull=True)
    if waiting.filter(asked_at__gt=now() - WAITS).exists():
        raise Conflict("You asked already.", cure="Call an administrator: another person opens it.")
    row = Glass.objects.create(
        user=user, role=role, desk=place, reason=reason.strip()[:2000], hours=hours, asked_at=now()
    )
    detail = {"role": role, "desk": desk or "every desk", "reason": row.reason, "hours": hours}
    record(actor=scope.actor, action="glass asked", subject=f"glass:{row.pk}", detail=detail)
    return row.pk


@transaction.atomic
def open_glass(*, scope: Scope, number: int) -> GlassRow:
    """Open what somebody else asked for; from now on, for its hours. Whoever calls it makes it loud.

    Raises:
        Refused: the scope does not administer that desk. Missing. Conflict: opened, ended, too old, or one's own.
    """
    row = _locked(number)
    _administers(scope, row)
    if row.user.username == scope.actor:
        raise Conflict("You asked for this yourself.", cure="Another administrator opens it.")
    if not _row(row).waits:
        raise Conflict("It was opened already, or nobody opened it in time.", cure="Let it be asked anew.")
    row.opened_by, row.opened_at = User.objects.get(username=scope.actor), now()
    row.until = row.opened_at + timedelta(hours=row.hours)
    row.save()
    detail = {"for": row.user.username, "reason": row.reason, "until": row.until, "role": row.role}
    record(actor=scope.actor, action="glass broken", subject=f"glass:{number}", detail=detail)
    return _row(row)


@transaction.atomic
def end_glass(*, scope: Scope, number: int) -> None:
    """End it early, or take a request back: by whoever asked, or an administrator of that desk.

    Raises:
        Refused, Missing. Conflict: it is over.
    """
    row = _locked(number)
    if row.user.username != scope.actor:
        _administers(scope, row)
    told = _row(row)
    if not told.is_open and not told.waits:
        raise Conflict("It is over.", cure="Nothing is left to do.")
    row.ended_by, row.ended_at = scope.actor, now()
    row.save()
    record(
        actor=scope.actor, action="glass ended", subject=f"glass:{number}", detail={"for": row.user.username}
    )


def glasses(scope: Scope, *, most: int = 100) -> list[GlassRow]:
    """Emergencies, newest first: all of one's desks for an administrator, all for the second line, else one's own."""
    rows = Glass.objects.select_related("user", "desk", "opened_by")
    reach = scope.desks(Power.ADMINISTER)
    found = []
    for row in rows:
        mine = row.user.username == scope.actor or scope.may(Power.OVERSEE)
        if mine or (row.desk.slug in reach if row.desk else reach.every):
            found.append(_row(row))
        if len(found) == most:
            break
    return found


def open_for(username: str) -> GlassRow | None:
    """What stands open for somebody now, so that every page can say so."""
    rows = Glass.objects.select_related("user", "desk", "opened_by")
    row = rows.filter(user__username=username, until__gt=now(), ended_at__isnull=True).first()
    return _row(row, acts=False) if row else None


def _locked(number: int) -> Glass:
    row = (
        Glass.objects.select_for_update(of=("self",)).select_related("user", "desk").filter(pk=number).first()
    )
    if row is None:
        raise Missing("There is no such request.", cure="Look for it on /access.")
    return row


def _administers(scope: Scope, row: Glass) -> None:
    subject = f"glass:{row.pk}"
    if not scope.may(Power.ADMINISTER):
        raise Hidden("There is no such request.", cure="Look for it on /access.", subject=subject)
    if row.desk:
        scope.require(Power.ADMINISTER, row.desk.slug, subject=subject)
    else:
        scope.require_everywhere(Power.ADMINISTER, subject=subject)


def _row(row: Glass, *, acts: bool = True) -> GlassRow:
    many = 0
    if acts and row.opened_at is not None and row.until is not None:
        span = Filter(actor=row.user.username, since=row.opened_at, until=row.ended_at or row.until)
        many = entries(span).count()
    return GlassRow(
        number=row.pk,
        username=row.user.username,
        role=row.role,
        role_name=Role(row.role).label,
        desk=row.desk.slug if row.desk else "",
        desk_name=row.desk.name if row.desk else "every desk",
        reason=row.reason,
        hours=row.hours,
        asked_at=row.asked_at,
        opened_by=row.opened_by.username if row.opened_by else "",
        opened_at=row.opened_at,
        until=row.until,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        acts=many,
    )
