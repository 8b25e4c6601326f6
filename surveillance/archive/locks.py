"""The lock on a sealed native: made longer as duties ask, never shorter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from surveillance.archive.models import Seal
from surveillance.archive.stores.configured import store
from surveillance.audit.services import record


def lock_longer(*, recording: UUID, until: datetime, actor: str) -> datetime | None:
    """Lock a sealed native until a later day; the day it is locked until now. None where it is not sealed yet.

    The store first: a row that promised more than the store holds would be a lie. Killed in between, it is done again.

    Raises:
        StoreAway: try again. NotStored, Altered: the store does not hold what was sealed.
    """
    due = until.replace(microsecond=0)
    with transaction.atomic():
        seal = Seal.objects.select_for_update().filter(recording_id=recording).first()
        if seal is None or seal.retain_until >= due:
            return seal.retain_until if seal else None
        keeper = store()
        # SEC 17a-4(f)(2)(i)(B): a lock in COMPLIANCE mode is never shortened; the store may be ahead of the row.
        if keeper.stat(seal.key).retain_until < due:
            keeper.retain(seal.key, due)
        before, seal.retain_until = seal.retain_until, due
        seal.save()
        record(
            actor=actor,
            action="lock extended",
            subject=f"recording:{recording}",
            detail={"from": before, "until": due},
        )
    return due


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an object lies in the store: its key, and the store's own number of it where that is known."""

    key: str
    version: str


def places_of(recordings: Iterable[UUID]) -> dict[UUID, Place]:
    """Where each sealed one of these recordings lies in the store."""
    rows = Seal.objects.filter(recording_id__in=list(recordings))
    return {
        recording: Place(key=key, version=version)
        for recording, key, version in rows.values_list("recording_id", "key", "version")
    }


def hold_in_store(place: Place, on: bool) -> None:
    """Place or lift the store's own hold on one object. Touches no row: threads may call it beside each other.

    Raises:
        StoreAway: try again. NotStored, Altered: the object is not what was sealed.
    """
    store().hold(place.key, on, version=place.version)
