"""Screened calls with and without an alert: what a sample of the silent ones is drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.capture.walls import beyond
from surveillance.detection.models import Alert, Screening


@dataclass(frozen=True, kw_only=True)
class ScreenedCall:
    """One screened call; `started_at` is UTC, `duration` seconds."""

    recording: UUID
    desk: str
    desk_name: str
    started_at: datetime
    duration: float
    flagged: bool


def screened_calls(
    scope: Scope, *, power: Power, since: datetime, until: datetime, desks: Iterable[str] = ()
) -> list[ScreenedCall]:
    """Every call begun in [since, until) that was screened, on the desks where the scope holds `power`, by id.

    Drills are none; `desks` narrows to some.
    """
    found = Screening.objects.filter(
        beyond(scope, "recording"),
        recording__drill=False,
        recording__withheld="",
        recording__started_at__gte=since,
        recording__started_at__lt=until,
    )
    reach = scope.desks(power)
    if not reach.every:
        found = found.filter(recording__desk__slug__in=reach.slugs)
    if wanted := list(desks):
        found = found.filter(recording__desk__slug__in=wanted)
    raised = Alert.objects.filter(recording=OuterRef("recording"))
    rows = (
        found.annotate(raised=Exists(raised))
        .order_by("recording_id")
        .values_list(
            "recording_id",
            "recording__desk__slug",
            "recording__desk__name",
            "recording__started_at",
            "recording__duration",
            "raised",
        )
        .distinct()
    )
    return [
        ScreenedCall(
            recording=recording,
            desk=desk,
            desk_name=name,
            started_at=started_at,
            duration=duration,
            flagged=raised,
        )
        for recording, desk, name, started_at, duration, raised in rows
    ]


def categories_raised(scope: Scope, recording: UUID) -> tuple[str, ...]:
    """The categories of a call's alert; none where it raised none.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording)
    raised = Alert.objects.filter(recording_id=recording).values_list("categories", flat=True).first()
    return tuple(raised or ())
