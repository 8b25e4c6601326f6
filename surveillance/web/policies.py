"""The policies in force, one policy with its history, and proposing another wording of it."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from policies.schema import CATEGORIES, SEVERITIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.changes.drills import STATES as DRILL_STATES
from surveillance.changes.drills import state_of
from surveillance.changes.proposals import Proposal, drafted
from surveillance.changes.selectors import changes_of, tally
from surveillance.changes.services import propose
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.rulebook.editions import POLICY, Edition
from surveillance.rulebook.selectors import (
    PolicyFilter,
    editions,
    every_policy,
    narrowed,
    owners,
    review_state,
    settings_in_force,
)
from surveillance.web.door import go, is_part, seen, signed_in

REVIEWS = {"overdue": "Overdue", "soon": "Due within 60 days"}
_VERSION = re.compile(r"^version = (\d+)$", re.MULTILINE)


@require_GET
@signed_in
def policies_page(request: HttpRequest) -> HttpResponseBase:
    """Every policy in force, narrowed by what is asked; or those retired."""
    scope = scope_at(request)
    scope.require(Power.RULES)
    asked = {
        name: request.GET.get(name, "").strip()
        for name in ("q", "category", "severity", "owner", "review", "retired")
    }
    wanted = PolicyFilter(
        words=asked["q"],
        category=asked["category"],
        severity=asked["severity"],
        owner=asked["owner"],
        review=asked["review"],
        retired=asked["retired"] == "1",
    )
    known = every_policy(scope)
    rows, every = narrowed(known, wanted), narrowed(known, PolicyFilter())
    seen(request, "page:policies", rows=len(rows), **{name: text for name, text in asked.items() if text})
    shown = {
        "rows": rows,
        "total": len(every),
        "overdue": sum(row.review == "overdue" for row in every),
        "asked": asked,
        "narrowed": any(asked.values()),
        "categories": CATEGORIES,
        "severities": SEVERITIES,
        "owners": owners(every),
        "reviews": REVIEWS,
        "settings": [(edition, _told(edition)) for edition in settings_in_force(scope)],
        "waiting": tally(scope).get("proposed", 0),
        "proposes": scope.may(Power.PROPOSE),
    }
    return render(request, "web/part_policies.html" if is_part(request) else "web/policies.html", shown)


@require_GET
@signed_in
def policy_page(request: HttpRequest, name: str) -> HttpResponseBase:
    """One policy: its text, the sentences that hold it, every edition, and who changed what."""
    scope = scope_at(request)
    history = editions(scope, POLICY, name)
    standing = next((edition for edition in history if _in_force(edition)), None)
    seen(request, f"policy:{name}")
    first = standing or history[0]
    drill = state_of(name, first.version)
    shown: dict[str, Any] = {
        "policy": first,
        "standing": standing,
        "since": next((term.effective_from for term in reversed(first.terms)), None),
        "history": [(edition, _in_force(edition)) for edition in history],
        "changes": changes_of(scope, name),
        "review": review_state(first.review_by, now().date()),
        "drill": drill,
        "drill_says": DRILL_STATES[drill],
        "drills": scope.may(Power.DRILL),
        "proposes": scope.may(Power.PROPOSE),
        "draft": raised(first.text),
    }
    return render(request, "web/policy.html", shown)


@require_POST
@signed_in
def edit_proposed(request: HttpRequest, name: str) -> HttpResponseBase:
    """Propose another wording of a policy, its retirement, or an earlier edition of it again."""
    scope = scope_at(request)
    scope.require(Power.PROPOSE, subject=f"policy:{name}")
    history = editions(scope, POLICY, name)
    deed, reason = request.POST.get("deed", ""), request.POST.get("reason", "")
    if deed == "retire":
        proposal = Proposal(title=f"Retire {name}", reason=reason, retired=[(POLICY, name)])
    elif deed == "return":
        back = next((one for one in history if str(one.id) == request.POST.get("edition")), None)
        if back is None:
            raise Invalid("There is no such edition.", cure="Reload the page.")
        proposal = Proposal(title=f"Back to {back.label}", reason=reason, editions=[back.id])
    else:
        wording = drafted(_text(request))
        if wording.name != name:
            raise Invalid(
                f"The text names itself {wording.name}.",
                cure=f"Leave its id at {name}, or propose a new policy.",
            )
        title = request.POST.get("title", "").strip() or f"{wording.name} version {wording.version}"
        proposal = Proposal(title=title, reason=reason, wordings=[wording])
    return _on_to(request, propose(scope=scope, proposal=proposal))


@require_POST
@signed_in
def policy_proposed(request: HttpRequest) -> HttpResponseBase:
    """Propose a policy that there was not before."""
    scope = scope_at(request)
    scope.require(Power.PROPOSE, subject="policies")
    wording = drafted(_text(request))
    title = request.POST.get("title", "").strip() or f"New: {wording.name}"
    proposal = Proposal(title=title, reason=request.POST.get("reason", ""), wordings=[wording])
    return _on_to(request, propose(scope=scope, proposal=proposal))


def _told(edition: Edition) -> str:
    """What a setting in force is, in a line; of fused weights only from which score on talk is a finding."""
    told = [f"{name} {value}" for name, value in edition.settings.items() if not isinstance(value, dict)]
    fusion = edition.settings.get("fusion") or {}
    told += [
        f"{name} from {weights['threshold']}" for name, weights in fusion.items() if "threshold" in weights
    ]
    return " · ".join(told)


def raised(text: str) -> str:
    """A policy's text with its version raised by one: where an edit begins."""
    return _VERSION.sub(lambda found: f"version = {int(found[1]) + 1}", text, count=1)


def _text(request: HttpRequest) -> str:
    """What was typed, with the line ends of a file."""
    return request.POST.get("text", "").replace("\r\n", "\n").strip() + "\n"


def _in_force(edition: Edition) -> bool:
    moment = now()
    return any(
        term.effective_from <= moment and (term.until is None or term.until > moment)
        for term in edition.terms
    )


def _on_to(request: HttpRequest, number: int) -> HttpResponseBase:
    messages.success(request, "Proposed. Nothing changes until it was tried and a second person agrees.")
    return go(request, reverse("change", args=[number]))
