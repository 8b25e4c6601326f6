"""Counts over screenings and findings, for Earshot's watch over itself; drills are in none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.detection.models import Alert, Finding, Screening


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many of the calls screened in a span raised an alert."""

    screened: int
    alerts: int

    @property
    def share(self) -> float:
        return self.alerts / self.screened if self.screened else 0.0


@dataclass(frozen=True, kw_only=True)
class Screened:
    """The newest screening of a recording: by which policies, and what was set aside."""

    policies_sha256: str
    reader_sha256: str
    at: datetime
    set_aside: Sequence[Mapping[str, Any]]


def newest_screening(scope: Scope, recording: UUID) -> Screened | None:
    """How a recording was last screened; None while it was not.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    row = Screening.objects.filter(recording_id=recording).order_by("-at", "-pk").first()
    if row is None:
        return None
    return Screened(
        policies_sha256=row.policies_sha256,
        reader_sha256=row.reader_sha256,
        at=row.at,
        set_aside=tuple(row.set_aside),
    )


def reader_in_use() -> str:
    """Which reader read the newest call, by its hash; empty while none did. It tells nothing of any call."""
    newest = Screening.objects.exclude(reader_sha256="").order_by("-at", "-pk").first()
    return newest.reader_sha256 if newest else ""


def fired(*, since: datetime, until: datetime) -> dict[str, int]:
    """On how many calls each policy was the strongest of a finding, by when they were screened."""
    rows = Finding.objects.filter(
        screening__recording__drill=False, screening__at__gte=since, screening__at__lt=until
    )
    counted = (
        rows.order_by("policy").values_list("policy").annotate(Count("screening__recording", distinct=True))
    )
    return dict(counted)


def alert_rate(*, since: datetime, until: datetime) -> Rate:
    """Of the calls first screened in a span, how many raised an alert."""
    span = {"at__gte": since, "at__lt": until}
    calls = Screening.objects.filter(recording__drill=False, **span).values("recording").distinct()
    raised = Alert.objects.filter(recording__drill=False, raised_at__gte=since, raised_at__lt=until)
    return Rate(screened=calls.count(), alerts=raised.count())
