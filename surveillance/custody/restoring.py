"""The restore drill: recordings drawn at random, rebuilt from the second copy and the past, held against the first."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from surveillance.access.scope import program
from surveillance.archive.replicas import restored_native
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Missing
from surveillance.custody.models import Past
from surveillance.custody.sealing import live_rows
from surveillance.custody.selectors import as_record, record_as_of

SCOPE = program("restore")
SEALS = "archive.Seal"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """One drill: how many records were rebuilt, from where, and which did not come back and why."""

    records: int
    source: str
    faults: tuple[tuple[UUID, str], ...]


def restored(*, most: int = 5, actor: str = "program:custody") -> Restored:
    """Rebuild up to `most` sealed recordings: bytes from the replica (or the store), rows from the past.

    What came of it goes on record, with the hashes. Raises Transient: a store is away.
    """
    sealed = list(Past.objects.filter(kind=SEALS, gone=False).values_list("recording", flat=True).distinct())
    drawn = random.SystemRandom().sample(sealed, min(most, len(sealed)))
    faults, told, source = [], {}, ""
    for recording in drawn:
        try:
            sha256, source = _rebuilt(recording)
            told[str(recording)] = sha256
        except (Broken, Missing) as fault:
            faults.append((recording, fault.message))
    record(
        actor=actor,
        action="restore drill",
        subject="archive",
        detail={
            "source": source,
            "rebuilt": told,
            "failed": {str(recording): why for recording, why in faults},
        },
    )
    return Restored(records=len(told), source=source, faults=tuple(faults))


def _rebuilt(recording: UUID) -> tuple[str, str]:
    """The hash of the rebuilt record, and where its bytes came from. Raises Broken where it is not the record."""
    digest = hashlib.sha256()
    source, pieces = restored_native(recording)
    for piece in pieces:
        digest.update(piece)
    at = now()
    rebuilt = record_as_of(SCOPE, recording, at)
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for (kind, key), state in live_rows(recording):
        rows.setdefault(kind, {})[key] = json.loads(state)
    if digest.hexdigest() != rebuilt.native_sha256:
        raise Broken(f"The bytes out of the {source} are not the native.", cure="Look into that store.")
    if as_record(recording, at, rows).content() != rebuilt.content():
        raise Broken("What is rebuilt from its history is not the record.", cure="Run manage.py fixity.")
    return rebuilt.sha256, source
