"""What is handed in through a door, on its way to disk: no further than a recording may be long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from surveillance.access.doors import note_fault
from surveillance.core.errors import Refused

STRANGERS_BYTES = 64_000  # a name, a password and a token of the form are far less


class TooMuch(Refused):
    """More than is taken from someone who has not signed in."""

    status = 413
    code = "too-much"


class StrangersBound:
    """Answers whoever has not signed in and sends much, before a byte of it is read.

    The check of a form's token reads the whole of a request, files included, before any page asks who is there;
    so this stands before it. A token is no sign-in to a page, only to the API, which looks at it first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        # In this order: a session is read from the database only for what is large.
        if not _is_large(request) or request.user.is_authenticated or _shows_token(request, view):
            return None
        fault = TooMuch(
            f"Nobody is signed in, and more than {STRANGERS_BYTES // 1000} kB were sent.",
            cure="Sign in first.",
        )
        note_fault(request, fault)
        if request.path.startswith("/api/"):
            told = {"code": fault.code, "message": fault.message, "cure": fault.cure}
            return JsonResponse(told, status=fault.status)
        return render(request, "413.html", {"fault": fault}, status=fault.status)


def _is_large(request: HttpRequest) -> bool:
    """Longer than the bound, or of a length that is not told."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    return "HTTP_TRANSFER_ENCODING" in request.META or not told.isdecimal() or int(told) > STRANGERS_BYTES


def _shows_token(request: HttpRequest, view: Callable[..., Any]) -> bool:
    by_token = request.headers.get("Authorization", "").lower().startswith("token ")
    return by_token and getattr(view, "csrf_exempt", False)


class BoundedUpload(TemporaryFileUploadHandler):
    """Every file goes to disk, and past the bound no further: `receive` then finds it too big and says so.

    In force for every door (`FILE_UPLOAD_HANDLERS`), before anyone has looked at who is asking.
    """

    taken = 0  # bytes of the file at hand

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.taken = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.taken += len(raw_data)
        if self.taken <= settings.EARSHOT.max_media_bytes + self.chunk_size:
            super().receive_data_chunk(raw_data, start)
        return None
