"""The documents of data protection: as configured now, as last issued, and where the two part; the notice for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.subjects.issuing import document, documents, issue, issued, standing_notice
from surveillance.web.door import go, seen, signed_in


@require_GET
@signed_in
def documents_page(request: HttpRequest) -> HttpResponseBase:
    """Every kind, and whether what was issued still says what is configured."""
    scope = scope_at(request)
    shown = {"rows": documents(scope)}
    seen(request, "page:documents")
    return render(request, "web/documents.html", shown)


@require_GET
@signed_in
def document_page(request: HttpRequest, kind: str) -> HttpResponseBase:
    """One document as it would be issued now."""
    scope = scope_at(request)
    row = document(scope, kind)
    shown = {
        "row": row,
        "sections": sections(row.now.content()),
        "issued": issued(scope, kind),
        "may_issue": scope.desks(Power.PRIVACY).every,
    }
    seen(request, f"document:{kind}")
    return render(request, "web/document.html", shown)


@require_POST
@signed_in
def document_issued(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Issue it as it was shown."""
    number = issue(scope=scope_at(request), kind=kind, sha256=request.POST.get("sha256", ""))
    messages.success(request, f"Issued as number {number}.")
    return go(request, reverse("document", args=[kind]))


@require_GET
@signed_in
def notice_page(request: HttpRequest) -> HttpResponseBase:
    """The notice as it was last issued, for everybody who works here."""
    seen(request, "page:notice")
    last = standing_notice()
    shown = {"issued": last, "sections": sections(last.content) if last else ()}
    return render(request, "web/notice.html", shown)


def sections(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections of a document, each cell of a table with the name of its column."""
    return [
        {**one, "rows": [list(zip(one["columns"], row, strict=True)) for row in one["rows"]]}
        for one in content["sections"]
    ]
