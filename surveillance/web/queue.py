"""The queue: open alerts by risk and age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desks
from surveillance.capture.calls import CallRow
from surveillance.capture.selectors import rows as call_rows
from surveillance.detection.selectors import AlertRow, QueueFilter, alerts, count
from surveillance.noise.selectors import leads
from surveillance.web.door import is_part, seen, signed_in
from surveillance.web.names import STATES

PER_PAGE = 50
ORDERS = {
    "risk": "Highest risk",
    "minutes": "Most risk per minute",
    "age": "Longest waiting",
    "newest": "Newest",
}


@require_GET
@signed_in
def queue(request: HttpRequest) -> HttpResponseBase:
    """The alerts in one state, narrowed by desk and category."""
    scope = scope_at(request)
    scope.require(Power.SEE)
    wanted = QueueFilter(
        state=_one_of(request.GET.get("state", ""), STATES, "open"),
        desk=request.GET.get("desk", ""),
        category=_one_of(request.GET.get("category", ""), CATEGORIES, ""),
        order=_one_of(request.GET.get("order", ""), ORDERS, "risk"),
    )
    counts = {state: count(scope, replace(wanted, state=state)) for state in STATES}
    page = Paginator(range(counts[wanted.state]), PER_PAGE).get_page(request.GET.get("page"))
    found = alerts(scope, wanted, skip=(page.number - 1) * PER_PAGE, most=PER_PAGE)
    rows = [_as_heard(scope, row) for row in found]
    seen(
        request, "page:queue", state=wanted.state, desk=wanted.desk, category=wanted.category, rows=len(rows)
    )
    shown = {
        "page": page,
        "alerts": rows,
        "leads": _leads(scope, rows),
        "wanted": wanted,
        "counts": counts,
        "states": STATES,
        "orders": ORDERS,
        "categories": CATEGORIES,
        "desks": desks(scope),
        "narrowed": bool(wanted.desk or wanted.category),
    }
    return render(request, "web/part_queue.html" if is_part(request) else "web/queue.html", shown)


def _leads(scope: Scope, shown: list[AlertRow]) -> dict[UUID, CallRow]:
    """The call that leads, for each alert on the same call from another recorder."""
    led = leads(scope, [row.recording for row in shown])
    calls = call_rows(scope, led.values())
    return {recording: calls[lead] for recording, lead in led.items() if lead in calls}


def _as_heard(scope: Scope, row: AlertRow) -> AlertRow:
    """What was said is for those who may listen."""
    return row if scope.may(Power.LISTEN, row.desk) else replace(row, top_words="")


def _one_of(text: str, known: Mapping[str, str], otherwise: str) -> str:
    return text if text in known else otherwise
