"""Searching the spoken archive."""

from __future__ import annotations

from datetime import UTC

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut, FoundOut, HitOut
from surveillance.indexing.services import Question, find


class QuestionAsked(paging.PageAsked):
    """What is looked for; without `q` the archive is browsed by date."""

    q = serializers.CharField(default="", allow_blank=True, max_length=2000, help_text="dtSearch grammar")
    desk = serializers.CharField(default="", allow_blank=True)
    person = serializers.CharField(default="", allow_blank=True)
    category = serializers.CharField(default="", allow_blank=True)
    since = serializers.DateTimeField(default=None, default_timezone=UTC, help_text="of the start, included")
    until = serializers.DateTimeField(default=None, default_timezone=UTC, help_text="of the start, excluded")


class Searching(Door):
    """Words in the archive, within the asker's desks."""

    @extend_schema(
        operation_id="search",
        parameters=[QuestionAsked],
        responses={200: FoundOut, 400: FaultOut, 403: FaultOut},
    )
    def get(self, request: Request) -> Response:
        """Calls in which the query is spoken, with every place to hear. The words of the search go on record."""
        self.scope.require(Power.SEARCH)
        asked = paging.asked(QuestionAsked, request)
        found = find(scope=self.scope, question=Question(query=asked.pop("q"), **asked))
        facets = {
            name: [{"value": value, "count": count} for value, count in values]
            for name, values in found.facets.items()
        }
        return Response(
            {
                "total": found.total,
                "query_in_words": found.query_in_words,
                "results": HitOut(found.hits, many=True).data,
                "facets": facets,
                "next": found.cursor or None,
            }
        )
