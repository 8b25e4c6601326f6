"""Letting go of the past of a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.core.clock import now
from surveillance.custody.models import Forgotten, Past


def forget(recording: UUID) -> None:
    """Delete what its rows once were, and note which rows those are; called after every other room has forgotten.

    The disposal that calls it is what is recorded.
    """
    rows = Past.objects.filter(recording=recording)
    numbers = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.delete()
    if numbers:
        Forgotten.objects.create(recording=recording, at=now(), rows=numbers)
