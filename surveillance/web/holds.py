"""Legal holds: what is held and for whom, placed with a look at what it takes in, released by two."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks
from surveillance.pipeline import send_holds
from surveillance.retention.hold_selectors import hold, holds, latency
from surveillance.retention.holds import Terms, ask_release, keep_hold, place_hold, release_hold, would_hold
from surveillance.web.dates import day, day_after
from surveillance.web.door import go, seen, signed_in
from surveillance.web.names import listed
from surveillance.web.retention_charts import locking


@require_GET
@signed_in
def holds_page(request: HttpRequest) -> HttpResponseBase:
    """The holds, those that stand first; the form to place one, with how many recordings it would take in."""
    scope = scope_at(request)
    found = holds(scope)
    asked = request.GET.get("laid_out") == "1"
    terms = _terms(request.GET) if asked else None
    shown = {
        "standing": [row for row in found.rows if row.stands],
        "released": [row for row in found.rows if not row.stands],
        "elsewhere": found.elsewhere,
        "desks": desks(scope, Power.HOLD),
        "asked": request.GET,
        "asked_desks": request.GET.getlist("desk"),
        "custodians": request.GET.get("custodians", ""),
        "would": would_hold(scope, terms) if terms else None,
        "me": scope.actor,
    }
    seen(request, "page:holds", looked_for=bool(terms))
    return render(request, "web/holds.html", shown)


@require_GET
@signed_in
def hold_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One hold: its terms, its custodians, how far the store has followed and how long that took."""
    scope = scope_at(request)
    row, took = hold(scope, number), latency(scope, number)
    shown = {
        "hold": row,
        "took": took,
        "steps": locking(took.seconds),
        "median": took.quantile(0.5),
        "nearly_all": took.quantile(0.99),
        "me": scope.actor,
    }
    seen(request, f"hold:{number}")
    return render(request, "web/hold.html", shown)


@require_POST
@signed_in
def hold_placed(request: HttpRequest) -> HttpResponseBase:
    """Place a hold; the store follows at once."""
    number = place_hold(
        scope=scope_at(request),
        matter=request.POST.get("matter", ""),
        reason=request.POST.get("reason", ""),
        terms=_terms(request.POST),
        forward=request.POST.get("forward") == "1",
    )
    send_holds()
    messages.success(request, "The hold stands. The store's locks follow within a minute.")
    return go(request, reverse("hold", args=[number]))


@require_POST
@signed_in
def release_asked(request: HttpRequest, number: int) -> HttpResponseBase:
    """Ask that a hold be released."""
    ask_release(scope=scope_at(request), hold=number, reason=request.POST.get("reason", ""))
    messages.success(request, "Asked. The hold stands until another person releases it.")
    return go(request, reverse("hold", args=[number]))


@require_POST
@signed_in
def release_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Release what somebody else asked to release, or keep it."""
    scope = scope_at(request)
    if request.POST.get("deed") == "release":
        free = release_hold(scope=scope, hold=number)
        send_holds()
        messages.success(request, f"Released. {free} recordings are under no hold any more.")
    else:
        keep_hold(scope=scope, hold=number, reason=request.POST.get("reason", ""))
        messages.success(request, "The hold stands.")
    return go(request, reverse("hold", args=[number]))


def _terms(told: QueryDict) -> Terms:
    return Terms(
        desks=tuple(told.getlist("desk")),
        custodians=tuple(listed(told.get("custodians", ""))),
        query=told.get("query", ""),
        since=day(told.get("since", "")),
        until=day_after(told.get("until", "")),
    )
