"""Learning from decisions: labels, editions, challengers, drift. Nothing here changes what is in force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks
from surveillance.core.errors import Invalid
from surveillance.learning import selectors
from surveillance.learning.services import (
    approve_data_set,
    exclude_desk,
    freeze_data_set,
    lift_exclusion,
    move_challenger,
    register_challenger,
    set_baseline,
)
from surveillance.web.dates import day, day_after
from surveillance.web.door import go, seen, signed_in
from surveillance.web.drift_charts import charts

MOVED = {
    "proposed": "Marked for the gate. Nothing is in force by this: the change itself is proposed under Policies.",
    "shadow": "Back in the shadow.",
    "withdrawn": "Withdrawn; what it scored stays.",
}


@require_GET
@signed_in
def learning(request: HttpRequest) -> HttpResponseBase:
    """What was learnt from decisions, and what may be learnt from them."""
    scope = scope_at(request)
    scope.require(Power.RULES)
    tally = selectors.tally(scope)
    shut = selectors.exclusions(scope)
    shown = {
        "tally": tally,
        "most": max((max(row.violating, row.innocent) for row in tally), default=1) or 1,
        "labels": sum(row.violating + row.innocent for row in tally),
        "withdrawn": selectors.withdrawn(scope),
        "exclusions": shut,
        "data_sets": selectors.data_sets(scope),
        "challengers": selectors.challengers(scope),
        "kinds": selectors.KINDS,
        "standings": selectors.STANDINGS,
        "baseline": selectors.baseline(scope),
        "charts": charts(selectors.drifts(scope)),
        "freezes": scope.desks(Power.PROPOSE).every,
        "approves": scope.desks(Power.ACTIVATE).every,
        "proposes": scope.may(Power.PROPOSE),
        "excludes": [one for one in desks(scope) if scope.may(Power.ACTIVATE, one.slug)],
        "shut": {one.desk for one in shut},
        "actor": scope.actor,
    }
    seen(request, "page:learning", labels=shown["labels"])
    return render(request, "web/learning.html", shown)


@require_POST
@signed_in
def labels_frozen(request: HttpRequest) -> HttpResponseBase:
    """Freeze the labels that stand as an edition."""
    freeze_data_set(scope=scope_at(request), title=_said(request, "title"), reason=_said(request, "reason"))
    messages.success(request, "Frozen. Somebody else must approve it before it is trained on.")
    return _back(request, "editions")


@require_POST
@signed_in
def data_set_approved(request: HttpRequest, number: int) -> HttpResponseBase:
    """Approve an edition somebody else froze."""
    approve_data_set(scope=scope_at(request), number=number)
    messages.success(request, f"Approved: manage.py labels --export {number} FILE writes it.")
    return _back(request, "editions")


@require_POST
@signed_in
def challenger_registered(request: HttpRequest) -> HttpResponseBase:
    """Let another way to screen run in the shadow."""
    kind = _said(request, "kind")
    register_challenger(
        scope=scope_at(request),
        name=_said(request, "name"),
        kind=kind,
        settings=_settings(kind, _said(request, "value")),
        reason=_said(request, "reason"),
    )
    messages.success(request, "It scores calls in the shadow from now on, and raises nothing.")
    return _back(request, "challengers")


@require_POST
@signed_in
def challenger_moved(request: HttpRequest, number: int) -> HttpResponseBase:
    """Propose a challenger for the gate, send it back, or withdraw it."""
    to = _said(request, "to")
    move_challenger(scope=scope_at(request), number=number, to=to, reason=_said(request, "reason"))
    messages.success(request, MOVED[to])
    return _back(request, "challengers")


@require_POST
@signed_in
def desk_excluded(request: HttpRequest) -> HttpResponseBase:
    """Learn nothing from a desk, or learn from it again."""
    desk = _said(request, "desk")
    if _said(request, "deed") == "lift":
        lift_exclusion(scope=scope_at(request), desk=desk)
        messages.success(request, "Decisions on this desk become labels again.")
    else:
        exclude_desk(scope=scope_at(request), desk=desk, reason=_said(request, "reason"))
        messages.success(request, "Nothing is learnt from this desk any more; its labels are withdrawn.")
    return _back(request, "labels")


@require_POST
@signed_in
def baseline_set(request: HttpRequest) -> HttpResponseBase:
    """Choose the span that later weeks are compared with."""
    since, until = day(_said(request, "since")), day_after(_said(request, "until"))
    if since is None or until is None:
        raise Invalid("Choose a first and a last day.", cure="Write them as 2026-11-23.")
    set_baseline(scope=scope_at(request), since=since, until=until, reason=_said(request, "reason"))
    messages.success(request, "Weeks are compared with this span from now on.")
    return _back(request, "drift")


def _settings(kind: str, value: str) -> dict[str, Any]:
    if kind == "reader":
        return {"folder": value}
    if kind != "threshold":
        return {}
    try:
        return {"value": float(value.replace(",", "."))}
    except ValueError as fault:
        raise Invalid(f"{value} is no threshold.", cure="Write a number between 0 and 1.") from fault


def _said(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()


def _back(request: HttpRequest, part: str) -> HttpResponseBase:
    return go(request, f"{reverse('learning')}#{part}")
