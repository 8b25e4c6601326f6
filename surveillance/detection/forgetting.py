"""Letting go of findings and alert of a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.detection.models import Alert, Screening


def forget(recording: UUID) -> None:
    """Delete its alert, screenings and findings. The disposal that calls it is what is recorded."""
    Alert.objects.filter(recording_id=recording).delete()
    Screening.objects.filter(recording_id=recording).delete()
