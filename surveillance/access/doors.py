"""The gate of every door: the scope on a request, faults as answers, refusals and sign-ins on record."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from surveillance.access.models import User
from surveillance.access.scope import Scope
from surveillance.access.selectors import scope_of, scope_of_token
from surveillance.audit.services import record
from surveillance.core.errors import Broken, Fault, Invalid, Refused, Transient

log = logging.getLogger(__name__)


def scope_at(request: HttpRequest) -> Scope:
    """The scope of whoever made the request; read once a request."""
    kept: Scope | None = getattr(request, "_earshot_scope", None)
    if kept is None or kept.actor != (request.user.get_username() or "anonymous"):
        kept = scope_of(request.user)
        request._earshot_scope = kept  # type: ignore[attr-defined]
    return kept


def narrow_to_token(request: HttpRequest, digest: str) -> None:
    """From here on the request reaches what its token opens."""
    request._earshot_scope = scope_of_token(request.user, digest)  # type: ignore[attr-defined]


def note_fault(request: HttpRequest, fault: Fault) -> None:
    """Put a refusal in the ledger, what is broken in the log. The deed's own transaction is over by now."""
    if isinstance(fault, Refused):
        record(
            actor=scope_at(request).actor,
            action="refused",
            subject=fault.subject or request.path,
            detail={"method": request.method, "path": request.path, "why": fault.message},
        )
    elif isinstance(fault, Broken):
        log.error("%s: %s", request.path, fault)


class SignInNeeded(Refused):
    """Nobody is signed in, or what was shown for it is worth nothing."""

    status = 401
    code = "sign-in"


class LockedOut(Refused):
    """Too many wrong passwords."""

    status = 429
    code = "locked"


def identified(request: HttpRequest, *, username: str, password: str) -> Scope:
    """The scope of the user of that name and password, who is signed in for this one request.

    Raises:
        LockedOut: too many wrong passwords. SignInNeeded: this one is wrong.
    """
    user = authenticate(request, username=username, password=password)
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined]  # else axes answers with its page for people
        raise LockedOut("Too many wrong passwords.", cure="Try again in a quarter of an hour.")
    if not isinstance(user, User):
        raise SignInNeeded("Wrong name or password.", cure="Check both.")
    user_logged_in.send(sender=User, request=request, user=user)
    return scope_of(user)


def understood(exception: Exception) -> Fault | None:
    """Whatever a door raised as a fault of ours; None where it is a mistake in Earshot, to be told as a 500."""
    if isinstance(exception, Fault):
        return exception
    if isinstance(exception, DataError):
        # PostgreSQL keeps no NUL and no number beyond its columns; both come only from outside.
        return Invalid("Something in the request is no text or number that can be kept.", cure="Correct it.")
    if isinstance(exception, OperationalError):
        log.error("the database does not do its work", exc_info=exception)
        return Transient("The database is away for the moment.", cure="Try again in a minute.")
    if isinstance(exception, OSError) and exception.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("the disk is full", exc_info=exception)
        return Transient("The disk is full; nothing was taken in.", cure="Try again when there is room.")
    return None


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without its token, from elsewhere or of a session that is over (CSRF_FAILURE_VIEW)."""
    fault = Refused(f"The form was not one of ours: {reason}", cure="Reload the page and try again.")
    note_fault(request, fault)
    if request.headers.get("HX-Request"):
        told = Refused("You may not do this.", cure="Reload the page and try again.")
        return render(request, "web/part_fault.html", {"fault": told}, status=fault.status)
    return render(request, "403_csrf.html", status=fault.status)


def request_refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to what Django itself takes as no request: too many files or fields, a foreign host (handler400)."""
    fault = Invalid("This request cannot be taken.", cure=_cure_of(exception))
    shown = "web/part_fault.html" if request.headers.get("HX-Request") else "400.html"
    return render(request, shown, {"fault": fault}, status=fault.status)


def _cure_of(exception: Exception) -> str:
    if isinstance(exception, TooManyFilesSent):
        return f"Hand in at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files at once."
    if isinstance(exception, TooManyFieldsSent | RequestDataTooBig):
        return "The form holds more than is taken. Send less at once."
    return "Go back to the start; if that does not help, tell an administrator the address you used."


class FaultMiddleware:
    """Turns a fault that a page raised into the page that explains it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        fault = understood(exception)
        if fault is None:
            return None
        note_fault(request, fault)
        shown = "web/part_fault.html" if request.headers.get("HX-Request") else "web/fault.html"
        return render(request, shown, {"fault": fault}, status=fault.status)


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    record(actor=user.get_username(), action="signed in", subject=f"user:{user.get_username()}")


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        record(actor=user.get_username(), action="signed out", subject=f"user:{user.get_username()}")


@receiver(user_login_failed)
def _sign_in_failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    name = str(credentials.get("username", ""))[:100]
    record(actor="anonymous", action="sign-in failed", subject=f"user:{name}")
