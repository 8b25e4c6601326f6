"""Alerts: the queue, one of them, and the decisions on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import AlertOut, AlertsOut, DecidedOut, DecisionOut, DecisionsOut, FaultOut
from surveillance.detection.selectors import ORDERS, AlertRow, Place, QueueFilter, alert, alerts
from surveillance.review.selectors import CHOICES, decisions
from surveillance.review.services import decide


class AlertsAsked(paging.PageAsked):
    state = serializers.ChoiceField(["open", "second", "closed", "any"], default="open")
    desk = serializers.CharField(default="", allow_blank=True)
    category = serializers.CharField(default="", allow_blank=True)
    order = serializers.ChoiceField(list(ORDERS), default="risk")


class DispositionGiven(serializers.Serializer[Any]):
    action = serializers.ChoiceField(CHOICES)
    reason = serializers.CharField(max_length=5000, help_text="why, in a sentence")


class Alerts(Door):
    """The queue."""

    @extend_schema(
        operation_id="list_alerts", parameters=[AlertsAsked], responses={200: AlertsOut, 403: FaultOut}
    )
    def get(self, request: Request) -> Response:
        """Alerts of the asker's desks: most pressing first, or as `order` says."""
        self.scope.require(Power.SEE)
        asked = paging.asked(AlertsAsked, request)
        cursor = paging.read(asked["cursor"], float, float, _moment, int)
        after = (
            Place(risk=cursor[0], per_minute=cursor[1], raised_at=cursor[2], id=cursor[3]) if cursor else None
        )
        wanted = QueueFilter(
            state="" if asked["state"] == "any" else asked["state"],
            desk=asked["desk"],
            category=asked["category"],
            order=asked["order"],
        )
        rows = alerts(self.scope, wanted, after=after, most=asked["limit"] + 1)
        cut = paging.cut(rows, _place, limit=asked["limit"])
        narrowed = {name: asked[name] for name in ("state", "desk", "category")}
        self.note("api:alerts", rows=len(cut.results), **narrowed)
        return Response({"results": AlertOut(cut.results, many=True).data, "next": cut.next})


class OneAlert(Door):
    """One alert."""

    @extend_schema(operation_id="alert", responses={200: AlertOut, 404: FaultOut})
    def get(self, request: Request, number: int) -> Response:
        """One alert by its id."""
        row = alert(self.scope, number)
        self.note(f"alert:{number}")
        return Response(AlertOut(row).data)


class Dispositions(Door):
    """The decisions on an alert."""

    @extend_schema(operation_id="list_dispositions", responses={200: DecisionsOut, 404: FaultOut})
    def get(self, request: Request, number: int) -> Response:
        """Everything decided so far, oldest first."""
        row = alert(self.scope, number)
        made = decisions(self.scope, row.recording)
        self.note(f"alert:{number}", part="dispositions")
        return Response({"results": DecisionOut(made, many=True).data})

    @extend_schema(
        operation_id="decide",
        request=DispositionGiven,
        responses={201: DecidedOut, 400: FaultOut, 403: FaultOut, 404: FaultOut, 409: FaultOut},
    )
    def post(self, request: Request, number: int) -> Response:
        """Decide. Where two people must, the first decision leaves the alert waiting for someone else."""
        row = alert(self.scope, number)
        self.scope.require(Power.REVIEW, row.desk, subject=f"alert:{number}")
        given = DispositionGiven(data=request.data)
        given.is_valid(raise_exception=True)
        state = decide(scope=self.scope, recording=row.recording, **given.validated_data)
        return Response({"state": state}, status=201)


def _place(row: AlertRow) -> paging.Place:
    return (row.risk, row.per_minute, row.raised_at.isoformat(), row.id)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
