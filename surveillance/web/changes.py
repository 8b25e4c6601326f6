"""Changes to what calls are held against: proposed, tried on the archive, put in force or withdrawn."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desks
from surveillance.changes import services
from surveillance.changes.comparing import ALTERED, GAINED, LOST
from surveillance.changes.proposals import Proposal
from surveillance.changes.selectors import (
    PAGE,
    ChangeRow,
    RunRow,
    change,
    changes,
    examples,
    run,
    standing,
    tally,
)
from surveillance.changes.services import Walk
from surveillance.core.errors import Invalid, Missing
from surveillance.pipeline import send_walk
from surveillance.review.pace import pace
from surveillance.rulebook.disk import Difference, differences
from surveillance.rulebook.editions import POLICY
from surveillance.web.comparison_charts import by_category, by_month, recall_bars
from surveillance.web.dates import day, day_after, moment
from surveillance.web.differences import shown as difference_shown
from surveillance.web.door import go, is_part, seen, signed_in

STATES = {"proposed": "Proposed", "active": "Put in force", "withdrawn": "Withdrawn"}
EFFECTS = {
    GAINED: "Alerts gained",
    LOST: "Alerts lost",
    ALTERED: "Still an alert, with other findings",
}
LARGEST_SAMPLE = 1_000_000


@require_GET
@signed_in
def changes_page(request: HttpRequest) -> HttpResponseBase:
    """Changes by state, and what differs on disk."""
    scope = scope_at(request)
    scope.require(Power.RULES)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    counts = tally(scope)
    total = counts.get(state, 0) if state else sum(counts.values())
    page = Paginator(range(total), PAGE).get_page(request.GET.get("page"))
    rows, _ = changes(scope, state=state, page=page.number)
    seen(request, "page:changes", rows=len(rows), **({"state": state} if state else {}))
    found, fault = _on_disk()
    shown = {
        "rows": rows,
        "page": page,
        "state": state,
        "states": STATES,
        "counts": counts,
        "total": sum(counts.values()),
        "differences": found,
        "fault": fault,
        "proposes": scope.may(Power.PROPOSE),
    }
    return render(request, "web/changes.html", shown)


def _on_disk() -> tuple[list[Difference], Invalid | None]:
    try:
        return differences(), None
    except Invalid as fault:
        return [], fault


@require_POST
@signed_in
def disk_proposed(request: HttpRequest) -> HttpResponseBase:
    """Propose what stands in the folder of policies and is not in force."""
    scope = scope_at(request)
    scope.require(Power.PROPOSE, subject="changes")
    chosen = set(request.POST.getlist("policy"))
    picked = [one for one in differences() if one.name in chosen]
    if not picked:
        raise Invalid("Choose at least one policy.", cure="Tick those to be proposed.")
    names = picked[0].name if len(picked) == 1 else f"{len(picked)} policies"
    proposal = Proposal(
        title=f"From the folder: {names}",
        reason=request.POST.get("reason", ""),
        wordings=[one.wording for one in picked if one.wording is not None],
        retired=[(POLICY, one.name) for one in picked if one.wording is None],
    )
    number = services.propose(scope=scope, proposal=proposal)
    messages.success(request, "Proposed. Nothing changes until it was tried and a second person agrees.")
    return go(request, reverse("change", args=[number]))


@require_GET
@signed_in
def change_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One change: what differs, what it would do to the archive, and who decides. The runs alone for htmx."""
    scope = scope_at(request)
    row = change(scope, number)
    shown = {
        "change": row,
        "parts": [difference_shown(part) for part in row.parts],
        "standing": standing(scope, row),
        **_tested(scope, row),
    }
    if is_part(request):
        return render(request, "web/part_runs.html", shown)
    seen(request, f"change:{number}")
    return render(request, "web/change.html", shown)


def _tested(scope: Scope, row: ChangeRow) -> dict[str, Any]:
    """What the newest back-test says, with examples for whoever may hear them."""
    test = row.back_test
    if test is None:
        return {"test": None, "scan": row.scan}
    speed = pace()
    before, after = (alerts / (test.counts.calls or 1) for alerts in test.counts.alerts)
    return {
        "test": test,
        "scan": row.scan,
        "bars": by_category(test.counts),
        "columns": by_month(test.counts.months),
        "recall": recall_bars(test.drills),
        "pace": speed,
        # Of the whole span, also where a sample was drawn from it.
        "hours_before": speed.hours(before * test.archive),
        "hours_after": speed.hours(after * test.archive),
        "hours_more": speed.hours((after - before) * test.archive),
        "examples": [_group(scope, test, effect) for effect in EFFECTS],
        "desk_names": {desk.slug: desk.name for desk in desks(scope, Power.LISTEN)},
    }


def _group(scope: Scope, test: RunRow, effect: str) -> dict[str, Any]:
    rows, here, everywhere = examples(scope, test.number, effect=effect)
    return {
        "effect": effect,
        "title": EFFECTS[effect],
        "rows": rows,
        "here": here,
        "everywhere": everywhere,
        "elsewhere": everywhere - here,
        "more": here - len(rows),
    }


@require_POST
@signed_in
def run_begun(request: HttpRequest, number: int) -> HttpResponseBase:
    """Begin a back-test of a proposal, or a retro-scan of a change in force."""
    scope = scope_at(request)
    scope.require(Power.PROPOSE, subject=f"change:{number}")
    seed = _whole(request.POST.get("seed", ""), "seed", otherwise=secrets.randbelow(10**9))
    walk = Walk(
        since=day(request.POST.get("since", "")),
        until=day_after(request.POST.get("until", "")),
        sample=_whole(request.POST.get("sample", ""), "sample", otherwise=0),
        seed=seed,
    )
    scan = request.POST.get("purpose") == services.RETRO_SCAN
    purpose = services.RETRO_SCAN if scan else services.BACK_TEST
    begun = services.begin(scope=scope, change=number, walk=walk, purpose=purpose)
    send_walk(begun)
    return go(request, reverse("change", args=[number]) + "#runs")


@require_POST
@signed_in
def run_cancelled(request: HttpRequest, number: int, run_number: int) -> HttpResponseBase:
    """Stop a run."""
    scope = scope_at(request)
    if run(scope, run_number).change != number:
        raise Missing("There is no such run.", cure="Reload the page.")
    services.cancel(scope=scope, run=run_number)
    return go(request, reverse("change", args=[number]) + "#runs")


@require_POST
@signed_in
def change_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Put a change in force, or withdraw it."""
    scope = scope_at(request)
    scope.require(Power.RULES, subject=f"change:{number}")
    reason = request.POST.get("reason", "")
    if request.POST.get("deed") == "withdraw":
        services.withdraw(scope=scope, change=number, reason=reason)
        messages.success(request, "Withdrawn. It stays on record.")
    else:
        since = services.activate(
            scope=scope,
            change=number,
            reason=reason,
            effective_from=moment(request.POST.get("effective_from", "")),
        )
        messages.success(request, f"In force from {since:%d %B %Y, %H:%M} UTC on.")
    return go(request, reverse("change", args=[number]))


def _whole(text: str, name: str, *, otherwise: int) -> int:
    """A number typed into a form; `otherwise` for nothing.

    Raises:
        Invalid: it is none, or too large.
    """
    if not text.strip():
        return otherwise
    if not text.strip().isdecimal() or int(text) > LARGEST_SAMPLE * 1000:
        raise Invalid(f"{text} is no {name}.", cure="Write a whole number, or leave it empty.")
    return int(text)
