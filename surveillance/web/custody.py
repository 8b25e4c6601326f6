"""Proving the record: as it stood at a time, how it came to be so, and whether what is kept is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.archive.rota import Coverage
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.custody.night_selectors import covered, night, nights
from surveillance.custody.records import THINGS, Record
from surveillance.custody.selectors import became, record_as_of
from surveillance.custody.services import prove_record
from surveillance.web.door import seen, signed_in

WIDTH = 600.0
PER_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of the coverage; geometry for the template."""

    label: str
    many: int
    x: float
    y: float
    width: float
    height: float
    late: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@require_GET
@signed_in
def fixity_page(request: HttpRequest) -> HttpResponseBase:
    """Is everything as it was? In words, then the coverage, then night by night."""
    scope = scope_at(request)
    told = nights(scope)
    coverage = covered(scope, days=settings.EARSHOT.fixity_days)
    shown = {
        "nights": told,
        "last": told[0] if told else None,
        "coverage": coverage,
        "bars": bars(coverage, settings.EARSHOT.fixity_days),
        "days": settings.EARSHOT.fixity_days,
        "replica": settings.EARSHOT.replica,
    }
    seen(request, "page:fixity")
    return render(request, "web/fixity.html", shown)


@require_GET
@signed_in
def night_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One night: what was looked at, what was wrong and what it asks for."""
    told = night(scope_at(request), number)
    seen(request, f"night:{number}")
    return render(request, "web/night.html", {"night": told})


@require_GET
@signed_in
def record_page(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The record as it stood at a time, what changed when, and what is different now."""
    scope = scope_at(request)
    facts = call(scope, recording)
    changes = became(scope, recording)
    at = moment(request.GET.get("at", ""))
    told = prove_record(scope=scope, recording=recording, at=at)
    today = record_as_of(scope, recording, now())
    page = Paginator(changes, PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "call": facts,
        "at": at,
        "is_now": not request.GET.get("at"),
        "record": told,
        "listens": scope.may(Power.LISTEN, facts.desk),
        "things": things(told),
        "differs": differences(told, today),
        "page": page,
        "first": changes[-1].at if changes else None,
    }
    return render(request, "web/record.html", shown)


@require_GET
@signed_in
def record_file(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The record at that time as its canonical JSON."""
    scope = scope_at(request)
    facts = call(scope, recording, power=Power.LISTEN)
    told = prove_record(scope=scope, recording=recording, at=moment(request.GET.get("at", "")))
    answer = HttpResponse(told.content(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="record-{facts.id}.json"'
    answer["X-Content-SHA256"] = told.sha256
    return answer


def moment(told: str) -> datetime:
    """A time as a form or an address gives it, UTC where it names no zone; now where it is left out. Raises Invalid."""
    if not told:
        return now()
    try:
        found = parse_datetime(told)
    except ValueError:
        found = None
    if found is None:
        raise Invalid("That is no time.", cure="As in 2026-03-02T09:30, UTC.")
    return found if found.tzinfo else found.replace(tzinfo=now().tzinfo)


def things(record: Record) -> list[tuple[str, int]]:
    """What the record consists of, in the order of the pipeline."""
    return [(THINGS[kind], len(record.rows[kind])) for kind in THINGS if record.rows.get(kind)]


def differences(then: Record, today: Record) -> list[tuple[str, str]]:
    """What is not the same now, as thing and words."""
    told = []
    for kind, thing in THINGS.items():
        old, new = then.rows.get(kind, {}), today.rows.get(kind, {})
        came, went = len(new.keys() - old.keys()), len(old.keys() - new.keys())
        changed = sorted(
            {
                name
                for key in old.keys() & new.keys()
                for name in new[key]
                if new[key][name] != old[key].get(name)
            }
        )
        words = [f"{came} came later"] if came else []
        words += [f"{went} went"] if went else []
        words += [f"changed: {', '.join(changed)}"] if changed else []
        if words:
            told.append((thing, "; ".join(words)))
    if list(then.policies) != list(today.policies):
        told.append(("policies in force", "others are in force now"))
    return told


def bars(coverage: Coverage, promised: int) -> Sequence[Bar]:
    """The bars of the coverage, the most recently read first."""
    if not coverage.natives:
        return ()
    most = max(many for _, many in coverage.bars) or 1
    width = WIDTH / len(coverage.bars)
    drawn, since = [], 0
    for nth, (days, many) in enumerate(coverage.bars):
        label = "longer or never" if days is None else f"{since}–{days} d"
        height = 100.0 * many / most
        drawn.append(
            Bar(
                label=label,
                many=many,
                x=nth * width + 8,
                y=118 - height,
                width=width - 16,
                height=height,
                late=days is None or since >= promised,
            )
        )
        since = days or since
    return drawn
