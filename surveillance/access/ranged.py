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
    wanted = span(header, size)
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
    if _RANGE.match(header.strip()) and length < size:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _whole(begun: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield begun
    yield from rest


def span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte wanted; None where nothing of it lies in the file. What we do not read, and several
    ranges at once, are answered with the whole."""
    asked = _RANGE.match(header.strip())
    if not asked or asked.groups() == ("", ""):
        return 0, size - 1
    first, last = asked.groups()
    if not first:  # the last so many bytes
        return (max(0, size - int(last)), size - 1) if int(last) and size else None
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return 0, size - 1  # not a range at all: ignored
    return (begin, end) if begin < size else None
