"""Watching the watchers: what is open first, what shows it, the person's weeks beside the others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.audit.selectors import Filter, entries
from surveillance.oversight.selectors import Course, courses, report, reports, what_is_watched
from surveillance.oversight.services import decide_report
from surveillance.web.door import go, seen, signed_in

WIDTH, HEIGHT = 120.0, 32.0
SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Small:
    """One small multiple: two lines over the same weeks."""

    course: Course
    mine: str
    others: str
    most: int


@require_GET
@signed_in
def oversight_page(request: HttpRequest) -> HttpResponseBase:
    """The reports, and what is watched for."""
    scope = scope_at(request)
    state, actor = request.GET.get("state", ""), request.GET.get("actor", "").strip()
    found = reports(scope, state=state, actor=actor)
    shown = {
        "open": [row for row in found if row.state == "open"],
        "decided": [row for row in found if row.state != "open"],
        "watched": what_is_watched(),
        "actor": actor,
    }
    seen(request, "page:oversight", looked_for=actor)
    return render(request, "web/oversight.html", shown)


@require_GET
@signed_in
def report_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One report: in words, in the ledger's entries, and over the weeks."""
    scope = scope_at(request)
    row = report(scope, number)
    shown = {
        "row": row,
        "small": [small(one) for one in courses(scope, number)],
        "entries": entries(Filter()).filter(sequence__in=list(row.evidence)[-SHOWN:]),
    }
    seen(request, f"report:{number}")
    return render(request, "web/report.html", shown)


@require_POST
@signed_in
def report_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Explain it, or escalate it."""
    decide_report(
        scope=scope_at(request),
        number=number,
        state=request.POST.get("state", ""),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, "Decided.")
    return go(request, reverse("oversight"))


def small(course: Course) -> Small:
    """The two lines, drawn on one scale."""
    most = max([*course.mine, *course.others, 1])
    return Small(
        course=course, mine=_line(course.mine, most), others=_line(course.others, most), most=int(most)
    )


def _line(values: Sequence[float], most: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    return " ".join(f"{nth * step:.1f},{HEIGHT - 2 - 28 * one / most:.1f}" for nth, one in enumerate(values))
