"""Disposals: what may go and why, what stays and why, a list for a second person, and the receipt."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.core.errors import Missing
from surveillance.pipeline import send_disposals
from surveillance.retention.disposal_selectors import disposal, disposals, items, receipt
from surveillance.retention.disposing import (
    approve_disposal,
    dry_run,
    prepare_disposal,
    refuse_disposal,
)
from surveillance.retention.objections import KINDS
from surveillance.retention.receipts import RECEIPT
from surveillance.web.door import go, seen, signed_in

SHOWN = 200
WEIGHED = 2000  # recordings a page weighs one by one; the list that is prepared weighs them all


@require_GET
@signed_in
def disposals_page(request: HttpRequest) -> HttpResponseBase:
    """The dry run, and every disposal there was."""
    scope = scope_at(request)
    found = dry_run(scope, only_overdue=request.GET.get("only") == "overdue", most=WEIGHED)
    listed = disposals(scope)
    why = Counter(one.standing.decision for one in found.going)
    shown = {
        "found": found,
        "why": why.most_common(),
        "staying": [(KINDS[kind], many) for kind, many in sorted(found.why_staying.items())],
        "going": found.going[:SHOWN],
        "weighed": WEIGHED if len(found.going) + len(found.staying) + found.elsewhere >= WEIGHED else 0,
        "only_overdue": request.GET.get("only") == "overdue",
        "disposals": listed.rows,
        "elsewhere": listed.elsewhere,
        "key": RECEIPT.public_key(),
    }
    seen(request, "page:disposals")
    return render(request, "web/disposals.html", shown)


@require_GET
@signed_in
def disposal_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One disposal: the list, who decided, what went and what stays."""
    scope = scope_at(request)
    row = disposal(scope, number)
    shown = {
        "row": row,
        "items": items(scope, number, most=SHOWN),
        "me": scope.actor,
        "key": RECEIPT.public_key(),
    }
    seen(request, f"disposal:{number}")
    return render(request, "web/disposal.html", shown)


@require_POST
@signed_in
def disposal_prepared(request: HttpRequest) -> HttpResponseBase:
    """List what may go."""
    number = prepare_disposal(
        scope=scope_at(request),
        reason=request.POST.get("reason", ""),
        only_overdue=request.POST.get("only") == "overdue",
    )
    messages.success(request, "Listed. Nothing goes before another person approves it.")
    return go(request, reverse("disposal", args=[number]))


@require_POST
@signed_in
def disposal_decided(request: HttpRequest, number: int) -> HttpResponseBase:
    """Approve what somebody else listed, or turn it down."""
    scope = scope_at(request)
    if request.POST.get("deed") == "approve":
        approve_disposal(scope=scope, disposal=number, items_sha256=request.POST.get("items_sha256", ""))
        send_disposals()
        messages.success(request, "Approved. Each recording is asked once more before it goes.")
    else:
        refuse_disposal(scope=scope, disposal=number, reason=request.POST.get("reason", ""))
        messages.success(request, "Turned down; nothing of it goes.")
    return go(request, reverse("disposal", args=[number]))


@require_GET
@signed_in
def receipt_given(request: HttpRequest, number: int) -> HttpResponseBase:
    """The signed receipt as a file."""
    told = receipt(scope_at(request), number)
    if not told:
        raise Missing(
            "This disposal has no receipt yet.", cure="It is signed when the last recording is settled."
        )
    seen(request, f"disposal:{number}", part="receipt")
    answer = HttpResponse(told, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="disposal-{number}.txt"'
    return answer
