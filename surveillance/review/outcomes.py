"""What came of alerts: the decision that stands on each, for rooms that count or learn from decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from surveillance.access.scope import Power, Scope
from surveillance.capture.walls import beyond
from surveillance.review.models import Action, Disposition

# Decisions by which somebody confirmed that the call had to be heard about.
CONFIRMING = (Action.COACH.value, Action.ESCALATE.value, Action.BREACH.value)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The last disposition of a closed alert; `screening` is the one the alert stands for."""

    disposition: int
    alert: int
    screening: int
    recording: UUID
    desk: str
    action: str
    reviewer: str
    at: datetime

    @property
    def confirmed(self) -> bool:
        return self.action in CONFIRMING


def outcomes(scope: Scope, *, power: Power = Power.SEE, actions: Iterable[str] = ()) -> list[Outcome]:
    """The decisions that stand on closed alerts of the scope's desks, oldest first; a re-opened alert has none."""
    last = Disposition.objects.filter(alert=OuterRef("alert")).order_by("-at", "-pk").values("pk")[:1]
    found = Disposition.objects.filter(
        beyond(scope, "alert__recording"),
        pk=Subquery(last),
        alert__state="closed",
        alert__recording__drill=False,
    ).exclude(action=Action.REOPENED)
    if wanted := list(actions):
        found = found.filter(action__in=wanted)
    reach = scope.desks(power)
    if not reach.every:
        found = found.filter(alert__recording__desk__slug__in=reach.slugs)
    return [
        Outcome(
            disposition=row.pk,
            alert=row.alert_id,
            screening=row.alert.screening_id,
            recording=row.alert.recording_id,
            desk=row.alert.recording.desk.slug,
            action=row.action,
            reviewer=row.reviewer_name,
            at=row.at,
        )
        for row in found.select_related("alert__recording__desk").order_by("at", "pk")
    ]


def decided_by(actor: str, recordings: Iterable[UUID]) -> set[UUID]:
    """Those of the recordings on whose alert somebody has decided before: they know what was found there."""
    rows = Disposition.objects.filter(reviewer_name=actor, alert__recording_id__in=list(recordings))
    return set(rows.values_list("alert__recording_id", flat=True))
