"""What every page passes on its way in: the sign-in, and the view put on record."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_cache_control, patch_vary_headers

from surveillance.access.doors import note_fault, scope_at
from surveillance.audit.services import record
from surveillance.core.errors import Refused

Page = Callable[..., HttpResponseBase]


def signed_in(page: Page) -> Page:
    """Only for someone who is signed in; everyone else is sent to the sign-in page and back again."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        answer = page(request, *args, **kwargs)
        # What a call holds must not lie in a shared cache, nor come back with the browser's "back" after sign-out.
        patch_cache_control(answer, private=True, no_store=True)
        patch_vary_headers(answer, ["Cookie", "HX-Request"])
        return answer

    return guarded


def is_part(request: HttpRequest) -> bool:
    """Does htmx ask for a part of the page rather than the whole?"""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def seen(request: HttpRequest, subject: str, /, **detail: Any) -> None:
    """Put on record that someone looked."""
    record(actor=scope_at(request).actor, action="viewed", subject=subject, detail=detail)


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Send the reader on, whether the browser or htmx asked."""
    if request.headers.get("HX-Request"):
        wanted, shown = urlsplit(address), urlsplit(request.headers.get("HX-Current-URL", ""))
        # To a place on the page as it stands a browser scrolls, and loads nothing anew.
        if wanted.fragment and (wanted.path, wanted.query) == (shown.path, shown.query):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponse(status=302, headers={"Location": address})


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        note_fault(request, Refused("Nobody is signed in.", subject=request.path))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url("sign-in")})
    if request.method != "GET":
        return HttpResponse("Sign in first.", status=401, content_type="text/plain")
    return redirect_to_login(request.get_full_path(), resolve_url("sign-in"))
