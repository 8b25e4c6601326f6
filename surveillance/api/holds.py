"""Legal holds over the API: to list, to look at what one would take in, to place, to release by two."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.pipeline import send_holds
from surveillance.retention.hold_selectors import HoldRow, Latency, hold, holds, latency
from surveillance.retention.holds import Terms, ask_release, keep_hold, place_hold, release_hold, would_hold


class HoldOut(serializers.Serializer[Any]):
    """A hold; `recordings` under it, `locked` of them held in the store too, `waiting` not yet."""

    number = serializers.IntegerField()
    matter = serializers.CharField()
    reason = serializers.CharField()
    desks = serializers.ListField(child=serializers.CharField())
    every_desk = serializers.BooleanField()
    custodians = serializers.ListField(child=serializers.CharField())
    query = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    forward = serializers.BooleanField()
    placed_by = serializers.CharField()
    placed_at = serializers.DateTimeField()
    release_asked_by = serializers.CharField(allow_blank=True)
    release_reason = serializers.CharField(allow_blank=True)
    released_by = serializers.CharField(allow_blank=True)
    released_at = serializers.DateTimeField(allow_null=True)
    recordings = serializers.IntegerField()
    locked = serializers.IntegerField()
    waiting = serializers.IntegerField()


class HoldsOut(serializers.Serializer[Any]):
    results = HoldOut(many=True)
    elsewhere = serializers.IntegerField(help_text="holds over desks out of reach, counted and not shown")


class OneHoldOut(HoldOut):
    """The same, with how long the store took to follow."""

    median_seconds = serializers.FloatField(allow_null=True)
    p99_seconds = serializers.FloatField(allow_null=True)


class TermsGiven(serializers.Serializer[Any]):
    """What a hold asks for; all of it must meet. No desks: every desk in reach."""

    desks = serializers.ListField(child=serializers.CharField(max_length=50), default=list)
    custodians = serializers.ListField(child=serializers.CharField(max_length=120), default=list)
    query = serializers.CharField(allow_blank=True, default="", max_length=4000)
    since = serializers.DateTimeField(allow_null=True, default=None)
    until = serializers.DateTimeField(allow_null=True, default=None)


class HoldGiven(TermsGiven):
    matter = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=4000)
    forward = serializers.BooleanField(default=True)


class ReasonGiven(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class ReleaseGiven(serializers.Serializer[Any]):
    """`release`, or `keep` with a reason."""

    deed = serializers.ChoiceField(["release", "keep"])
    reason = serializers.CharField(allow_blank=True, default="", max_length=4000)


class PreviewOut(serializers.Serializer[Any]):
    recordings = serializers.IntegerField()


class Holds(Door):
    """Holds."""

    @extend_schema(operation_id="list_holds", responses={200: HoldsOut, 403: FaultOut})
    def get(self, request: Request) -> Response:
        """Every hold in reach, newest first."""
        found = holds(self.scope)
        self.note("api:holds", rows=len(found.rows))
        return Response({"results": HoldOut(found.rows, many=True).data, "elsewhere": found.elsewhere})

    @extend_schema(
        operation_id="place_hold",
        request=HoldGiven,
        responses={201: OneHoldOut, 400: FaultOut, 403: FaultOut, 503: FaultOut},
    )
    def post(self, request: Request) -> Response:
        """Place a hold. The store's own locks follow within a minute."""
        self.scope.require(Power.HOLD)
        given = HoldGiven(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        number = place_hold(
            scope=self.scope,
            matter=told["matter"],
            reason=told["reason"],
            terms=_terms(told),
            forward=told["forward"],
        )
        send_holds()
        return Response(_one(hold(self.scope, number), latency(self.scope, number)), status=201)


class HoldPreview(Door):
    """What a hold would take in."""

    @extend_schema(
        operation_id="preview_hold",
        request=TermsGiven,
        responses={200: PreviewOut, 400: FaultOut, 403: FaultOut},
    )
    def post(self, request: Request) -> Response:
        """How many recordings the terms meet now. Nothing is held."""
        self.scope.require(Power.HOLD)
        given = TermsGiven(data=request.data)
        given.is_valid(raise_exception=True)
        many = would_hold(self.scope, _terms(given.validated_data))
        self.note("api:holds", looked_for=given.validated_data["query"], recordings=many)
        return Response({"recordings": many})


class OneHold(Door):
    """One hold."""

    @extend_schema(operation_id="hold", responses={200: OneHoldOut, 403: FaultOut, 404: FaultOut})
    def get(self, request: Request, number: int) -> Response:
        """One hold, with how long the store took to follow."""
        row, took = hold(self.scope, number), latency(self.scope, number)
        self.note(f"hold:{number}")
        return Response(_one(row, took))


class ReleaseRequest(Door):
    """The request for a release."""

    @extend_schema(
        operation_id="ask_release",
        request=ReasonGiven,
        responses={204: None, 403: FaultOut, 404: FaultOut, 409: FaultOut},
    )
    def post(self, request: Request, number: int) -> Response:
        """Ask that a hold be released; another person decides."""
        hold(self.scope, number)
        given = ReasonGiven(data=request.data)
        given.is_valid(raise_exception=True)
        ask_release(scope=self.scope, hold=number, reason=given.validated_data["reason"])
        return Response(status=204)


class Release(Door):
    """The release by a second person."""

    @extend_schema(
        operation_id="decide_release",
        request=ReleaseGiven,
        responses={204: None, 403: FaultOut, 404: FaultOut, 409: FaultOut},
    )
    def post(self, request: Request, number: int) -> Response:
        """Release what somebody else asked to release, or keep it."""
        hold(self.scope, number)
        given = ReleaseGiven(data=request.data)
        given.is_valid(raise_exception=True)
        if given.validated_data["deed"] == "release":
            release_hold(scope=self.scope, hold=number)
            send_holds()
        else:
            keep_hold(scope=self.scope, hold=number, reason=given.validated_data["reason"])
        return Response(status=204)


def _terms(told: dict[str, Any]) -> Terms:
    return Terms(
        desks=tuple(told["desks"]),
        custodians=tuple(told["custodians"]),
        query=told["query"],
        since=told["since"],
        until=told["until"],
    )


def _one(row: HoldRow, took: Latency) -> Any:
    seconds = {"median_seconds": took.quantile(0.5), "p99_seconds": took.quantile(0.99)}
    return {**HoldOut(row).data, **seconds}
