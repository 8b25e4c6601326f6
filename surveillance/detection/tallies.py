"""What the newest screenings caught, counted for Earshot's own programs; no word of a call among it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef

from surveillance.detection.models import Finding, Screening


def flagged(recordings: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Of these recordings those flagged now: findings by category in their newest screening."""
    newer = Screening.objects.filter(recording=OuterRef("recording"), pk__gt=OuterRef("pk"))
    newest = Screening.objects.filter(~Exists(newer), recording__in=list(recordings))
    found: dict[UUID, dict[str, int]] = {}
    rows = Finding.objects.filter(screening__in=newest).values_list("screening__recording_id", "category")
    for recording, category in rows:
        counts = found.setdefault(recording, {})
        counts[category] = counts.get(category, 0) + 1
    return found
