"""The ledger: who did what, when, whether it holds, and the proof of each entry."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.archive.ledger_keeping import locked_away
from surveillance.audit.proving import content_of, holds
from surveillance.audit.selectors import (
    Filter,
    actions,
    acts_by_day,
    acts_upon,
    checkpoints,
    entries,
    proof,
    size,
)
from surveillance.audit.services import record
from surveillance.audit.walk import bends, the_signer
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Missing, Transient
from surveillance.review.selectors import listeners
from surveillance.web.dates import day, day_after
from surveillance.web.door import is_part, seen, signed_in
from surveillance.web.ledger_charts import days, lanes

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
    if not is_part(request):
        shown |= _standing()
    return render(request, "web/part_ledger.html" if is_part(request) else "web/ledger.html", shown)


def _standing() -> dict[str, Any]:
    today = now().date()
    since = now() - timedelta(days=31)
    signed = checkpoints(8)
    return {
        "size": size(),
        "signed": signed,
        "covered": signed[0].size if signed else 0,
        "locked": next((one.size for one in signed if one.kept_at), 0),
        "key": the_signer().verifier,
        "days": days(acts_by_day(since), last=today),
    }


@require_GET
@signed_in
def chain(request: HttpRequest) -> HttpResponseBase:
    """Walk the whole ledger, hold it against what lies locked away, and say whether it holds."""
    scope = scope_at(request)
    scope.require_everywhere(Power.LEDGER)
    alone = ""
    try:
        witness = locked_away()
    except Transient as fault:
        witness, alone = None, fault.message
    found = list(islice(bends(witness), SHOWN_BENDS))
    record(actor=scope.actor, action="ledger verified", detail={"bends": len(found), "alone": bool(alone)})
    shown = {
        "bends": found,
        "total": entries(Filter()).count(),
        "locked": max(witness.statements, default=0) if witness else 0,
        "alone": alone,
    }
    return render(request, "web/part_chain.html", shown)


@require_GET
@signed_in
def entry_page(request: HttpRequest, sequence: int) -> HttpResponseBase:
    """One entry with all its particulars, and the proof that it stands in the ledger."""
    scope_at(request).require_everywhere(Power.LEDGER)
    entry = entries(Filter()).filter(sequence=sequence).first()
    if entry is None:
        raise Missing(f"The ledger has no entry {sequence}.", cure="Look for it on the ledger page.")
    try:
        told, why_not = proof(sequence), ""
    except Missing as fault:
        told, why_not = None, f"{fault.message} {fault.cure}"
    shown = {
        "entry": entry,
        "thing": _thing(entry.subject),
        "told": _told(entry.detail),
        "content": content_of(sequence),
        "proof": told,
        "why_not": why_not,
        "proven": told is not None and holds(told, content_of(sequence)),
        "before": sequence - 1,
        "after": sequence + 1 if sequence < size() else 0,
    }
    seen(request, f"entry:{sequence}")
    return render(request, "web/entry.html", shown)


@require_GET
@signed_in
def acts_page(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Who heard this call, which stretches of it, and everything that was done to it."""
    scope = scope_at(request)
    facts = call(scope, recording)
    scope.require(Power.LEDGER, facts.desk, subject=f"recording:{recording}")
    page = Paginator(acts_upon(f"recording:{recording}"), PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "call": facts,
        "lanes": lanes(listeners(scope, recording), duration=facts.duration),
        "page": page,
        "rows": [(entry, _told(entry.detail)) for entry in page],
    }
    seen(request, f"recording:{recording}", part="acts")
    return render(request, "web/acts.html", shown)


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
