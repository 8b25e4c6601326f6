"""Data subjects over the API: requests with their clock, the calls found, restrictions, and the documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.pipeline import consent_changed
from surveillance.subjects.issuing import document, standing_notice
from surveillance.subjects.restricting import lift_restriction, restrict
from surveillance.subjects.selectors import KINDS, found, request, requests, restrictions
from surveillance.subjects.services import enter_request, gather


class SubjectRequestOut(serializers.Serializer[Any]):
    """A request; `left`: days until it is due, less than nothing where it is late."""

    number = serializers.IntegerField()
    kind = serializers.CharField()
    person = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    numbers = serializers.ListField(child=serializers.CharField())
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    left = serializers.IntegerField()
    stage = serializers.CharField()
    gathered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class SubjectRequestsOut(serializers.Serializer[Any]):
    results = SubjectRequestOut(many=True)


class SubjectRequestGiven(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    names = serializers.ListField(child=serializers.CharField(max_length=120), min_length=1, max_length=20)
    numbers = serializers.ListField(child=serializers.CharField(max_length=120), default=list, max_length=20)
    identity = serializers.CharField(max_length=300, help_text="how it is known that it is them")
    told = serializers.CharField(max_length=4000, help_text="what they ask, in their words")
    received_at = serializers.DateTimeField(default=None, allow_null=True)


class FoundCallOut(serializers.Serializer[Any]):
    recording = serializers.UUIDField()
    started_at = serializers.DateTimeField()
    why = serializers.ListField(child=serializers.CharField())
    left_out_because = serializers.CharField(allow_blank=True)
    checked_by = serializers.CharField(allow_blank=True)
    withheld = serializers.CharField(allow_blank=True)


class FoundCallsOut(serializers.Serializer[Any]):
    """A page of the calls; `out_of_reach` lie on desks or behind walls of the asker, `gone` were disposed of."""

    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    out_of_reach = serializers.IntegerField()
    gone = serializers.IntegerField()
    unchecked = serializers.IntegerField()
    results = FoundCallOut(many=True, source="rows")


class PageAsked(serializers.Serializer[Any]):
    page = serializers.IntegerField(default=1, min_value=1, max_value=100_000)


class RestrictionOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    recording = serializers.UUIDField()
    request = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    kept_because = serializers.CharField(allow_blank=True)
    review_on = serializers.DateField()
    due = serializers.BooleanField()
    placed_by = serializers.CharField()
    placed_at = serializers.DateTimeField()


class RestrictionsOut(serializers.Serializer[Any]):
    results = RestrictionOut(many=True)


class RestrictionGiven(serializers.Serializer[Any]):
    recording = serializers.UUIDField()
    reason = serializers.CharField(max_length=2000)
    review_on = serializers.DateField(default=None, allow_null=True)


class BecauseGiven(serializers.Serializer[Any]):
    because = serializers.CharField(max_length=1000)


class SectionOut(serializers.Serializer[Any]):
    heading = serializers.CharField()
    text = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class DocumentOut(serializers.Serializer[Any]):
    """A document as configured now; `stands` where the last one issued says the same."""

    kind = serializers.CharField()
    title = serializers.CharField()
    law = serializers.CharField()
    sha256 = serializers.CharField()
    stands = serializers.BooleanField()
    changed = serializers.ListField(child=serializers.CharField())
    sections = SectionOut(many=True)


class NoticeOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    issued_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    sections = SectionOut(many=True)


class NoticesOut(serializers.Serializer[Any]):
    results = NoticeOut(many=True)


class SubjectRequests(Door):
    """Requests of data subjects."""

    @extend_schema(operation_id="list_subject_requests", responses={200: SubjectRequestsOut, 403: FaultOut})
    def get(self, asked: Request) -> Response:
        """Open requests, the most pressing first."""
        rows = requests(self.scope)
        self.note("api:subject-requests", rows=len(rows))
        return Response({"results": SubjectRequestOut(rows, many=True).data})

    @extend_schema(
        operation_id="enter_subject_request",
        request=SubjectRequestGiven,
        responses={201: SubjectRequestOut, 400: FaultOut, 403: FaultOut},
    )
    def post(self, asked: Request) -> Response:
        """Take one in; its clock runs from the day it was received."""
        requests(self.scope)
        given = SubjectRequestGiven(data=asked.data)
        given.is_valid(raise_exception=True)
        number = enter_request(scope=self.scope, **given.validated_data)
        return Response(SubjectRequestOut(request(self.scope, number)).data, status=201)


class OneSubjectRequest(Door):
    """One request."""

    @extend_schema(
        operation_id="subject_request", responses={200: SubjectRequestOut, 403: FaultOut, 404: FaultOut}
    )
    def get(self, asked: Request, number: int) -> Response:
        """One request with its clock."""
        row = request(self.scope, number)
        self.note(f"subject-request:{number}")
        return Response(SubjectRequestOut(row).data)


class SubjectCalls(Door):
    """The calls of a request."""

    @extend_schema(
        operation_id="subject_calls",
        parameters=[PageAsked],
        responses={200: FoundCallsOut, 403: FaultOut, 404: FaultOut},
    )
    def get(self, asked: Request, number: int) -> Response:
        """A page of the calls the person was found on."""
        given = PageAsked(data=asked.query_params)
        given.is_valid(raise_exception=True)
        page = found(self.scope, number, page=given.validated_data["page"])
        self.note(f"subject-request:{number}", rows=len(page.rows))
        return Response(FoundCallsOut(page).data)

    @extend_schema(
        operation_id="find_subject_calls",
        request=None,
        responses={200: FoundCallsOut, 403: FaultOut, 404: FaultOut, 409: FaultOut, 503: FaultOut},
    )
    def post(self, asked: Request, number: int) -> Response:
        """Look for them anew."""
        gather(scope=self.scope, number=number)
        return Response(FoundCallsOut(found(self.scope, number)).data)


class Restrictions(Door):
    """What is kept and not used."""

    @extend_schema(operation_id="list_restrictions", responses={200: RestrictionsOut, 403: FaultOut})
    def get(self, asked: Request) -> Response:
        """What is restricted, the next review first."""
        rows = restrictions(self.scope)
        self.note("api:restrictions", rows=len(rows))
        return Response({"results": RestrictionOut(rows, many=True).data})

    @extend_schema(
        operation_id="restrict_recording",
        request=RestrictionGiven,
        responses={201: RestrictionsOut, 400: FaultOut, 403: FaultOut, 404: FaultOut, 409: FaultOut},
    )
    def post(self, asked: Request) -> Response:
        """Keep a recording and stop using it."""
        restrictions(self.scope)
        given = RestrictionGiven(data=asked.data)
        given.is_valid(raise_exception=True)
        recording: UUID = given.validated_data["recording"]
        consent_changed(restrict(scope=self.scope, **given.validated_data))
        rows = [row for row in restrictions(self.scope) if row.recording == recording]
        return Response({"results": RestrictionOut(rows, many=True).data}, status=201)


class LiftedRestriction(Door):
    """The end of a restriction."""

    @extend_schema(
        operation_id="lift_restriction",
        request=BecauseGiven,
        responses={204: None, 400: FaultOut, 403: FaultOut, 404: FaultOut},
    )
    def post(self, asked: Request, number: int) -> Response:
        """Let a recording be used again, once the person was told."""
        restrictions(self.scope)
        given = BecauseGiven(data=asked.data)
        given.is_valid(raise_exception=True)
        consent_changed(
            lift_restriction(scope=self.scope, number=number, because=given.validated_data["because"])
        )
        return Response(status=204)


class OneDocument(Door):
    """A document of data protection."""

    @extend_schema(operation_id="document", responses={200: DocumentOut, 403: FaultOut, 404: FaultOut})
    def get(self, asked: Request, kind: str) -> Response:
        """As it would be issued now; the kinds are notice, records, dpia."""
        row = document(self.scope, kind)
        self.note(f"document:{kind}")
        content = row.now.content()
        told = {"sha256": row.now.sha256, "stands": row.stands, "changed": row.changed}
        return Response(DocumentOut({**content, **told}).data)


class Notice(Door):
    """The notice to those who are recorded."""

    @extend_schema(operation_id="notice", responses={200: NoticesOut})
    def get(self, asked: Request) -> Response:
        """The notice as it was last issued, for everybody who works here; empty where none was."""
        last = standing_notice()
        self.note("page:notice")
        told = (
            [
                {
                    "number": last.number,
                    "issued_at": last.issued_at,
                    "sha256": last.sha256,
                    "sections": last.content["sections"],
                }
            ]
            if last
            else []
        )
        return Response({"results": NoticeOut(told, many=True).data})
