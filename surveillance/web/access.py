"""Access: emergencies by two, and the review of every role each quarter."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.glass import MOST_HOURS, ROLES, ask_glass, end_glass, glasses, open_glass
from surveillance.access.reviewing import confirm_grant, grant_to_review, grants_to_review
from surveillance.access.scope import Power
from surveillance.access.selectors import every_desk
from surveillance.access.services import withdraw_grant
from surveillance.core.errors import Invalid
from surveillance.pipeline import tell_of_glass
from surveillance.web.door import go, seen, signed_in


@require_GET
@signed_in
def access_page(request: HttpRequest) -> HttpResponseBase:
    """What one may ask in an emergency; for administrators what waits, stands open, and is to be reviewed."""
    scope = scope_at(request)
    administers = scope.may(Power.ADMINISTER)
    rows = glasses(scope)
    grants = grants_to_review(scope) if administers else []
    shown = {
        "glasses": rows,
        "roles": [(role.value, role.label) for role in ROLES],
        "desks": every_desk(),
        "most": MOST_HOURS,
        "administers": administers,
        "grants": grants,
        "due": sum(row.due for row in grants),
        "me": scope.actor,
    }
    seen(request, "page:access")
    return render(request, "web/access.html", shown)


@require_POST
@signed_in
def glass_asked(request: HttpRequest) -> HttpResponseBase:
    """Ask for access in an emergency."""
    told = request.POST
    hours = told.get("hours", "")
    ask_glass(
        scope=scope_at(request),
        role=told.get("role", ""),
        desk=told.get("desk", ""),
        reason=told.get("reason", ""),
        hours=int(hours) if hours.isdecimal() and len(hours) < 4 else 0,
    )
    messages.success(request, "Asked. Call an administrator: it is open when they have opened it.")
    return go(request, reverse("access"))


@require_POST
@signed_in
def glass_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Open what somebody asked for, or end it."""
    scope = scope_at(request)
    if request.POST.get("deed") == "open":
        row = open_glass(scope=scope, number=number)
        tell_of_glass(row)
        messages.success(
            request, f"Open for {row.username} for {row.hours} hours. Everybody who watches is told."
        )
    else:
        end_glass(scope=scope, number=number)
        messages.success(request, "Ended.")
    return go(request, reverse("access"))


@require_POST
@signed_in
def grant_reviewed(request: HttpRequest, number: int) -> HttpResponseBase:
    """Say that a role is still needed, or take it back."""
    scope = scope_at(request)
    row = grant_to_review(scope, number)
    if row is None:
        raise Invalid("There is no such role.", cure="Reload the page.")
    if request.POST.get("deed") == "withdraw":
        withdraw_grant(scope=scope, username=row.username, role=row.role, desk=row.desk or None)
        messages.success(request, f"The role was taken from {row.username}.")
    else:
        confirm_grant(scope=scope, number=number)
        messages.success(request, f"{row.username} keeps it.")
    return go(request, reverse("access"))
