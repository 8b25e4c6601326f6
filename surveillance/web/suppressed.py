"""What was silenced as noise: counts, estimates, the drawn findings to judge; undoing on the call page."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from detectors.noise import KINDS
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.noise.selectors import VERDICTS, drawn, tally, twins_counted
from surveillance.noise.services import draw, join_twins, judge, part_twins, redo, undo
from surveillance.pipeline import again
from surveillance.web.door import go, seen, signed_in

PER_PAGE = 20
UNDONE = "This stretch counts as talk again; the call is being screened without it."
REDONE = (
    "This stretch is silenced again; the call is being screened anew. An alert it raised meanwhile stays."
)
BY_CLICK = "Undone on the call page."
BACK_BY_CLICK = "Taken back on the call page."


@require_GET
@signed_in
def suppressed(request: HttpRequest) -> HttpResponseBase:
    """Counts and estimates for whoever sees calls; the findings themselves for whoever may listen to them."""
    scope = scope_at(request)
    scope.require(Power.SEE)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    judged = request.GET.get("show") == "judged"
    rows = drawn(scope, kind=kind, judged=judged)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    tallies = tally(scope)
    seen(request, "page:suppressed", kind=kind, judged=judged, rows=len(page))
    shown = {
        "tallies": tallies,
        "waiting": sum(one.waiting for one in tallies),
        "twins": twins_counted(scope),
        "page": page,
        "kind": kind,
        "kinds": {one.kind: one.title for one in tallies},
        "judged": judged,
        "verdicts": VERDICTS,
        "listens": scope.may(Power.LISTEN),
        "decides": [row.id for row in page if scope.may(Power.REVIEW, row.desk)],
        "draws": scope.may(Power.REVIEW),
    }
    return render(request, "web/suppressed.html", shown)


@require_POST
@signed_in
def judged(request: HttpRequest, silenced: int) -> HttpResponseBase:
    """Record whether a drawn finding was rightly silenced; one that was not is heard again at once."""
    with transaction.atomic():
        recording = judge(
            scope=scope_at(request),
            silenced=silenced,
            verdict=request.POST.get("verdict", ""),
            note=request.POST.get("note", ""),
        )
        if recording is not None:
            again(recording, "detection")
    messages.success(request, UNDONE if recording else "Recorded: rightly silenced.")
    return go(request, _list(request))


@require_POST
@signed_in
def drawn_more(request: HttpRequest) -> HttpResponseBase:
    """Draw ten more silenced findings of a kind, by lot."""
    kind = request.POST.get("kind", "")
    number = draw(scope=scope_at(request), kind=kind)
    what = KINDS.get(kind, kind).lower()
    messages.success(
        request, f"{number} more drawn ({what})." if number else f"All of them are drawn ({what})."
    )
    return go(request, _list(request))


@require_POST
@signed_in
def noise_undone(request: HttpRequest, recognition: int) -> HttpResponseBase:
    """Declare a stretch no noise, by one click; the call is screened again."""
    return _turned(request, recognition, undo, BY_CLICK, UNDONE)


@require_POST
@signed_in
def noise_redone(request: HttpRequest, recognition: int) -> HttpResponseBase:
    """Take an undoing back, by one click; the call is screened again."""
    return _turned(request, recognition, redo, BACK_BY_CLICK, REDONE)


@require_POST
@signed_in
def twins_parted(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Declare a recording a call of its own."""
    part_twins(scope=scope_at(request), recording=recording, reason=_reason(request, BY_CLICK))
    messages.success(request, "These count as two calls.")
    return go(request, reverse("call", args=[recording]))


@require_POST
@signed_in
def twins_joined(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Declare it the same call as the other again."""
    join_twins(scope=scope_at(request), recording=recording, reason=_reason(request, BACK_BY_CLICK))
    messages.success(request, "These count as one call again.")
    return go(request, reverse("call", args=[recording]))


def _turned(
    request: HttpRequest, recognition: int, deed: Callable[..., UUID], otherwise: str, told: str
) -> HttpResponseBase:
    with transaction.atomic():
        recording = deed(scope=scope_at(request), recognition=recognition, reason=_reason(request, otherwise))
        again(recording, "detection")
    messages.success(request, told)
    return go(request, f"{reverse('call', args=[recording])}#noise")


def _reason(request: HttpRequest, otherwise: str) -> str:
    return request.POST.get("reason", "").strip() or otherwise


def _list(request: HttpRequest) -> str:
    kind = request.POST.get("of", "")
    return reverse("suppressed") + (f"?kind={kind}" if kind in KINDS else "")
