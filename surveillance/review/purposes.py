"""What for? Whoever plays a call that raised no alert says why first; the answer stands in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.detection.selectors import alert_of

PURPOSES: Mapping[str, str] = {
    "investigation": "An investigation",
    "context": "Around a flagged call",
    "complaint": "A complaint",
    "authority": "A request of an authority",
    "subject": "A request of a data subject",
    "records": "Proving or mending the record",
    "training": "Training",
}
STANDS = timedelta(hours=12)  # a working day; then it is asked again
STATED = "purpose stated"


class PurposeNeeded(Invalid):
    """A call that raised no alert is not played before somebody says what for."""

    status = 428
    code = "purpose"


def needs_purpose(scope: Scope, recording: UUID) -> bool:
    """Is it still to be said why this call is played? Raises Hidden, Missing, Refused: it may not be heard at all."""
    call(scope, recording, power=Power.LISTEN)
    if not settings.EARSHOT.purpose or alert_of(scope, recording) is not None:
        return False
    said = Filter(actor=scope.actor, action=STATED, subject=f"recording:{recording}", since=now() - STANDS)
    return not entries(said).exists()


def require_purpose(scope: Scope, recording: UUID) -> None:
    """Let nobody play a call that raised no alert without a word.

    Raises:
        PurposeNeeded: nobody said why. Otherwise as `needs_purpose`.
    """
    if needs_purpose(scope, recording):
        raise PurposeNeeded(
            "This call raised no alert: say what you play it for.",
            cure="On the call's own page, or POST it to …/purpose/.",
            subject=f"recording:{recording}",
        )


@transaction.atomic
def state_purpose(*, scope: Scope, recording: UUID, purpose: str, reference: str) -> None:
    """Say what a call is played for.

    Raises:
        Hidden, Missing, Refused: it may not be heard. Invalid: no such purpose, no reference.
    """
    call(scope, recording, power=Power.LISTEN)
    if purpose not in PURPOSES:
        raise Invalid("Choose what you play it for.", cure=f"One of {', '.join(PURPOSES)}.")
    if not reference.strip():
        raise Invalid("Name the case, ticket or question.", cure="A few words that somebody else can follow.")
    detail = {"purpose": purpose, "reference": reference.strip()[:400]}
    record(actor=scope.actor, action=STATED, subject=f"recording:{recording}", detail=detail)
