"""Letting go of what was learnt from a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.learning.models import Label, Row, Shadow


def forget(recording: UUID) -> None:
    """Delete its labels out of every edition, and what challengers made of it.

    The disposal that calls it is what is recorded.
    """
    Shadow.objects.filter(recording_id=recording).delete()
    Row.objects.filter(label__recording_id=recording).delete()
    Label.objects.filter(recording_id=recording).delete()
