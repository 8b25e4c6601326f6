"""Letting go of the words of a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.transcription.models import Version


def forget(recording: UUID) -> None:
    """Delete every version of its words. The disposal that calls it is what is recorded."""
    for version in Version.objects.filter(recording_id=recording):
        version.delete()
