"""Proving the record over the API: as it stood at a time, and what the nights found."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.custody.night_selectors import nights
from surveillance.custody.services import prove_record


class MomentAsked(serializers.Serializer[Any]):
    at = serializers.DateTimeField(default=None, default_timezone=UTC, help_text="now where it is left out")


class NightOut(serializers.Serializer[Any]):
    """One night of looking."""

    number = serializers.IntegerField()
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    natives = serializers.IntegerField()
    bytes = serializers.IntegerField()
    copied = serializers.IntegerField()
    restored = serializers.IntegerField()
    sound = serializers.BooleanField()
    wrong = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    skipped = serializers.ListField(child=serializers.CharField())


class NightsOut(serializers.Serializer[Any]):
    results = NightOut(many=True)


class RecordOf(Door):
    """A recording as it stood."""

    @extend_schema(
        operation_id="record_as_of",
        parameters=[MomentAsked],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            400: FaultOut,
            403: FaultOut,
            404: FaultOut,
        },
    )
    def get(self, request: Request, recording: UUID) -> HttpResponse:
        """The record at a time as canonical JSON; its hash in X-Content-SHA256. The native has its own address."""
        call(self.scope, recording, power=Power.LISTEN)
        at = paging.asked(MomentAsked, request)["at"] or now()
        told = prove_record(scope=self.scope, recording=recording, at=at)
        answer = HttpResponse(told.content(), content_type="application/json")
        answer["X-Content-SHA256"] = told.sha256
        return answer


class Nights(Door):
    """The nights of looking."""

    @extend_schema(operation_id="fixity_nights", responses={200: NightsOut, 403: FaultOut})
    def get(self, request: Request) -> Response:
        """The last nights, newest first."""
        told = nights(self.scope)
        self.note("api:fixity", rows=len(told))
        return Response({"results": NightOut(told, many=True).data})
