"""The sound of a recording: a copy for ears, or the native as it was received."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from surveillance.access.ranged import ranged
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.archive.selectors import listening_copy, open_native

RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="bytes=first-last")


class FormAsked(serializers.Serializer[Any]):
    form = serializers.ChoiceField(
        ["listening", "native"],
        default="listening",
        help_text="listening: 16-bit WAV, made from the native; native: the sealed bytes, never transcoded",
    )


class MediaOf(Door):
    """The sound of a recording, whole or in part."""

    @extend_schema(
        operation_id="media",
        parameters=[FormAsked, RANGE],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            416: None,
            404: FaultOut,
        },
    )
    def get(self, request: Request, recording: UUID) -> HttpResponseBase:
        """The listening copy as WAV, or the native. A `Range` is answered with 206, one outside with 416."""
        form = paging.asked(FormAsked, request)["form"]
        header = request.headers.get("Range", "")
        answer = self._native(recording, header) if form == "native" else self._copy(recording, header)
        action = "native fetched" if form == "native" else "sound fetched"
        self.note(f"recording:{recording}", action=action, range=header[:60])
        return answer

    def _copy(self, recording: UUID, header: str) -> HttpResponseBase:
        copy = listening_copy(self.scope, recording)
        return ranged(header, copy.size, copy.read, content_type="audio/wav")

    def _native(self, recording: UUID, header: str) -> HttpResponseBase:
        whole = open_native(self.scope, recording)

        def read(start: int, length: int) -> Iterator[bytes]:
            return iter(open_native(self.scope, recording, start=start, length=length).chunks)

        answer = ranged(header, whole.size, read, content_type="application/octet-stream")
        answer["Content-Disposition"] = content_disposition_header(True, whole.name) or "attachment"
        answer["X-Content-SHA256"] = whole.sha256
        return answer
