"""May a recording go, at this moment? The one question that listing, approving and deleting ask alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surveillance.archive.forgetting import lock_of
from surveillance.capture.origins import origin
from surveillance.core.clock import now
from surveillance.retention.deciding import decision_on
from surveillance.retention.models import Held
from surveillance.retention.objections import objection


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Why a recording stays (`kind` of objections.KINDS and words), or that nothing stands against its going.

    `until`: the day on which its duties end; None where none does.
    """

    kind: str
    words: str
    decision: str
    overdue: bool
    until: datetime | None = None

    @property
    def may_go(self) -> bool:
        return not self.kind


def standing(recording: UUID) -> Standing | None:
    """What stands against the going of a recording; None where it is gone."""
    born = origin(recording)
    if born is None:
        return None
    decision, at = decision_on(born), now()
    holds = Held.objects.filter(recording_id=recording, hold__released_at__isnull=True)
    lock = lock_of(recording)
    kind, words = objection(
        holds=sorted(holds.values_list("hold_id", flat=True)),
        decision=decision,
        locked_until=lock.until if lock else None,
        at=at,
    )
    return Standing(
        kind=kind,
        words=words,
        decision=decision.in_words(),
        overdue=decision.is_overdue(at),
        until=decision.keep_until,
    )
