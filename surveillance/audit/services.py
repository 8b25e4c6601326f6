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
    plain = json.loads(json.dumps(dict(detail or {}), cls=DjangoJSONEncoder))
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(id=1)
        fields = {
            "sequence": head.sequence + 1,
            "at": now(),
            "actor": actor[:150],
            "action": action,
            "subject": subject[:200],
            "detail": plain,
            "previous": head.digest,
        }
        entry = Entry.objects.create(**fields, digest=chain.digest(**fields))
        Head.objects.filter(id=1).update(sequence=entry.sequence, digest=entry.digest)
    return entry.sequence
