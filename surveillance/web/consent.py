"""Consent: what waits for evidence and why, how calls were cleared, what is on file, private calls, the law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from policies.consent.decision import EVIDENCE
from policies.consent.rules import load
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.consent.selectors import KINDS, by_week, personal_calls, statements, waiting
from surveillance.consent.services import agree_personal, ask_personal, end_personal, enter_statement
from surveillance.pipeline import consent_changed
from surveillance.web.dates import day, day_after
from surveillance.web.door import go, seen, signed_in

WIDTH, HEIGHT, FLOOR = 600.0, 150.0, 122.0
TONES = (*EVIDENCE, "")  # the last: nothing was found


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Calls of one week cleared by one kind of evidence."""

    words: str
    many: int
    tone: int
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Week:
    """One bar of the chart."""

    begins: datetime
    x: float
    width: float
    pieces: Sequence[Piece]


@require_GET
@signed_in
def consent_page(request: HttpRequest) -> HttpResponseBase:
    """What waits first; then how calls were cleared, what is on file, and private calls."""
    scope = scope_at(request)
    person = request.GET.get("person", "").strip()
    shown = {
        "mode": settings.EARSHOT.consent,
        "waiting": waiting(scope),
        "weeks": chart(by_week(scope)),
        "key": [(nth, EVIDENCE.get(kind, "nothing found")) for nth, kind in enumerate(TONES)],
        "statements": statements(scope, person=person),
        "person": person,
        "personal": personal_calls(scope),
        "kinds": KINDS,
        "me": scope.actor,
    }
    seen(request, "page:consent", looked_for=person)
    return render(request, "web/consent.html", shown)


@require_GET
@signed_in
def law_page(request: HttpRequest) -> HttpResponseBase:
    """The rule of each jurisdiction with its citation."""
    scope_at(request).require(Power.CONSENT)
    asked = request.GET.get("q", "").strip().lower()
    law = sorted(load().by_id.values(), key=lambda one: one.name)
    shown = [one for one in law if asked in f"{one.id} {one.name} {one.citation} {one.rule.words}".lower()]
    seen(request, "page:consent-law", looked_for=asked)
    return render(request, "web/consent_law.html", {"law": shown, "q": asked, "all": len(law)})


@require_POST
@signed_in
def statement_entered(request: HttpRequest) -> HttpResponseBase:
    """Take evidence in, or a withdrawal."""
    told = {name: request.POST.get(name, "") for name in ("kind", "person", "number", "purpose", "reference")}
    changed = enter_statement(
        scope=scope_at(request),
        **told,
        since=day(request.POST.get("since", "")),
        until=day_after(request.POST.get("until", "")),
    )
    consent_changed(changed)
    told_of = [
        f"{len(some)} {words}"
        for some, words in (
            (changed.released, "calls go on their way"),
            (changed.withheld, "calls are withheld from now on"),
        )
        if some
    ]
    messages.success(request, f"Entered. {'; '.join(told_of) or 'No call changes by it'}.")
    return go(request, reverse("consent"))


@require_POST
@signed_in
def personal_asked(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Ask that a private call be let out."""
    ask_personal(scope=scope_at(request), recording=recording, reason=request.POST.get("reason", ""))
    messages.success(request, "Asked. It is out as soon as another person agrees.")
    return go(request, reverse("consent"))


@require_POST
@signed_in
def personal_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Let a private call out, or take it back."""
    scope = scope_at(request)
    if request.POST.get("deed") == "agree":
        consent_changed(agree_personal(scope=scope, personal=number))
        messages.success(request, "It is out: from ears, from models, from the search.")
    else:
        consent_changed(end_personal(scope=scope, personal=number, reason=request.POST.get("reason", "")))
        messages.success(request, "Ended.")
    return go(request, reverse("consent"))


def chart(weeks: Sequence[tuple[datetime, dict[str, int]]]) -> list[Week]:
    """The weeks as stacked bars."""
    if not weeks:
        return []
    most = max(sum(told.values()) for _, told in weeks)
    width = WIDTH / len(weeks)
    drawn = []
    for nth, (begins, told) in enumerate(weeks):
        y, pieces = FLOOR, []
        for tone, kind in enumerate(TONES):
            if many := told.get(kind, 0):
                height = 110.0 * many / most
                y -= height
                words = EVIDENCE.get(kind, "nothing found")
                pieces.append(Piece(words=words, many=many, tone=tone, y=y, height=height))
        drawn.append(Week(begins=begins, x=nth * width + 4, width=max(width - 8, 2), pieces=pieces))
    return drawn
