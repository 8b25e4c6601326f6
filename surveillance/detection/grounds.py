"""What alerts stand on, and how calls scored: for rooms that learn from decisions and watch for drift; no door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from surveillance.detection.by_person import REVIEWER
from surveillance.detection.models import Alert, Finding, Screening


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One finding of an alert: a stretch of one version of the words, in seconds."""

    version: int
    category: str
    policy: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class ScreenedWords:
    """The newest screening of a call: by which version and reader, what it scored, what it raised."""

    screening: int
    version: int
    recording: UUID
    desk: str
    duration: float
    language: str
    engine: str
    at: datetime
    risk: float
    reads: Mapping[
        str, float
    ]  # the highest probability the reader gave each category, 0–1; empty without a reader
    categories: frozenset[str]
    flagged: bool


def grounds(screenings: Iterable[int]) -> dict[int, list[Ground]]:
    """The findings of these screenings, by screening, in order of time."""
    found: dict[int, list[Ground]] = {}
    rows = Finding.objects.filter(screening__in=list(screenings)).order_by("start", "pk")
    for row in rows.select_related("screening"):
        ground = Ground(
            version=row.screening.version_id,
            category=row.category,
            policy=row.policy,
            start=row.start,
            end=row.end,
        )
        found.setdefault(row.screening_id, []).append(ground)
    return found


def screened_words(*, since: datetime, until: datetime, most: int | None = None) -> list[ScreenedWords]:
    """Calls whose newest screening by policies was made in [since, until), newest first; drills are none."""
    by_policies = Screening.objects.exclude(policies_sha256=REVIEWER)
    newer = by_policies.filter(recording=OuterRef("recording"), at__gt=OuterRef("at"))
    raised = Alert.objects.filter(recording=OuterRef("recording"))
    rows = (
        by_policies.filter(~Exists(newer), recording__drill=False, at__gte=since, at__lt=until)
        .annotate(raised=Exists(raised))
        .select_related("recording__desk", "version")
        .defer("version__content")
        .prefetch_related("findings")
        .order_by("-at", "-pk")
    )
    return [
        ScreenedWords(
            screening=row.pk,
            version=row.version_id,
            recording=row.recording_id,
            desk=row.recording.desk.slug,
            duration=row.recording.duration,
            language=row.version.language,
            engine=f"{row.version.engine} {row.version.model}",
            at=row.at,
            risk=row.risk,
            reads=_highest(row.read),
            categories=frozenset(finding.category for finding in row.findings.all()),
            flagged=bool(row.raised),
        )
        for row in (rows if most is None else rows[:most])
    ]


def _highest(read: Iterable[Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    highest: dict[str, float] = {}
    for passage in read:
        for category, risk in passage.get("risks", {}).items():
            highest[category] = max(risk, highest.get(category, 0.0))
    return highest
