"""Data subjects: what people ask with its clock, their calls and what of each is given, what is restricted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.ranged import ranged
from surveillance.audit.services import record
from surveillance.core.errors import Invalid
from surveillance.pipeline import consent_changed, words_corrected
from surveillance.subjects import services
from surveillance.subjects.finding import WHYS
from surveillance.subjects.masking import MARK, STATES
from surveillance.subjects.packing import copy_for
from surveillance.subjects.restricting import lift_restriction, restrict, restrict_found, review_restriction
from surveillance.subjects.selectors import (
    KINDS,
    elsewhere,
    found,
    masked,
    masked_sound,
    request,
    requests,
    restrictions,
    restrictions_of,
)
from surveillance.web.dates import day
from surveillance.web.door import go, seen, signed_in
from surveillance.web.names import listed


@require_GET
@signed_in
def subjects_page(asked: HttpRequest) -> HttpResponseBase:
    """What is open, the most pressing first; what is restricted; what was answered."""
    scope = scope_at(asked)
    shown = {
        "open": requests(scope),
        "closed": requests(scope, closed=True)[:50],
        "restrictions": restrictions(scope),
        "kinds": KINDS,
    }
    seen(asked, "page:subjects")
    return render(asked, "web/subjects.html", shown)


@require_POST
@signed_in
def request_entered(asked: HttpRequest) -> HttpResponseBase:
    """Take a request in; its clock runs."""
    scope, told = scope_at(asked), asked.POST
    number = services.enter_request(
        scope=scope,
        kind=told.get("kind", ""),
        names=listed(told.get("names", "")),
        numbers=listed(told.get("numbers", "")),
        identity=told.get("identity", ""),
        told=told.get("told", ""),
        received_at=day(told.get("received", "")),
    )
    messages.success(asked, f"Entered as request {number}; its clock runs. Now find their calls.")
    return go(asked, reverse("subject", args=[number]))


@require_GET
@signed_in
def subject_page(asked: HttpRequest, number: int) -> HttpResponseBase:
    """One request: its clock, the calls found, what else is kept, and the answer."""
    scope = scope_at(asked)
    page = asked.GET.get("page", "1")
    row = request(scope, number)
    shown = {
        "row": row,
        "found": found(scope, number, page=int(page) if page.isdecimal() and len(page) < 6 else 1),
        "elsewhere": elsewhere(scope, number),
        "restrictions": restrictions_of(scope, number),
        "whys": WHYS,
        "me": scope.actor,
        "also": "\n".join(row.also_mask),
    }
    seen(asked, f"subject-request:{number}")
    return render(asked, "web/subject.html", shown)


@require_POST
@signed_in
def subject_deed(asked: HttpRequest, number: int) -> HttpResponseBase:
    """Whatever is done to a request as a whole."""
    scope, told = scope_at(asked), asked.POST
    because = told.get("because", "")
    match told.get("deed", ""):
        case "gather":
            many = services.gather(scope=scope, number=number)
            messages.success(asked, f"{many} calls were found that were not known before.")
        case "extend":
            until = services.extend_request(scope=scope, number=number, because=because)
            messages.success(asked, f"Extended until {until:%d %B %Y}. Tell the person, and why.")
        case "mask":
            services.mask_also(scope=scope, number=number, phrases=listed(told.get("phrases", "")))
            messages.success(asked, "Kept. Every call is to be looked at once more.")
        case "restrict":
            changed = restrict_found(scope=scope, number=number, reason=because)
            consent_changed(changed)
            messages.success(asked, f"{len(changed.withheld)} calls are kept and no longer used.")
        case "prepare":
            services.prepare_answer(scope=scope, number=number, answer=told.get("answer", ""))
            messages.success(asked, "Prepared. Another person releases it.")
        case "release":
            services.release_answer(scope=scope, number=number)
            messages.success(asked, "Released. The clock has stopped.")
        case "send-back":
            services.send_back(scope=scope, number=number, because=because)
            messages.success(asked, "Sent back.")
        case "refuse":
            services.refuse_request(scope=scope, number=number, because=because)
            messages.success(asked, "Turned down. Tell the person why, and that they may complain.")
        case strange:
            raise Invalid(f"{strange!r} is nothing that can be done here.", cure="Reload the page.")
    return go(asked, reverse("subject", args=[number]))


@require_GET
@signed_in
def subject_call(asked: HttpRequest, number: int, recording: UUID) -> HttpResponseBase:
    """One call as it would be given: read, heard, decided turn by turn, and checked."""
    scope = scope_at(asked)
    shown = {
        "row": request(scope, number),
        "told": masked(scope, number, recording),
        "whys": WHYS,
        "states": STATES,
        "mark": MARK,
    }
    seen(asked, f"recording:{recording}", request=number)
    return render(asked, "web/subject_call.html", shown)


@require_GET
@signed_in
def subject_sound(asked: HttpRequest, number: int, recording: UUID) -> HttpResponseBase:
    """The sound as it would be given, whole or in part."""
    scope = scope_at(asked)
    copy = masked_sound(scope, number, recording)
    answer = ranged(asked.headers.get("Range", ""), copy.size, copy.read, content_type="audio/wav")
    record(
        actor=scope.actor,
        action="masked sound fetched",
        subject=f"recording:{recording}",
        detail={"request": number, "range": asked.headers.get("Range", "")[:60]},
    )
    return answer


@require_POST
@signed_in
def subject_call_deed(asked: HttpRequest, number: int, recording: UUID) -> HttpResponseBase:
    """Whatever is done to one call of a request."""
    scope, told = scope_at(asked), asked.POST
    match told.get("deed", ""):
        case "turn":
            services.decide_turn(
                scope=scope,
                number=number,
                recording=recording,
                turn=_turn(told.get("turn", "")),
                state=told.get("state", ""),
            )
        case "leave":
            services.leave_out(
                scope=scope, number=number, recording=recording, because=told.get("because", "")
            )
        case "check":
            services.check_call(
                scope=scope, number=number, recording=recording, sha256=told.get("sha256", "")
            )
            messages.success(asked, "Checked: exactly this goes.")
            return go(asked, reverse("subject", args=[number]))
        case "restrict":
            changed = restrict(
                scope=scope, recording=recording, reason=told.get("because", ""), request=number
            )
            consent_changed(changed)
            messages.success(asked, "It is kept and no longer used.")
        case "correct":
            version = services.correct_words(
                scope=scope,
                number=number,
                recording=recording,
                turn=_turn(told.get("turn", "")),
                words_said=told.get("words", ""),
            )
            words_corrected(recording)
            messages.success(
                asked, f"Corrected, as version {version}. What was written before is kept beside it."
            )
        case strange:
            raise Invalid(f"{strange!r} is nothing that can be done here.", cure="Reload the page.")
    return go(asked, reverse("subject-call", args=[number, recording]))


@require_GET
@signed_in
def subject_copy(asked: HttpRequest, number: int) -> HttpResponseBase:
    """The copy, made while it is sent."""
    pieces = copy_for(scope_at(asked), number)
    answer = StreamingHttpResponse(_some(pieces), content_type="application/zip")
    answer["Content-Disposition"] = content_disposition_header(True, f"copy-{number}.zip")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@signed_in
def restriction_deed(asked: HttpRequest, number: int) -> HttpResponseBase:
    """Let a restriction stand for longer, or lift it."""
    scope, told = scope_at(asked), asked.POST
    if told.get("deed") == "lift":
        consent_changed(lift_restriction(scope=scope, number=number, because=told.get("because", "")))
        messages.success(asked, "Lifted.")
    else:
        review_restriction(
            scope=scope,
            number=number,
            review_on=_day(told.get("review", "")),
            because=told.get("because", ""),
        )
        messages.success(asked, "It stands, and is looked at again on that day.")
    return go(asked, reverse("subjects"))


def _some(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return (piece for piece in pieces if piece)


def _turn(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise Invalid("There is no such turn.", cure="Reload the page.")
    return int(text)


def _day(text: str) -> date:
    found_day = day(text)
    if found_day is None:
        raise Invalid("Say when it is looked at again.", cure="Choose a day to come.")
    return found_day.date()
