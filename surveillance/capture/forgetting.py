"""Letting go of a recording whose time has come: the last rows of it, and the locks that let a hold win a race."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from surveillance.capture import spool
from surveillance.capture.calls import CallRow, call_row
from surveillance.capture.models import Receipt, Recording


def pinned(recordings: Iterable[UUID]) -> set[UUID]:
    """Those of the recordings that are still there; until the deed ends none of them can be disposed of."""
    rows = Recording.objects.select_for_update(no_key=True).filter(pk__in=list(recordings)).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def condemned(recording: UUID) -> CallRow | None:
    """The recording, locked against everybody until the deed ends; None where it is gone."""
    if not Recording.objects.select_for_update().filter(pk=recording).exists():
        return None
    return call_row(Recording.objects.select_related("desk").get(pk=recording))


def sha256_of(recording: UUID) -> str:
    """The hash it arrived under; empty where it is gone."""
    return Recording.objects.filter(pk=recording).values_list("sha256", flat=True).first() or ""


def forget(recording: UUID) -> None:
    """Delete the recording, its parties, its way through the stages and its arrivals with their sidecars.

    The disposal that calls it is what is recorded; every other room must have forgotten the recording before.
    """
    for receipt in Receipt.objects.filter(recording_id=recording):
        receipt.delete()
    for row in Recording.objects.filter(pk=recording):
        row.delete()


def forget_bytes(sha256: str) -> None:
    """Let go of a copy in the spool, as of the same bytes handed in twice."""
    spool.drop(sha256)
