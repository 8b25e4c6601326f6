"""The sound of a call: ranged bytes for the player, its outline, the native, and what was played."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.ranged import ranged
from surveillance.archive.selectors import listening_copy, open_native, peaks
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.review.purposes import require_purpose, state_purpose
from surveillance.review.services import begin_playing, heard
from surveillance.web.door import go, signed_in

# A player fetches one sound in many ranges; one entry in the ledger stands for those of ten minutes.
SAME_FETCH = timedelta(minutes=10)


@require_GET
@signed_in
def sound(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The listening copy, whole or in part (RFC 9110 section 14: 206 for a range, 416 for one outside)."""
    require_purpose(scope_at(request), recording)
    return sound_of(request, recording)


def sound_of(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The same, where what it is played for is known: a sample, drawn to be heard."""
    scope = scope_at(request)
    copy = listening_copy(scope, recording)
    answer = ranged(request.headers.get("Range", ""), copy.size, copy.read, content_type="audio/wav")
    if answer.status_code != 416:
        _note_fetch(scope.actor, recording)
    return answer


@require_GET
@signed_in
def outline(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The loudness of each channel over time, for drawing."""
    return JsonResponse(peaks(scope_at(request), recording))


@require_GET
@signed_in
def native(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The bytes as the recorder wrote them, to keep; that they left is on record."""
    scope = scope_at(request)
    require_purpose(scope, recording)
    opened = open_native(scope, recording)
    record(
        actor=scope.actor,
        action="native downloaded",
        subject=f"recording:{recording}",
        detail={"sha256": opened.sha256, "size": opened.size},
    )
    answer = StreamingHttpResponse(opened.chunks, content_type="application/octet-stream")
    answer["Content-Length"] = str(opened.length)
    answer["Content-Disposition"] = content_disposition_header(True, opened.name)
    return answer


@require_POST
@signed_in
def purpose_stated(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Say what a call that raised no alert is played for."""
    told = request.POST
    state_purpose(
        scope=scope_at(request),
        recording=recording,
        purpose=told.get("purpose", ""),
        reference=told.get("reference", ""),
    )
    return go(request, reverse("call", args=[recording]))


@require_POST
@signed_in
def played(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Someone pressed play."""
    begin_playing(scope=scope_at(request), recording=recording, position=_second(request, "position"))
    return HttpResponse(status=204)


@require_POST
@signed_in
def listened(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """A stretch went by; the answer is how much of the call the listener has heard in all."""
    total = heard(
        scope=scope_at(request),
        recording=recording,
        start=_second(request, "start"),
        end=_second(request, "end"),
    )
    return JsonResponse({"seconds": round(total, 1)})


def _note_fetch(actor: str, recording: UUID) -> None:
    same = Filter(
        actor=actor, action="sound fetched", subject=f"recording:{recording}", since=now() - SAME_FETCH
    )
    if not entries(same).exists():
        record(actor=actor, action="sound fetched", subject=f"recording:{recording}")


def _second(request: HttpRequest, name: str) -> float:
    """A number of seconds from the form.

    Raises:
        Invalid: it is none.
    """
    try:
        value = float(request.POST[name])
    except (KeyError, ValueError) as fault:
        raise Invalid(f"{name} must be a number of seconds.") from fault
    if value != value or abs(value) > 1e7:  # NaN, or no second of any recording
        raise Invalid(f"{name} must be a number of seconds.")
    return value
