"""Policies, changes and their back-tests, to read: what calls are held against, and who changed it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.changes.selectors import PAGE, ChangeRow, RunRow, change, changes, runs
from surveillance.rulebook.editions import POLICY, Edition
from surveillance.rulebook.selectors import PolicyFilter, editions, policies


class TermOut(serializers.Serializer[Any]):
    """A span of time in which an edition was in force; `until` null while it stands."""

    effective_from = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    activated_by = serializers.CharField()
    reason = serializers.CharField()
    change = serializers.IntegerField(allow_null=True)


class EditionOut(serializers.Serializer[Any]):
    """One wording of a policy."""

    name = serializers.CharField()
    number = serializers.IntegerField()
    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    severity = serializers.CharField(allow_blank=True)
    owner = serializers.CharField(allow_blank=True)
    review_by = serializers.DateField(allow_null=True)
    text = serializers.CharField()
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    terms = TermOut(many=True)


class PoliciesOut(serializers.Serializer[Any]):
    results = EditionOut(many=True)


class PartOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    deed = serializers.ChoiceField(["new", "changed", "retired"])


class BackTestOut(serializers.Serializer[Any]):
    """A walk over the archive; `counts` holds calls, alerts and categories as before and after."""

    number = serializers.IntegerField()
    purpose = serializers.CharField()
    state = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    archive = serializers.IntegerField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    sample = serializers.IntegerField()
    seed = serializers.IntegerField()
    seconds = serializers.FloatField()
    counts = serializers.DictField()


class BackTestsOut(serializers.Serializer[Any]):
    results = BackTestOut(many=True)


class ChangeOut(serializers.Serializer[Any]):
    """A change as proposed and decided."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.CharField()
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision = serializers.CharField(allow_blank=True)
    effective_from = serializers.DateTimeField(allow_null=True)
    parts = PartOut(many=True)


class ChangesOut(serializers.Serializer[Any]):
    results = ChangeOut(many=True)
    total = serializers.IntegerField()


class ChangesAsked(serializers.Serializer[Any]):
    state = serializers.ChoiceField(["", "proposed", "active", "withdrawn"], default="")
    page = serializers.IntegerField(min_value=1, default=1, help_text=f"of {PAGE} changes each")


class Policies(Door):
    """What is in force."""

    @extend_schema(operation_id="list_policies", responses={200: PoliciesOut, 403: FaultOut})
    def get(self, request: Request) -> Response:
        """Every policy in force, in order of id."""
        self.scope.require(Power.RULES)
        rows = policies(self.scope, PolicyFilter())
        self.note("api:policies", rows=len(rows))
        return Response({"results": [_edition(row.edition) for row in rows]})


class OnePolicy(Door):
    """One policy."""

    @extend_schema(operation_id="policy", responses={200: PoliciesOut, 403: FaultOut, 404: FaultOut})
    def get(self, request: Request, name: str) -> Response:
        """Every edition of a policy, newest first, with the terms in which each was in force."""
        found = editions(self.scope, POLICY, name)
        self.note(f"policy:{name}")
        return Response({"results": [_edition(edition) for edition in found]})


class Changes(Door):
    """Changes."""

    @extend_schema(
        operation_id="list_changes", parameters=[ChangesAsked], responses={200: ChangesOut, 403: FaultOut}
    )
    def get(self, request: Request) -> Response:
        """Changes, newest first."""
        self.scope.require(Power.RULES)
        asked = ChangesAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows, total = changes(self.scope, **asked.validated_data)
        self.note("api:changes", rows=len(rows))
        return Response({"results": [_change(row) for row in rows], "total": total})


class OneChange(Door):
    """One change."""

    @extend_schema(operation_id="change", responses={200: ChangeOut, 403: FaultOut, 404: FaultOut})
    def get(self, request: Request, number: int) -> Response:
        """One change by its number."""
        row = change(self.scope, number)
        self.note(f"change:{number}")
        return Response(_change(row))


class BackTests(Door):
    """The runs of a change over the archive."""

    @extend_schema(
        operation_id="list_back_tests", responses={200: BackTestsOut, 403: FaultOut, 404: FaultOut}
    )
    def get(self, request: Request, number: int) -> Response:
        """Back-tests and retro-scans of a change, newest first. No word of a call is among it."""
        found = runs(self.scope, number)
        self.note(f"change:{number}", part="back-tests")
        return Response({"results": [_run(run) for run in found]})


def _edition(edition: Edition) -> Any:
    told = {name: edition.facts.get(name, "") for name in ("category", "severity", "owner")}
    shown = {**vars(edition), **told, "title": edition.title, "review_by": edition.review_by}
    return EditionOut(shown).data


def _change(row: ChangeRow) -> Any:
    return ChangeOut(row).data


def _run(run: RunRow) -> Any:
    return BackTestOut({**vars(run), "counts": run.counts.as_json()}).data
