"""How an entry is written down to be hashed, and how a row of django-auditlog is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from surveillance.audit.merkle import leaf_hash

ROW_FIELDS = (
    "id",
    "content_type_id",
    "object_pk",
    "object_repr",
    "action",
    "changes",
    "changes_text",
    "serialized_data",
    "actor_id",
    "actor_email",
    "remote_addr",
    "remote_port",
    "timestamp",
    "additional_data",
    "cid",
)


def written(
    *,
    sequence: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    rows: str,
) -> bytes:
    """The canonical JSON of an entry, the content of its leaf; `rows` binds the row changes of its deed."""
    body = {
        "sequence": sequence,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": detail,
        "rows": rows,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_of(entry: Mapping[str, Any]) -> bytes:
    """The leaf hash of an entry by its fields, 32 bytes."""
    return leaf_hash(written(**entry))


def row_digest(row: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of one row change, by `ROW_FIELDS`."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def bound(digests: Iterable[str]) -> str:
    """One SHA-256 (hex) over the digests of some rows in the order of their ids; "" for none."""
    told = list(digests)
    return hashlib.sha256("".join(told).encode()).hexdigest() if told else ""
