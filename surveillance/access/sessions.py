"""A session is good where it was begun: shown by another browser or from another address it ends, on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from surveillance.audit.services import record

PLACE = "earshot-begun-at"


class SessionsStay:
    """Ends a session whose cookie turns up elsewhere; whoever held it, thief or owner, signs in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.EARSHOT.sessions_stay and request.user.is_authenticated:
            # One begun without a place, by a program, is good where it is first shown.
            begun = request.session.setdefault(PLACE, _place(request))
            if not constant_time_compare(begun, _place(request)):
                _end(request)
        return self.get_response(request)


def address_of(request: HttpRequest) -> str:
    """Where a request came from: the peer, or behind our own TLS proxy what that proxy saw last."""
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.EARSHOT.https else ""
    return seen.rsplit(",", 1)[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))


def _place(request: HttpRequest) -> str:
    # A hash: the session table is no register of who sat where.
    told = f"{address_of(request)}\n{request.META.get('HTTP_USER_AGENT', '')}"
    return salted_hmac("earshot.sessions", told, algorithm="sha256").hexdigest()


def _end(request: HttpRequest) -> None:
    name = request.user.get_username()
    logout(request)
    record(
        actor=name,
        action="session refused",
        subject=f"user:{name}",
        detail={"why": "shown elsewhere than it was begun", "from": address_of(request)},
    )


@receiver(user_logged_in)
def _begun(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    # A program that shows a password for a token begins no session, one without a network no place.
    if SESSION_KEY in getattr(request, "session", {}) and "REMOTE_ADDR" in request.META:
        request.session[PLACE] = _place(request)
