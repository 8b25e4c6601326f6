"""Recordings: listed, looked at, read; and, by the same address, handed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api import intake, paging
from surveillance.api.door import Door
from surveillance.api.shapes import (
    ArrivalOut,
    CallOut,
    CallsOut,
    FaultOut,
    FindingOut,
    FindingsOut,
    ProgressOut,
    RecordingOut,
    StageOut,
    TranscriptOut,
    VersionOut,
)
from surveillance.archive.selectors import sealed
from surveillance.capture.calls import CallRow
from surveillance.capture.selectors import call, calls, progress_of
from surveillance.core.errors import Missing
from surveillance.detection.selectors import findings
from surveillance.transcription.selectors import Words, versions

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CallsAsked(paging.PageAsked):
    """Which recordings; what is left out does not narrow."""

    desk = serializers.CharField(default="", allow_blank=True)
    person = serializers.CharField(default="", allow_blank=True, help_text="part of a name or number")
    since = serializers.DateTimeField(default=None, default_timezone=UTC, help_text="of the start, included")
    until = serializers.DateTimeField(default=None, default_timezone=UTC, help_text="of the start, excluded")


class VersionAsked(serializers.Serializer[Any]):
    version = serializers.IntegerField(default=None, min_value=1, help_text="the newest where none is named")


class Recordings(Door):
    """The recordings of the asker's desks."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="list_recordings", parameters=[CallsAsked], responses={200: CallsOut, 400: FaultOut}
    )
    def get(self, request: Request) -> Response:
        """Recordings of the asker's desks, newest first."""
        self.scope.require(Power.SEE)
        asked = paging.asked(CallsAsked, request)
        after = paging.read(asked["cursor"], int, str)
        cut = paging.cut(self._rows(asked, after), _place, after=after, limit=asked["limit"])
        narrowed = {name: asked[name] for name in ("desk", "person", "since", "until")}
        self.note("api:recordings", rows=len(cut.results), **narrowed)
        return Response({"results": CallOut(cut.results, many=True).data, "next": cut.next})

    @extend_schema(
        operation_id="hand_in_recording",
        request={"multipart/form-data": intake.HandedIn},
        responses={
            201: ArrivalOut,
            200: ArrivalOut,
            202: ArrivalOut,
            422: ArrivalOut,
            400: FaultOut,
            403: FaultOut,
        },
    )
    def post(self, request: Request) -> Response:
        """Hand a recording in. 201: taken in. 200: the same bytes were there. 422: set aside in quarantine; the
        receipt says why, and nothing is lost. 202: kept, and looked at as soon as the decoder is back."""
        self.scope.require(Power.CAPTURE)
        given = intake.HandedIn(data=request.data)
        given.is_valid(raise_exception=True)
        return intake.told(self.scope, intake.take_in(self.scope, given.validated_data), made=201)

    def _rows(self, asked: dict[str, Any], after: paging.Place | None) -> Iterator[CallRow]:
        until = asked["until"]
        if after is not None:
            until = min(until, _just_after(after)) if until else _just_after(after)
        number, pages = 1, 1
        while number <= pages:
            page = calls(
                self.scope,
                desk=asked["desk"],
                person=asked["person"],
                since=asked["since"],
                until=until,
                page=number,
            )
            yield from page.rows
            number, pages = number + 1, page.pages


class OneRecording(Door):
    """One recording."""

    @extend_schema(operation_id="recording", responses={200: RecordingOut, 404: FaultOut})
    def get(self, request: Request, recording: UUID) -> Response:
        """Its facts, its parties, its receipts and its seal."""
        facts = call(self.scope, recording)
        seal = sealed(self.scope, recording)
        self.note(f"recording:{recording}")
        return Response(RecordingOut(vars(facts) | {"seal": seal}).data)


class TranscriptOf(Door):
    """The words of a recording."""

    @extend_schema(
        operation_id="transcript", parameters=[VersionAsked], responses={200: TranscriptOut, 404: FaultOut}
    )
    def get(self, request: Request, recording: UUID) -> Response:
        """One version of the words, the newest where none is named; times in seconds."""
        asked = paging.asked(VersionAsked, request)
        every = versions(self.scope, recording)
        words = _version(every, asked["version"])
        self.note(f"recording:{recording}", part="transcript", version=words.number)
        # A long call has a hundred thousand words: written by the transcript itself, not field by field.
        body = VersionOut(words).data | {
            "turns": words.transcript.to_json()["turns"],
            "versions": VersionOut(every, many=True).data,
        }
        return Response(body)


class FindingsOf(Door):
    """What the policies caught in a recording."""

    @extend_schema(operation_id="findings", responses={200: FindingsOut, 404: FaultOut})
    def get(self, request: Request, recording: UUID) -> Response:
        """The findings of the newest screening, in order of time."""
        caught = findings(self.scope, recording)
        self.note(f"recording:{recording}", part="findings")
        return Response({"results": FindingOut(caught, many=True).data})


class ProgressOf(Door):
    """How far a recording has come."""

    @extend_schema(operation_id="progress", responses={200: ProgressOut, 404: FaultOut})
    def get(self, request: Request, recording: UUID) -> Response:
        """Each stage that was begun: waiting, running, done or failed, and why."""
        stages = progress_of(self.scope, recording)
        self.note(f"recording:{recording}", part="progress")
        return Response({"results": StageOut(stages, many=True).data})


def _place(row: CallRow) -> paging.Place:
    """Newest first, equal ones by id: as `calls` sorts them."""
    return (-((row.started_at - EPOCH) // MICROSECOND), str(row.id))


def _just_after(place: paging.Place) -> datetime:
    """The first moment that no call behind a place can have started at; the inverse of `_place`."""
    try:
        return EPOCH + (1 - int(place[0])) * MICROSECOND
    except OverflowError as fault:
        raise paging.foreign() from fault


def _version(every: list[Words], number: int | None) -> Words:
    found = next((words for words in every if number in (None, words.number)), None)
    if found is None:
        raise Missing(
            "There is no such version of the words.", cure="See how far the recording is: …/progress/."
        )
    return found
