"""Writing the ledger. Every service of every room calls `record` inside its own transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from surveillance.audit import chain
from surveillance.audit.models import Entry, Head
from surveillance.core.clock import now


def record(*, actor: str, action: str, subject: str = "", detail: Mapping[str, Any] | None = None) -> int:
    """Add one entry and return its sequence number.

    Inside a deed's transaction the entry lives and dies with the deed. The head row stays locked until that
    transaction ends, so call this late in the deed.
    """
    # A round trip through JSON first: what is hashed must be what the database gives back.
    plain = _storable(json.loads(json.dumps(dict(detail or {}), cls=DjangoJSONEncoder)))
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(id=1)
        fields = {
            "sequence": head.sequence + 1,
            "at": now(),
            "actor": _storable(actor)[:150],
            "action": action,
            "subject": _storable(subject)[:200],
            "detail": plain,
            "previous": head.digest,
        }
        entry = Entry.objects.create(**fields, digest=chain.digest(**fields))
        Head.objects.filter(id=1).update(sequence=entry.sequence, digest=entry.digest)
    return entry.sequence


def _storable(told: Any) -> Any:
    """The same value in text that every database keeps: NUL and half surrogates become U+FFFD.

    Whoever asks chooses part of these words; no act may go unrecorded for a character in them.
    """
    if isinstance(told, str):
        return told.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    if isinstance(told, dict):
        return {_storable(name): _storable(value) for name, value in told.items()}
    return [_storable(item) for item in told] if isinstance(told, list) else told
