"""Letting go of what people decided on a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.review.models import Disposition


def forget(recording: UUID) -> None:
    """Delete the decisions on its alert; that they were made stays in the ledger.

    The disposal that calls it is what is recorded.
    """
    for row in Disposition.objects.filter(alert__recording_id=recording):
        row.delete()
