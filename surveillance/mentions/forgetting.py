"""Letting go of what a recording names, when its time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.mentions.models import Reading


def forget(recording: UUID) -> None:
    """Delete what was read out of its words. The disposal that calls it is what is recorded."""
    Reading.objects.filter(recording_id=recording).delete()
