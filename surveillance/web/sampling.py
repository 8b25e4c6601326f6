"""Sampling what was not flagged: rounds and their bounds, and the page on which a call is heard blind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from detectors.elusion import size_for
from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desks
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.pipeline import again
from surveillance.review.selectors import seconds_heard
from surveillance.sampling import selectors
from surveillance.sampling.services import close_round, draw_round, judge, take_back
from surveillance.sampling.strata import ALLOCATIONS, DIMENSIONS, MOST, Wanted
from surveillance.sampling.told import Heard
from surveillance.transcription.selectors import current
from surveillance.web import media
from surveillance.web.call import SPEEDS, lanes
from surveillance.web.dates import day, day_after
from surveillance.web.door import go, seen, signed_in
from surveillance.web.sampling_charts import chart
from surveillance.web.spoken import turns_shown

QUARTER = timedelta(days=91)
SIZES = (0.005, 0.01, 0.02, 0.03, 0.05)


@require_GET
@signed_in
def sampling(request: HttpRequest) -> HttpResponseBase:
    """Every round of the scope's desks with its bound; for whoever draws, the plan of another."""
    scope = scope_at(request)
    rounds = selectors.rounds(scope)
    draws = scope.may(Power.SAMPLE)
    shown: dict[str, Any] = {
        "rounds": rounds,
        "chart": chart(rounds),
        "newest": next((row for row in rounds if row.bound is not None), None),
        "draws": draws,
        "hears": scope.may(Power.REVIEW) and scope.may(Power.LISTEN),
        "waiting": selectors.waits(scope),
        "sizes": [(share, [size_for(share, missed=found) for found in range(3)]) for share in SIZES],
    }
    if draws:
        wanted = _wanted(request)
        shown |= {
            "wanted": wanted,
            "until_day": wanted.until - timedelta(days=1),
            "plan": selectors.plan(scope, wanted) if "since" in request.GET else None,
            "desks": [one for one in desks(scope) if scope.may(Power.SAMPLE, one.slug)],
            "dimensions": DIMENSIONS,
            "allocations": ALLOCATIONS,
            "at_most": request.GET.get("at_most", ""),
        }
    seen(request, "page:sampling", rounds=len(rounds))
    return render(request, "web/sampling.html", shown)


@require_POST
@signed_in
def sample_drawn(request: HttpRequest) -> HttpResponseBase:
    """Draw a round."""
    title = request.POST.get("title", "")
    number = draw_round(scope=scope_at(request), title=title, wanted=_wanted(request))
    messages.success(request, "Drawn. The frame, the seed and every denominator are kept.")
    return go(request, reverse("round", args=[number]))


@require_GET
@signed_in
def round_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One round: strata and denominators, the bound, what was missed."""
    scope = scope_at(request)
    row = selectors.round_of(scope, number)
    shown = {
        "round": row,
        "chart": chart([row]),
        "missed": selectors.missed(scope, number),
        "hearing": selectors.hearing(scope, number),
        "hears": selectors.next_item(scope, number) is not None,
        "closes": row.open and all(scope.may(Power.SAMPLE, one.desk) for one in row.strata),
        "share": row.heard / row.to_hear if row.to_hear else 0.0,
    }
    seen(request, f"round:{number}")
    return render(request, "web/round.html", shown)


@require_GET
@signed_in
def next_drawn(request: HttpRequest, number: int) -> HttpResponseBase:
    """On to the next call of a round, or back to the round where none is left."""
    scope = scope_at(request)
    scope.require(Power.REVIEW)
    selectors.round_of(scope, number)
    return go(request, _next(scope, number))


@require_POST
@signed_in
def round_closed(request: HttpRequest, number: int) -> HttpResponseBase:
    """Close a round before all of it was heard."""
    close_round(scope=scope_at(request), round_number=number, reason=request.POST.get("reason", ""))
    messages.success(request, "Closed. What was not heard counts as missed.")
    return go(request, reverse("round", args=[number]))


# wavesurfer.js writes one <style> into its shadow root: see web/call.py.
@csp_update({"style-src": [NONCE]})
@require_GET
@signed_in
def drawn_call(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """A drawn call to be heard blind: sound and words, and nothing that was made of them.

    No finding, no score, no mark of noise, no name of the file and no number of the recording, by which the call's
    own page could be found; a known positive is built from the same values as any other.
    """
    scope = scope_at(request)
    shown_item = selectors.item(scope, item)
    facts = call(scope, shown_item.recording, power=Power.LISTEN)
    words = current(scope, facts.id)
    heard = seconds_heard(scope, facts.id)
    row = selectors.round_of(scope, shown_item.round)
    shown = {
        "item": shown_item,
        "round": row,
        "started_at": facts.started_at,
        "duration": facts.duration,
        "channels": facts.channels,
        "desk_name": facts.desk_name,
        "lanes": lanes(facts),
        "speeds": SPEEDS,
        "turns": turns_shown(words.transcript, []) if words else [],
        "words": words is not None,
        "unheard": list(words.unheard) if words else [],
        "heard": heard,
        "heard_share": heard / facts.duration if facts.duration else 0.0,
        "verdicts": selectors.VERDICTS,
        "categories": CATEGORIES,
        "takes_back": scope.may(Power.SAMPLE, shown_item.desk),
    }
    seen(request, f"drawn:{item}")
    return render(request, "web/drawn_call.html", shown)


@require_POST
@signed_in
def drawn_judged(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """Keep what was heard and go on to the next call. The answer is the same for every verdict."""
    scope = scope_at(request)
    heard = Heard(
        verdict=request.POST.get("action", ""),
        category=request.POST.get("category", ""),
        start=_second(request, "start"),
        end=_second(request, "end"),
        words=request.POST.get("words", ""),
        reason=request.POST.get("reason", ""),
    )
    number = selectors.item(scope, item).round
    with transaction.atomic():
        raised = judge(scope=scope, item=item, heard=heard)
        if raised is not None:
            again(raised, "indexing")
    messages.success(request, "Recorded.")
    return go(request, _next(scope, number))


@require_POST
@signed_in
def drawn_taken_back(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """Take a judgement back, so that the call is heard again."""
    take_back(scope=scope_at(request), item=item, reason=request.POST.get("reason", ""))
    messages.success(request, "The judgement was taken back; the call waits to be heard again.")
    return go(request, reverse("drawn-call", args=[item]))


@require_GET
@signed_in
def drawn_sound(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """The listening copy, under the number of the draw."""
    return media.sound_of(request, selectors.item(scope_at(request), item).recording)


@require_GET
@signed_in
def drawn_peaks(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """The loudness of each channel over time."""
    return media.outline(request, selectors.item(scope_at(request), item).recording)


@require_POST
@signed_in
def drawn_played(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """Someone pressed play."""
    return media.played(request, selectors.item(scope_at(request), item).recording)


@require_POST
@signed_in
def drawn_heard(request: HttpRequest, item: UUID) -> HttpResponseBase:
    """A stretch went by."""
    return media.listened(request, selectors.item(scope_at(request), item).recording)


def _next(scope: Scope, number: int) -> str:
    following = selectors.next_item(scope, number)
    return reverse("drawn-call", args=[following]) if following else reverse("round", args=[number])


def _wanted(request: HttpRequest) -> Wanted:
    given = request.POST if request.method == "POST" else request.GET
    until = day_after(given.get("until", "")) or now().replace(hour=0, minute=0, second=0, microsecond=0) + (
        timedelta(days=1)
    )
    laid_out = "laid_out" in given
    return Wanted(
        since=day(given.get("since", "")) or until - QUARTER,
        until=until,
        desks=tuple(slug for slug in given.getlist("desk") if slug),
        by=tuple(name for name in given.getlist("by") if name) if laid_out else tuple(DIMENSIONS),
        allocation=given.get("allocation", "proportional"),
        size=_size(given.get("size", ""), given.get("at_most", "")),
        planted=_whole(given.get("planted", ""), "known positives", 0),
    )


def _size(size: str, at_most: str) -> int:
    """As many as are asked for, or as many as the bound that is asked for needs when nothing is found."""
    if size.strip() or not at_most.strip():
        return _whole(size, "calls", size_for(0.01))
    try:
        return min(MOST, size_for(float(at_most.replace(",", ".")) / 100))
    except (ValueError, OverflowError) as fault:
        raise Invalid(
            f"{at_most} is no share.", cure="Write a number of per cent, for instance 1."
        ) from fault


def _whole(text: str, what: str, otherwise: int) -> int:
    if not text.strip():
        return otherwise
    try:
        return int(text)
    except ValueError as fault:
        raise Invalid(f"{text} is no number of {what}.", cure="Write a whole number.") from fault


def _second(request: HttpRequest, name: str) -> float | None:
    """Seconds as a number, or as 1:05; None where nothing is given."""
    text = request.POST.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError as fault:
        raise Invalid(
            f"{text} is no place in the call.", cure="Write seconds, or minutes:seconds."
        ) from fault
    return seconds if seconds == seconds and abs(seconds) < 1e7 else None
