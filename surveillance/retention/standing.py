"""May a recording go, at this moment? The one question that listing, approving and deleting ask alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from policies.retention import Decision
from surveillance.archive.forgetting import lock_of
from surveillance.capture.origins import origin
from surveillance.core.clock import now
from surveillance.retention.deciding import decision_on
from surveillance.retention.models import Held

HELD, DUTY, UNDECIDED, LOCKED = "held", "duty", "undecided", "locked"
KINDS = {
    HELD: "under a legal hold",
    DUTY: "a duty stands",
    UNDECIDED: "no rule says how long",
    LOCKED: "the store's lock has not ended",
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Why a recording stays (`kind` of KINDS and words), or that nothing stands against its going (`kind` empty)."""

    kind: str
    words: str
    decision: str
    overdue: bool

    @property
    def may_go(self) -> bool:
        return not self.kind


def standing(recording: UUID) -> Standing | None:
    """What stands against the going of a recording; None where it is gone. Holds first: they outlast everything."""
    born = origin(recording)
    if born is None:
        return None
    decision, at = decision_on(born), now()
    kind, words = _against(recording, decision, at)
    return Standing(kind=kind, words=words, decision=decision.in_words(), overdue=decision.is_overdue(at))


def _against(recording: UUID, decision: Decision, at: datetime) -> tuple[str, str]:
    holds = Held.objects.filter(recording_id=recording, hold__released_at__isnull=True)
    if numbers := sorted(holds.values_list("hold_id", flat=True)):
        return HELD, f"under a legal hold ({', '.join(f'hold {number}' for number in numbers)})"
    if decision.undecided:
        return UNDECIDED, decision.in_words()
    if decision.stands(at):
        return DUTY, decision.in_words()
    lock = lock_of(recording)
    if lock is not None and lock.until > at:
        return LOCKED, f"locked in the store until {lock.until:%Y-%m-%d}; a lock is never shortened"
    return "", ""
