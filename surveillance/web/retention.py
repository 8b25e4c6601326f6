"""Retention: what is kept until when and why, what each desk's calls are, what authorities asked, and the rules."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from policies.retention.rules import CLASSES, INSTRUMENTS, JURISDICTIONS, SECTORS
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks
from surveillance.core.errors import Invalid
from surveillance.retention.overview import overdue, overview
from surveillance.retention.selectors import demands, profiles, schedule
from surveillance.retention.services import enter_demand, set_profile
from surveillance.retention.told import Ask, Description
from surveillance.web.dates import day, day_after
from surveillance.web.door import go, seen, signed_in
from surveillance.web.retention_charts import ends

WORDS = (
    ("jurisdictions", "Jurisdictions", JURISDICTIONS),
    ("sectors", "Sectors", SECTORS),
    ("instruments", "Instruments", INSTRUMENTS),
    ("classes", "Classes of record", CLASSES),
)


@require_GET
@signed_in
def retention_page(request: HttpRequest) -> HttpResponseBase:
    """The chart of ends, what is overdue, the desks' profiles with their history, the schedule with its citations."""
    scope = scope_at(request)
    found = overview(scope)
    told = profiles(scope)
    newest = {row.desk: row for row in reversed(told)}
    shown = {
        "found": found,
        "ends": ends(found.months),
        "overdue": overdue(scope, most=50),
        "profiles": [
            (newest[slug], [row for row in told if row.desk == slug][1:]) for slug in sorted(newest)
        ],
        "demands": demands(scope),
        "schedule": schedule(),
        "words": [(name, label, sorted(known)) for name, label, known in WORDS],
        "desks": desks(scope, Power.DISPOSE),
        "hold_desks": desks(scope, Power.HOLD),
        "on_request": [rule for rule in schedule() if rule.on_request],
    }
    seen(request, "page:retention")
    return render(request, "web/retention.html", shown)


@require_POST
@signed_in
def profile_set(request: HttpRequest) -> HttpResponseBase:
    """Say what a desk's calls are."""
    told = {name: frozenset(request.POST.getlist(name)) for name, _, _ in WORDS}
    desk = request.POST.get("desk", "")
    set_profile(
        scope=scope_at(request),
        desk=desk,
        description=Description(**told),
        reason=request.POST.get("reason", ""),
        effective_from=day(request.POST.get("effective_from", "")),
    )
    messages.success(
        request, f"The profile of {desk} is set; its recordings are decided anew within a minute."
    )
    return go(request, reverse("retention"))


@require_POST
@signed_in
def demand_entered(request: HttpRequest) -> HttpResponseBase:
    """Enter what an authority asked."""
    since, until = day(request.POST.get("since", "")), day_after(request.POST.get("until", ""))
    if since is None or until is None:
        raise Invalid("Say from which day to which.", cure="Both days are included.")
    ask = Ask(
        rule=request.POST.get("rule", ""),
        desk=request.POST.get("desk", ""),
        since=since,
        until=until,
        authority=request.POST.get("authority", ""),
        reference=request.POST.get("reference", ""),
    )
    enter_demand(scope=scope_at(request), ask=ask)
    messages.success(request, "Entered; the recordings of that span are kept longer from now on.")
    return go(request, reverse("retention"))
