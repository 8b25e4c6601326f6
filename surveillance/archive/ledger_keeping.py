"""The ledger's checkpoints under Object Lock: where whoever rules the database cannot take them back."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from surveillance.archive.stores.configured import store
from surveillance.audit.checkpoints import FOLDER, Witness, witnessed
from surveillance.audit.services import checkpoint, note_kept
from surveillance.audit.stamping import stamp_of
from surveillance.audit.walk import the_signer
from surveillance.core.clock import now
from surveillance.core.errors import Transient

log = logging.getLogger(__name__)


def lock_away() -> int:
    """Sign how far the ledger has come and lock that away; the size signed, 0 where nothing was added.

    Raises:
        Broken: other bytes lie where a tile belongs: the ledger was rewritten. Transient: the store is away.
    """
    made = checkpoint()
    if made is None:
        return 0
    until = now() + timedelta(days=settings.EARSHOT.retention_days)
    for key, content in made.objects:
        _put(key, content, until=until)
    stamp = _stamp(made.note)
    if stamp:
        _put(f"{FOLDER}/stamp/{made.size}", stamp, until=until)
    note_kept(size=made.size, stamp=stamp)
    return made.size


def _stamp(note: str) -> bytes:
    """The time stamp of a stranger, where one is asked for. One that is away is no fault of the ledger's.

    The next checkpoint covers all that this one does, and is stamped then.
    """
    if not settings.EARSHOT.timestamp_url:
        return b""
    try:
        return stamp_of(note, url=settings.EARSHOT.timestamp_url)
    except Transient as fault:
        log.warning("a checkpoint of the ledger goes without a time stamp: %s", fault)
        return b""


def locked_away() -> Witness:
    """What lies in the store of the ledger. Raises Transient where the store is away."""
    keeper = store()
    objects = ((key, b"".join(keeper.read(key))) for key in keeper.keys(f"{FOLDER}/"))
    return witnessed(objects, the_signer().public)


def _put(key: str, content: bytes, *, until: datetime) -> None:
    with tempfile.NamedTemporaryFile(prefix="earshot-ledger-") as part:
        part.write(content)
        part.flush()
        digest = hashlib.sha256(content).hexdigest()
        store().put(key, Path(part.name), sha256=digest, retain_until=until.replace(microsecond=0))
