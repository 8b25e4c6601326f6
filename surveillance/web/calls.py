"""The archive by date: every call on the desks one may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks
from surveillance.capture.selectors import calls
from surveillance.core.errors import Invalid
from surveillance.web.dates import day, day_after
from surveillance.web.door import is_part, seen, signed_in

FILTERS = ("desk", "person", "since", "until")


@require_GET
@signed_in
def calls_page(request: HttpRequest) -> HttpResponseBase:
    """A page of calls, newest first, narrowed by desk, person and days."""
    scope = scope_at(request)
    scope.require(Power.SEE)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    found = calls(
        scope,
        desk=asked["desk"],
        person=asked["person"],
        since=day(asked["since"]),
        until=day_after(asked["until"]),
        page=_page(request),
    )
    seen(request, "page:calls", rows=len(found.rows), **{name: text for name, text in asked.items() if text})
    shown = {"found": found, "asked": asked, "desks": desks(scope), "narrowed": any(asked.values())}
    return render(request, "web/part_calls.html" if is_part(request) else "web/calls.html", shown)


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1") or "1"
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Invalid(f"{text[:20]} is no page.", cure="Start from the first page.")
    return int(text)
