"""Bytes as an answer, whole or in part (RFC 9110 section 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


def ranged(
    header: str, size: int, read: Callable[[int, int], Iterable[bytes]], *, content_type: str
) -> HttpResponseBase:
    """The answer to a `Range` header (empty for none) over `size` bytes: 200, 206 or 416.

    `read(start, length)` gives the bytes; it is called only where some of them are wanted.
    """
    asked = _asked(header)
    wanted = _within(asked, size) if asked else (0, size - 1)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = wanted
    length = last - first + 1
    chunks = iter(read(first, length))
    # Before the first byte is sent a store that is away can still be told as a fault.
    begun = next(chunks, b"")
    answer = StreamingHttpResponse(_whole(begun, chunks), content_type=content_type)
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    if asked:
        # Also where the range is the whole: a player that asks `bytes=0-` and gets 200 may take it for one
        # that cannot be searched.
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _whole(begun: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield begun
    yield from rest


def _asked(header: str) -> tuple[int | None, int | None] | None:
    """The two ends of a range, None where one is left open; None for what we do not read, and for several ranges
    at once: both are answered with the whole."""
    found = _RANGE.match(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = (int(end) if end else None for end in found.groups())
    backwards = first is not None and last is not None and last < first
    return None if backwards else (first, last)


def _within(asked: tuple[int | None, int | None], size: int) -> tuple[int, int] | None:
    """First and last byte wanted; None where nothing of it lies in the file."""
    first, last = asked
    if first is None:  # the last so many bytes
        return (max(0, size - last), size - 1) if last and size else None
    return (first, size - 1 if last is None else min(last, size - 1)) if first < size else None
