"""Which recognisers wrote the words in the archive, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from surveillance.transcription.models import Version


@dataclass(frozen=True, kw_only=True)
class EngineSeen:
    """One recogniser by the hash of its weights, and when its first words were written."""

    engine: str
    model: str
    model_sha256: str
    since: datetime


def engines_seen() -> list[EngineSeen]:
    """Every recogniser at work so far, the earliest first."""
    rows = Version.objects.order_by().values("model_sha256").annotate(since=Min("made_at")).order_by("since")
    first = {
        row["model_sha256"]: Version.objects.filter(model_sha256=row["model_sha256"])
        .order_by("made_at")
        .first()
        for row in rows
    }
    return [
        EngineSeen(
            engine=version.engine,
            model=version.model,
            model_sha256=version.model_sha256,
            since=version.made_at,
        )
        for version in first.values()
        if version is not None
    ]
