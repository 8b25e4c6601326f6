"""The ledger for whoever checks it from outside: the signed checkpoint, and proofs against it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.scope import Power
from surveillance.api import paging
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.audit.proving import content_of
from surveillance.audit.selectors import checkpoints, growth, proof
from surveillance.audit.walk import the_signer
from surveillance.core.errors import Missing


class CheckpointOut(serializers.Serializer[Any]):
    size = serializers.IntegerField(help_text="entries it covers")
    at = serializers.DateTimeField()
    note = serializers.CharField(help_text="C2SP tlog-checkpoint, signed with Ed25519")
    key = serializers.CharField(help_text="public key, as signed-note writes it")
    locked_away = serializers.BooleanField()
    stamped = serializers.BooleanField(help_text="bears an RFC 3161 time stamp")


class ProofOut(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    content = serializers.CharField(help_text="the words as hashed, canonical JSON")
    leaf = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField(), help_text="RFC 6962 audit path, hex")
    size = serializers.IntegerField(help_text="entries the checkpoint covers")
    checkpoint = serializers.CharField(source="note", help_text="the note that signs the root")


class GrowthAsked(serializers.Serializer[Any]):
    old = serializers.IntegerField(min_value=1)
    new = serializers.IntegerField(min_value=1)


class GrowthOut(serializers.Serializer[Any]):
    path = serializers.ListField(child=serializers.CharField(), help_text="RFC 6962 consistency proof, hex")


class LatestCheckpoint(Door):
    """How far the ledger was signed."""

    @extend_schema(
        operation_id="ledger_checkpoint", responses={200: CheckpointOut, 403: FaultOut, 404: FaultOut}
    )
    def get(self, request: Request) -> Response:
        """The newest signed checkpoint. Keep it: a later ledger must grow out of it."""
        self.scope.require_everywhere(Power.LEDGER)
        latest = checkpoints(1)
        if not latest:
            raise Missing("No checkpoint was signed yet.", cure="One is signed every few minutes; try again.")
        [one] = latest
        self.note("api:ledger", size=one.size)
        told = {
            "size": one.size,
            "at": one.at,
            "note": one.note,
            "key": the_signer().verifier,
            "locked_away": one.kept_at is not None,
            "stamped": one.stamped,
        }
        return Response(CheckpointOut(told).data)


class EntryProof(Door):
    """That one entry stands in the ledger."""

    @extend_schema(operation_id="entry_proof", responses={200: ProofOut, 403: FaultOut, 404: FaultOut})
    def get(self, request: Request, sequence: int) -> Response:
        """The entry as it is hashed, and its path to the root of the first checkpoint that covers it."""
        self.scope.require_everywhere(Power.LEDGER)
        told = proof(sequence)
        self.note(f"entry:{sequence}")
        return Response(ProofOut({**asdict(told), "content": content_of(sequence)}).data)


class Growth(Door):
    """That a longer ledger grew out of a shorter one."""

    @extend_schema(
        operation_id="ledger_growth",
        parameters=[GrowthAsked],
        responses={200: GrowthOut, 403: FaultOut, 404: FaultOut},
    )
    def get(self, request: Request) -> Response:
        """The consistency proof between two sizes (RFC 6962 section 2.1.2)."""
        self.scope.require_everywhere(Power.LEDGER)
        asked = paging.asked(GrowthAsked, request)
        path = growth(asked["old"], asked["new"])
        self.note("api:ledger", old=asked["old"], new=asked["new"])
        return Response(GrowthOut({"path": path}).data)
