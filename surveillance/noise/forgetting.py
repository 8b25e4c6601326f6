"""Letting go of what was made of a recording's noise and twins, when its time has come."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from surveillance.noise.models import Recognition, Silenced, Twin, Undoing


def forget(recording: UUID) -> None:
    """Delete it; a twin that followed this recording stands alone from now on.

    The disposal that calls it is what is recorded.
    """
    twins = Twin.objects.filter(Q(recording_id=recording) | Q(lead_id=recording))
    recognitions = Recognition.objects.filter(recording_id=recording)
    for undoing in Undoing.objects.filter(Q(twin__in=twins) | Q(recognition__in=recognitions)):
        undoing.delete()
    Silenced.objects.filter(recognition__in=recognitions).delete()
    twins.delete()
    recognitions.delete()
