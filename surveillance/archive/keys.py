"""The key of each recording: made before its first byte is sealed, wrapped anew at will, destroyed once for all.

Envelope encryption (NIST SP 800-57 part 1, 5.3.1): what is kept is encrypted under a key of its own, that key under
another which lies elsewhere. Losing the row of a key loses the recording: a backup of the store without one of the
database is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from surveillance.access.scope import Power, Scope
from surveillance.archive.keepers.configured import keeper
from surveillance.archive.keepers.keeper import KEY_BYTES, Wrapped
from surveillance.archive.models import DataKey
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Missing

KEPT_SECONDS = 60  # an unwrapped key in the memory of a process
BATCH = 500


class Shredded(Missing):
    """The key was destroyed: the recording was disposed of, and nothing of it can be read."""

    code = "shredded"

    def __init__(self, recording: UUID) -> None:
        super().__init__(
            f"The recording {recording} was disposed of; its key is destroyed.",
            cure="Nothing brings it back. The receipt of its disposal says when and why.",
        )


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """One walk of wrapping anew: under which key, how many were wrapped now, how many are still under another."""

    kek: str
    rewrapped: int
    left: int


def key_of(recording: UUID) -> bytes | None:
    """The key of a recording; None where it has none, for what was kept before there was encryption.

    Raises:
        Shredded: it was destroyed. Broken: the keeper cannot unwrap it. Transient: the keeper is away.
    """
    return keys_of([recording]).get(recording)


def keys_of(recordings: Iterable[UUID]) -> dict[UUID, bytes]:
    """The keys of those of these recordings that have one. Raises as `key_of`."""
    found: dict[UUID, bytes] = {}
    wanted = list(recordings)
    for start in range(0, len(wanted), BATCH):
        rows = DataKey.objects.filter(recording__in=wanted[start : start + BATCH])
        for recording, wrapped, kek in rows.values_list("recording", "wrapped", "kek"):
            if wrapped is None:
                raise Shredded(recording)
            found[recording] = _unwrapped(recording, Wrapped(kek=kek, content=bytes(wrapped)))
    return found


def new_or_known_key(recording: UUID) -> bytes | None:
    """The key under which something of a recording is kept from now on; None where encryption is off.

    Raises as `key_of`.
    """
    if not settings.EARSHOT.encryption:
        return None
    known = key_of(recording)
    if known is not None:
        return known
    made = keeper().wrap(os.urandom(KEY_BYTES), bound=_bound(recording))
    # Of two workers that lost and took a claim, one makes the key and both use it.
    DataKey.objects.get_or_create(
        recording=recording, defaults={"wrapped": made.content, "kek": made.kek, "made_at": now()}
    )
    return key_of(recording)


def shred(*, recording: UUID, actor: str) -> bool:
    """Destroy the key of a recording, and with it every sealed copy of its sound and words; was there one?

    In the database's own files and backups the wrapped key lives on until they are overwritten; THREATS.md says so.
    """
    with transaction.atomic():
        row = DataKey.objects.select_for_update().filter(recording=recording, wrapped__isnull=False).first()
        if row is None:
            return False
        row.wrapped, row.destroyed_at = None, now()
        row.save()
        record(actor=actor, action="key destroyed", subject=f"recording:{recording}", detail={"kek": row.kek})
    return True


def rotate(*, scope: Scope, new: bool, told: Callable[[int, int], None] = lambda done, of: None) -> Rotated:
    """Wrap every key under the keeper's current key-encryption key, after beginning a `new` one if asked.

    No sound and no word is touched. Killed, it goes on where it was: what is wrapped already is left alone.
    `told` hears how many of how many are done.

    Raises:
        Refused: the scope may not. Broken, Transient: the keeper.
    """
    scope.require(Power.ADMINISTER)
    holder = keeper()
    kek = holder.renew() if new else holder.current()
    record(actor=scope.actor, action="key rotation begun", subject="archive", detail={"kek": kek, "new": new})
    wanting = DataKey.objects.filter(wrapped__isnull=False).exclude(kek=kek).order_by("pk")
    total, done = wanting.count(), 0
    batch = list(wanting.values_list("pk", flat=True)[:BATCH])
    while batch:
        with transaction.atomic():
            done += sum(_rewrapped(row) for row in DataKey.objects.select_for_update().filter(pk__in=batch))
        told(done, total)
        batch = list(wanting.filter(pk__gt=batch[-1]).values_list("pk", flat=True)[:BATCH])
    record(
        actor=scope.actor, action="keys wrapped anew", subject="archive", detail={"kek": kek, "keys": done}
    )
    return Rotated(kek=kek, rewrapped=done, left=wanting.count())


def keks_in_use() -> dict[str, int]:
    """How many keys each key-encryption key wraps; one that wraps none may be destroyed."""
    rows = DataKey.objects.filter(wrapped__isnull=False).order_by("kek").values_list("kek")
    return dict(rows.annotate(keys=Count("pk")))


def _rewrapped(row: DataKey) -> int:
    if row.wrapped is None:
        return 0  # destroyed in between
    bound = _bound(row.recording)
    plain = keeper().unwrap(Wrapped(kek=row.kek, content=bytes(row.wrapped)), bound=bound)
    made = keeper().wrap(plain, bound=bound)
    row.wrapped, row.kek = made.content, made.kek
    row.save()
    return 1


def _unwrapped(recording: UUID, wrapped: Wrapped) -> bytes:
    return _kept_a_while(recording, wrapped, int(monotonic() // KEPT_SECONDS), settings.EARSHOT)


@lru_cache(maxsize=2048)
def _kept_a_while(recording: UUID, wrapped: Wrapped, _minute: int, _of: object) -> bytes:
    """Unwrapped once a minute at most: a keeper across the network is not asked for each range of a player.

    A destroyed key is not found here: whoever asks brings the wrapped one, out of the row.
    """
    return keeper().unwrap(wrapped, bound=_bound(recording))


def _bound(recording: UUID) -> bytes:
    return f"earshot recording {recording}".encode()
