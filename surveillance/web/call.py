"""The call page: facts, sound, words, findings, and the decision."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.archive.selectors import sealed
from surveillance.capture.selectors import Call, call, progress_of
from surveillance.consent.selectors import clearance
from surveillance.core.clock import now
from surveillance.detection.selectors import AlertRow, QueueFilter, alert_of, findings, raised_for
from surveillance.mentions.selectors import mentions
from surveillance.noise.selectors import followers_of, recognitions, twin_of
from surveillance.retention.hold_selectors import holds_on
from surveillance.retention.selectors import kept
from surveillance.review import selectors as review
from surveillance.review.purposes import PURPOSES, needs_purpose
from surveillance.review.services import decide, reopen
from surveillance.second_reader.selectors import readings
from surveillance.subjects.selectors import restriction_on
from surveillance.transcription.selectors import current
from surveillance.web.door import go, seen, signed_in
from surveillance.web.flags import Flag, flags, marks
from surveillance.web.named import named_shown
from surveillance.web.names import STAGES, STATES, channel_name
from surveillance.web.retention_charts import life
from surveillance.web.spoken import turns_shown

DONE = {
    "closed": "Decision recorded; the alert is closed.",
    "second": "Decision recorded; the alert now waits for a second pair of eyes.",
}

SPEEDS = ("0.75", "1", "1.25", "1.5", "1.75", "2")
UNFOLDED = 3  # findings; the others of a call are folded on a narrow page


# wavesurfer.js writes one <style> into its shadow root; this page alone lets it, by a nonce.
@csp_update({"style-src": [NONCE]})
@require_GET
@signed_in
def call_page(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """One call as the scope may see it: without `Power.LISTEN` neither its sound nor any word of it."""
    scope = scope_at(request)
    facts = call(scope, recording)
    alert = alert_of(scope, recording)
    found = findings(scope, recording)
    outdated = alert is not None and not found
    caught = flags(raised_for(scope, recording) if outdated else found)
    steps = progress_of(scope, recording)
    shown = {
        "call": facts,
        "flags": caught,
        "first_flags": caught[:UNFOLDED],
        "more_flags": caught[UNFOLDED:],
        "more_categories": sorted({flag.category for flag in caught[UNFOLDED:]}),
        "outdated": outdated,
        "categories": sorted({row.category for row in caught}),
        "alert": alert,
        "seal": sealed(scope, recording),
        **_kept(scope, facts),
        "clearance": clearance(scope, recording),
        "asks_purpose": scope.may(Power.LISTEN, facts.desk) and needs_purpose(scope, recording),
        "purposes": PURPOSES.items(),
        "restriction": restriction_on(scope, recording),
        "decides_consent": scope.may(Power.CONSENT, facts.desk),
        "proves": scope.may(Power.PROVE, facts.desk),
        "audits": scope.may(Power.LEDGER, facts.desk),
        "progress": steps,
        "stages": STAGES,
        "states": STATES,
        "twin": twin_of(scope, recording),
        "followers": followers_of(scope, recording),
        "may_undo": scope.may(Power.REVIEW, facts.desk),
        "screened": any(step.stage == "detection" and step.state == "done" for step in steps),
        **_words(scope, facts, caught),
        **_review(request, scope, facts, alert),
    }
    seen(request, f"recording:{recording}")
    return render(request, "web/call.html", shown)


def _kept(scope: Scope, facts: Call) -> dict[str, Any]:
    """Until when the call is kept and why, and its life as a drawing."""
    found = kept(scope, facts.id)
    if found is None:
        return {"kept": None}
    told = life(found, holds_on(scope, facts.id), started_at=facts.started_at, at=now())
    return {"kept": found, "life": told}


@require_POST
@signed_in
def decided(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Record a decision and go on to the next call of the queue."""
    scope = scope_at(request)
    following = review.next_alert(scope, after=recording, wanted=_wanted(request))
    state = decide(
        scope=scope,
        recording=recording,
        action=request.POST.get("action", ""),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, DONE[state])
    if request.POST.get("then") == "stay":
        return go(request, _address(recording, request))
    return go(request, _address(following.recording, request) if following else _queue(request))


@require_POST
@signed_in
def reopened(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Open a closed alert again."""
    reopen(scope=scope_at(request), recording=recording, reason=request.POST.get("reason", ""))
    messages.success(request, "The alert is open again.")
    return go(request, _address(recording, request))


def _words(scope: Scope, facts: Call, caught: list[Flag]) -> dict[str, Any]:
    if not scope.may(Power.LISTEN, facts.desk):
        return {"listens": False}
    words = current(scope, facts.id)
    noise = recognitions(scope, facts.id, words.id) if words else []
    named = mentions(scope, facts.id) if words else []
    turns = turns_shown(words.transcript, caught, noise, named) if words else []
    found_marks = marks(words.transcript, caught) if words else []
    return {
        "listens": True,
        "words": words,
        "lanes": lanes(facts),
        "speeds": SPEEDS,
        "readings": readings(scope, facts.id),
        "turns": turns,
        "named": named_shown(named),
        "noise": noise,
        "unsure": any(turn.unsure for turn in turns),
        "marks": [
            asdict(mark) | {"label": CATEGORIES.get(mark.category, mark.category)} for mark in found_marks
        ],
        "unheard": [(channel, start, end) for channel, start, end in words.unheard] if words else [],
    }


def lanes(facts: Call) -> list[dict[str, Any]]:
    """One lane a channel: who is on it, as far as anyone said."""
    lanes = []
    for channel in range(facts.channels):
        here = [party for party in facts.parties if party.channel == channel]
        about = ", ".join(part for party in here for part in (party.employer, party.line) if part)
        name = " / ".join(party.name for party in here) or channel_name(channel)
        lanes.append({"colour": channel % 4, "name": name, "about": about})
    return lanes


def _review(request: HttpRequest, scope: Scope, facts: Call, alert: AlertRow | None) -> dict[str, Any]:
    heard = review.seconds_heard(scope, facts.id)
    shown = {
        "heard": heard,
        "heard_share": heard / facts.duration if facts.duration else 0.0,
        "listeners": review.listeners(scope, facts.id),
    }
    if alert is None:
        return shown
    following = review.next_alert(scope, after=facts.id, wanted=_wanted(request))
    history = review.decisions(scope, facts.id)
    return {
        **shown,
        "decisions": history,
        "last": history[-1] if history else None,
        "standing": review.standing(scope, alert),
        "choices": review.CHOICES,
        "next_address": _address(following.recording, request) if following else "",
        "queue_address": _queue(request),
        "kept_filters": _filters(request),
    }


def _wanted(request: HttpRequest) -> QueueFilter:
    """The queue the reader came from; without one, everything open by risk."""
    kept = _filters(request)
    return QueueFilter(
        state=kept.get("state", "open"),
        desk=kept.get("desk", ""),
        category=kept.get("category", ""),
        order=kept.get("order", "risk"),
    )


def _filters(request: HttpRequest) -> dict[str, str]:
    given = request.POST if request.method == "POST" else request.GET
    return {name: given[name] for name in ("state", "desk", "category", "order") if given.get(name)}


def _address(recording: UUID, request: HttpRequest) -> str:
    return _with_filters(reverse("call", args=[recording]), request)


def _queue(request: HttpRequest) -> str:
    return _with_filters(reverse("queue"), request)


def _with_filters(address: str, request: HttpRequest) -> str:
    kept = _filters(request)
    return f"{address}?{urlencode(kept)}" if kept else address
