"""The ledger: who did what, when, and whether the chain of it holds."""

from __future__ import annotations

import json
import re
from itertools import islice

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.audit.selectors import Filter, actions, entries
from surveillance.audit.services import record
from surveillance.audit.walk import bends
from surveillance.web.dates import day, day_after
from surveillance.web.door import is_part, seen, signed_in

PER_PAGE = 100
SHOWN_BENDS = 20
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")  # enough of a hash to tell it apart
FILTERS = ("actor", "action", "subject", "since", "until")


@require_GET
@signed_in
def ledger(request: HttpRequest) -> HttpResponseBase:
    """Entries, newest first, narrowed by actor, act, thing and days."""
    # The ledger names the calls, the searches and the people of every desk: no wall runs through it.
    scope_at(request).require_everywhere(Power.LEDGER)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    wanted = Filter(
        actor=asked["actor"],
        action=asked["action"],
        subject=asked["subject"],
        since=day(asked["since"]),
        until=day_after(asked["until"]),
    )
    page = Paginator(entries(wanted), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(entry, _thing(entry.subject), _told(entry.detail)) for entry in page]
    seen(request, "page:ledger", **{name: text for name, text in asked.items() if text})
    shown = {
        "page": page,
        "rows": rows,
        "asked": asked,
        "actions": actions(),
        "narrowed": any(asked.values()),
    }
    return render(request, "web/part_ledger.html" if is_part(request) else "web/ledger.html", shown)


@require_GET
@signed_in
def chain(request: HttpRequest) -> HttpResponseBase:
    """Walk the whole chain and say whether it holds."""
    scope = scope_at(request)
    scope.require_everywhere(Power.LEDGER)
    found = list(islice(bends(), SHOWN_BENDS))
    record(actor=scope.actor, action="ledger verified", detail={"bends": len(found)})
    return render(request, "web/part_chain.html", {"bends": found, "total": entries(Filter()).count()})


def _thing(subject: str) -> tuple[str, str, str]:
    """What was acted upon: its kind, its id as short as it can be told apart, the address of its page."""
    kind, _, name = subject.partition(":")
    if not _UUID.fullmatch(name):
        return kind, name, ""
    return kind, f"{name[:8]}…", reverse("call", args=[name]) if kind == "recording" else ""


def _told(detail: object) -> list[tuple[str, str]]:
    """The particulars of an entry as names and values; what is empty is left out."""
    if not isinstance(detail, dict):
        return []
    told = []
    for name, value in detail.items():
        if isinstance(value, dict):
            told += _told(value)
        elif value not in ("", None, []):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            told.append((str(name).replace("_", " "), _HASH.sub(r"\1…", text)))
    return told
