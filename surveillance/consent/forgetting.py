"""Letting go of what was decided on a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.consent.models import Clearance, PersonalCall


def forget(recording: UUID) -> None:
    """Delete what was decided on consent to it. The disposal that calls it is what is recorded."""
    Clearance.objects.filter(recording_id=recording).delete()
    for row in PersonalCall.objects.filter(recording_id=recording):
        row.delete()
