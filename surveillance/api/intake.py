"""Handing recordings in, and what was set aside: receipts, quarantine, another try."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power, Scope
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import ArrivalOut, FaultOut, QuarantineOut, QuarantinePageOut
from surveillance.capture.calls import QuarantineRow
from surveillance.capture.selectors import arrival, quarantine, visible
from surveillance.capture.services import Arrival, Said, Sidecar, receive, retry
from surveillance.capture.sidecars import MAX_BYTES
from surveillance.capture.sources import DIRECTIONS
from surveillance.pipeline import forward

# Outcome → status; `recorded` is told by the caller, who knows whether a recording was made by this request.
STATUS = {"duplicate": 200, "received": 202, "quarantined": 422}
RESPONSES = {200: ArrivalOut, 202: ArrivalOut, 422: ArrivalOut, 403: FaultOut, 404: FaultOut, 409: FaultOut}


class SaidGiven(serializers.Serializer[Any]):
    """What is said beside the sidecar; it goes before it."""

    desk = serializers.SlugField(default="", allow_blank=True)
    started_at = serializers.DateTimeField(default=None, default_timezone=UTC)
    direction = serializers.ChoiceField(DIRECTIONS, default="")
    accept = serializers.BooleanField(
        default=False, help_text="take it although it is silent, cut off or contradicted; on record"
    )


class HandedIn(SaidGiven):
    media = serializers.FileField(allow_empty_file=True, help_text="the recording as the recorder wrote it")
    sidecar = serializers.FileField(
        default=None,
        allow_empty_file=True,
        help_text="what the recorder wrote beside it: JSON, CSV, XML, vCon",
    )
    source = serializers.CharField(  # type: ignore[assignment]  # the metaclass takes it off
        default="api", max_length=60, help_text="name of the recorder, as declared"
    )


class TriedAgain(SaidGiven):
    source = serializers.CharField(  # type: ignore[assignment]  # as above
        default="", max_length=60, allow_blank=True
    )


class QuarantineAsked(paging.PageAsked):
    withdrawn = serializers.BooleanField(default=False, help_text="those a person set aside for good")


class Quarantine(Door):
    """What could not become a recording."""

    @extend_schema(
        operation_id="list_quarantine",
        parameters=[QuarantineAsked],
        responses={200: QuarantinePageOut, 403: FaultOut},
    )
    def get(self, request: Request) -> Response:
        """Files set aside, newest first, each with a reason and a cure."""
        self.scope.require(Power.QUARANTINE)
        asked = paging.asked(QuarantineAsked, request)
        after = paging.read(asked["cursor"], float, str)
        rows = sorted(quarantine(self.scope, withdrawn=asked["withdrawn"]), key=_place)
        cut = paging.cut(rows, _place, after=after, limit=asked["limit"])
        self.note("api:quarantine", rows=len(cut.results))
        return Response({"results": QuarantineOut(cut.results, many=True).data, "next": cut.next})


class Retry(Door):
    """Another look at a file that was set aside."""

    @extend_schema(operation_id="retry_quarantined", request=TriedAgain, responses=RESPONSES)
    def post(self, request: Request, receipt: UUID) -> Response:
        """Look again, with today's maps and desks and with what is said now. 422: it stays where it is."""
        self.scope.require(Power.QUARANTINE, subject=f"receipt:{receipt}")
        given = TriedAgain(data=request.data)
        given.is_valid(raise_exception=True)
        said = Said(**given.validated_data)
        return told(self.scope, sent_on(retry(scope=self.scope, receipt=receipt, said=said)), made=200)


class OneReceipt(Door):
    """What became of something handed in."""

    @extend_schema(operation_id="receipt", responses={200: ArrivalOut, 404: FaultOut})
    def get(self, request: Request, receipt: UUID) -> Response:
        """For whoever handed it in, and for whoever may see the quarantine."""
        found = arrival(self.scope, receipt)
        self.note(f"receipt:{receipt}")
        return Response(ArrivalOut(_within(self.scope, found)).data)


def take_in(scope: Scope, given: Mapping[str, Any]) -> Arrival:
    """Receive an upload and send it on its way."""
    media, beside = given["media"], given["sidecar"]
    said = {name: given[name] for name in ("desk", "started_at", "direction", "accept")}
    arrived = receive(
        scope=scope,
        source=given["source"],
        path=Path(media.temporary_file_path()),
        name=media.name,
        sidecar=Sidecar(name=beside.name, content=beside.read(MAX_BYTES + 1)) if beside else None,
        said=Said(**said),
    )
    return sent_on(arrived)


def sent_on(arrived: Arrival) -> Arrival:
    """Put a recording that was made on its way through the stages."""
    if arrived.outcome == "recorded" and arrived.recording:
        forward(arrived.recording)
    return arrived


def told(scope: Scope, arrived: Arrival, *, made: int) -> Response:
    """An arrival as an answer."""
    return Response(ArrivalOut(_within(scope, arrived)).data, status=STATUS.get(arrived.outcome, made))


def _within(scope: Scope, arrived: Arrival) -> Mapping[str, Any]:
    """An arrival without the id of a recording that lies beyond a wall: only that its bytes were known is told."""
    known = [arrived.recording] if arrived.recording else []
    reach = visible(scope, known) | visible(scope, known, power=Power.CAPTURE)
    return vars(arrived) | {"recording": arrived.recording if arrived.recording in reach else None}


def _place(row: QuarantineRow) -> paging.Place:
    return (-row.received_at.timestamp(), str(row.id))
