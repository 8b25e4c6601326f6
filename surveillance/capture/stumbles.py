"""Where Earshot itself stumbles over one arrival: that one is set aside, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from surveillance.capture import receipts, spool, watch
from surveillance.capture.models import Outcome, Receipt
from surveillance.capture.reasons import Why, unfit
from surveillance.core.clock import now
from surveillance.core.errors import Fault

log = logging.getLogger(__name__)

ACTOR = "program:capture"
# The disk, the database, the sources file, somebody who was faster: the arrival is not to blame, and waits.
NOT_ITS_FAULT = (Fault, OSError, OperationalError, InterfaceError)


@contextmanager
def apart(receipt: UUID, dropped: watch.Dropped | None = None, folder: Path | None = None) -> Iterator[None]:
    """One arrival by itself: whatever it does to us, whoever stands behind it in the row has their turn."""
    try:
        yield
    except NOT_ITS_FAULT:
        log.warning("%s waits for the next round", receipt, exc_info=True)
    # Blind on purpose: files come from outside, and what we did not foresee in one of them must not keep back
    # every call after it (MiFID II 2017/565 art. 76: records complete). Logged whole, and on record.
    except Exception:
        log.exception("Earshot stumbled over %s", receipt)
        _put_by(receipt, dropped, folder)


def _put_by(receipt: UUID, dropped: watch.Dropped | None, folder: Path | None) -> None:
    try:
        row = Receipt.objects.filter(pk=receipt).first()
        if row is None and dropped is not None:
            row = _noted(dropped)
        if row is not None and row.outcome == Outcome.RECEIVED:
            receipts.close_as_quarantined(row, unfit(Why.STUMBLED), row.desk, ACTOR)
        if dropped is not None and folder is not None:
            watch.set_aside(dropped, folder)
    # Blind for the same reason: it stays where it is, and is met again in the next round.
    except Exception:
        log.exception("%s could not be set aside either", receipt)


def _noted(dropped: watch.Dropped) -> Receipt:
    """A receipt of the plainest kind, with the bytes; the sidecar is set aside with the file, and not read."""
    with spool.taken_in(dropped.path, bound=settings.EARSHOT.max_media_bytes) as spooled:
        draft = Receipt(
            id=dropped.arrival,
            source="watched",
            received_at=now(),
            received_by=ACTOR,
            name=receipts.display_name(dropped.path.name),
            sha256=spooled.sha256,
            size=spooled.size,
            said={"file_time": spooled.modified, "brought_by": "watched"},
        )
        return receipts.note_arrival(draft, ACTOR)
