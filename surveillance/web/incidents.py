"""Incidents: what does not hold in the surveillance itself, and who sees to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.assurance.selectors import incidents
from surveillance.assurance.services import acknowledge, close_incident, watch_over
from surveillance.pipeline import NAMES
from surveillance.web.door import go, seen, signed_in


@require_GET
@signed_in
def incidents_page(request: HttpRequest) -> HttpResponseBase:
    """The open incidents, or those that were closed, with reason and name."""
    scope = scope_at(request)
    closed = request.GET.get("state") == "closed"
    rows = incidents(scope, closed=closed)
    seen(request, "page:incidents", closed=closed, rows=len(rows))
    return render(request, "web/incidents.html", {"incidents": rows, "closed": closed})


@require_POST
@signed_in
def incidents_looked_for(request: HttpRequest) -> HttpResponseBase:
    """Look round now rather than within the hour."""
    scope_at(request).require(Power.DRILL)
    found = len(watch_over(stages=NAMES))
    messages.success(request, f"Looked round: {found} new." if found else "Looked round: nothing new.")
    return go(request, reverse("incidents"))


@require_POST
@signed_in
def incident_acknowledged(request: HttpRequest, incident: int) -> HttpResponseBase:
    """Somebody is at it."""
    acknowledge(scope=scope_at(request), incident=incident)
    messages.success(request, "It is on record that you have seen it.")
    return go(request, reverse("incidents"))


@require_POST
@signed_in
def incident_closed(request: HttpRequest, incident: int) -> HttpResponseBase:
    """Close it, with what was done."""
    close_incident(scope=scope_at(request), incident=incident, reason=request.POST.get("reason", ""))
    messages.success(request, "Closed. If it still holds, it comes back at the next look.")
    return go(request, reverse("incidents"))
