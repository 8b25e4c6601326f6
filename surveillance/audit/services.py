"""Writing the ledger. Every service of every room calls `record` inside its own transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asgiref.local import Local
from auditlog.models import LogEntry
from auditlog.signals import post_log
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.dispatch import receiver

from surveillance.audit.checkpoints import Made, made_of
from surveillance.audit.models import Checkpoint, Entry, Head, Sealed, Tile
from surveillance.audit.notes import Statement, signer
from surveillance.audit.selectors import edge_of, subtree
from surveillance.audit.writing import ROW_FIELDS, bound, leaf_of, row_digest
from surveillance.core.clock import now

TILE = 256
ACTOR = "program:ledger"
# A row change is bound by the entry of its deed; one that no entry took up is bound after so long.
ALONE = timedelta(seconds=60)
_waiting = Local()


def record(*, actor: str, action: str, subject: str = "", detail: Mapping[str, Any] | None = None) -> int:
    """Add one entry and return its sequence number.

    Inside a deed's transaction the entry lives and dies with the deed, and binds the row changes of the deed. The
    head row stays locked until that transaction ends, so call this late in the deed.
    """
    return _written(actor, action, subject, detail or {}, _taken())


def seal_rows() -> int:
    """Bind row changes that no entry took up; how many there were."""
    old = LogEntry.objects.filter(timestamp__lt=now() - ALONE)
    loose = (
        old.exclude(pk__in=Sealed.objects.values("row")).order_by("pk").values_list("pk", flat=True)[:5000]
    )
    ids = list(loose)
    if ids:
        _written(ACTOR, "rows sealed", "ledger", {"rows": len(ids)}, ids)
    return len(ids)


def checkpoint() -> Made | None:
    """Sign how far the ledger has come; None where nothing was added since the last time.

    What is returned is to be locked away where the database's administrator cannot reach it; see `note_kept`.
    """
    with transaction.atomic():
        head = Head.objects.select_for_update().filter(id=1).first()
        last = Checkpoint.objects.order_by("-size").first()
        if head is None or not head.sequence:
            return None
        if last is not None and last.size == head.sequence:
            return None if last.kept_at else made_of(last)
        hand = signer(settings.EARSHOT.home / "ledger-key", settings.EARSHOT.ledger_origin)
        moment = now().replace(microsecond=0)
        statement = Statement(origin=hand.origin, size=head.sequence, root=edge_of(head).root, at=moment)
        row = Checkpoint.objects.create(size=head.sequence, at=moment, note=hand.signed(statement))
    return made_of(row)


def note_kept(*, size: int, stamp: bytes = b"") -> None:
    """Remember that a checkpoint lies in the store, and its time stamp where there is one."""
    Checkpoint.objects.filter(size=size).update(kept_at=now(), stamp=stamp)


def _written(actor: str, action: str, subject: str, detail: Mapping[str, Any], rows: list[int]) -> int:
    # A round trip through JSON first: what is hashed must be what the database gives back.
    plain = _storable(json.loads(json.dumps(dict(detail), cls=DjangoJSONEncoder)))
    # No savepoint: an entry that cannot be written takes its deed with it.
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        changes = _changes(rows)
        fields = {
            "sequence": head.sequence + 1,
            "at": now(),
            "actor": _storable(actor)[:150],
            "action": action,
            "subject": _storable(subject)[:200],
            "detail": plain,
            "rows": bound(changes.values()),
        }
        leaf = leaf_of(fields)
        [entry] = Entry.objects.bulk_create([Entry(**fields, leaf=leaf.hex())])
        edge = edge_of(head).grown(leaf)
        Head.objects.filter(id=1).update(sequence=edge.size, edge=[root.hex() for root in edge.roots])
        if changes:
            Sealed.objects.bulk_create(
                Sealed(row=row, entry=entry, digest=digest) for row, digest in changes.items()
            )
        if edge.size % TILE == 0:
            root = subtree(edge.size - TILE, edge.size)
            Tile.objects.create(number=edge.size // TILE - 1, root=root.hex())
    return entry.sequence


def _locked_head() -> Head:
    head = Head.objects.select_for_update().filter(id=1).first()
    if head is None:  # the first entry of all
        Head.objects.get_or_create(id=1)
        head = Head.objects.select_for_update().get(id=1)
    return head


def _changes(rows: list[int]) -> dict[int, str]:
    """The digests of those row changes that are there and not bound yet, in the order of their ids."""
    if not rows:
        return {}
    there = LogEntry.objects.filter(pk__in=rows).exclude(
        pk__in=Sealed.objects.filter(row__in=rows).values("row")
    )
    return {row["id"]: row_digest(row) for row in there.order_by("pk").values(*ROW_FIELDS)}


def _taken() -> list[int]:
    """The row changes of this thread since its last entry. Of a deed that was rolled back none is there."""
    rows: list[int] = getattr(_waiting, "rows", [])
    _waiting.rows = []
    return rows


@receiver(post_log)
def _changed(sender: Any, log_entry: LogEntry | None = None, **_: Any) -> None:
    if log_entry is not None and log_entry.pk is not None:
        if not hasattr(_waiting, "rows"):
            _waiting.rows = []
        _waiting.rows.append(log_entry.pk)


def _storable(told: Any) -> Any:
    """The same value in text that every database keeps: NUL and half surrogates become U+FFFD.

    Whoever asks chooses part of these words; no act may go unrecorded for a character in them.
    """
    if isinstance(told, str):
        return told.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    if isinstance(told, dict):
        return {_storable(name): _storable(value) for name, value in told.items()}
    return [_storable(item) for item in told] if isinstance(told, list) else told
