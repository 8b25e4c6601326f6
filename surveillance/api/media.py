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
from rest_framework.response import Response

from surveillance.access.ranged import ranged
from surveillance.access.scope import Power
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.archive.selectors import listening_copy, open_native
from surveillance.capture.selectors import call
from surveillance.review.purposes import PURPOSES, require_purpose, state_purpose

RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="bytes=first-last")


class FormAsked(serializers.Serializer[Any]):
    form = serializers.ChoiceField(
        ["listening", "native"],
        default="listening",
        help_text="listening: 16-bit WAV, made from the native; native: the sealed bytes, never transcoded",
    )


class PurposeGiven(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(list(PURPOSES))
    reference = serializers.CharField(max_length=400, help_text="case, ticket or question")


class PurposeOf(Door):
    """What a call is played for."""

    @extend_schema(
        operation_id="state_purpose",
        request=PurposeGiven,
        responses={204: None, 400: FaultOut, 403: FaultOut, 404: FaultOut},
    )
    def post(self, request: Request, recording: UUID) -> Response:
        """Say what a call that raised no alert is played for; it stands for twelve hours."""
        call(self.scope, recording, power=Power.LISTEN)
        given = PurposeGiven(data=request.data)
        given.is_valid(raise_exception=True)
        state_purpose(scope=self.scope, recording=recording, **given.validated_data)
        return Response(status=204)


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
            428: FaultOut,
        },
    )
    def get(self, request: Request, recording: UUID) -> HttpResponseBase:
        """The listening copy as WAV, or the native. A `Range` is answered with 206, one outside with 416."""
        form = paging.asked(FormAsked, request)["form"]
        require_purpose(self.scope, recording)
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
