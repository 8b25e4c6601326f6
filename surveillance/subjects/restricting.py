"""Keeping and not using: what is restricted instead of erased, why, and when that is looked at again.

GDPR art. 17(3)(b) and (e): what law or a legal claim keeps is not erased. Art. 18(2): what is restricted is stored
and not otherwise processed; here no ear, no model and no search reaches it until the restriction is lifted.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.capture.withholding import answerable, withhold
from surveillance.consent.services import free_again
from surveillance.consent.told import Changed
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing
from surveillance.retention.standing import standing
from surveillance.subjects.models import FoundCall, Restriction, Stage
from surveillance.subjects.selectors import asked

A_YEAR = timedelta(days=365)


@transaction.atomic
def restrict(
    *, scope: Scope, recording: UUID, reason: str, review_on: date | None = None, request: int | None = None
) -> Changed:
    """Restrict one recording. Without a day of review it is the one on which its duties end, or in a year.

    Raises:
        Hidden, Missing, Refused: not the asker's to answer for. Invalid: no reason, a day gone by.
        Conflict: restricted already.
    """
    facts = call(scope, recording)
    scope.require(Power.PRIVACY, facts.desk, subject=f"recording:{recording}")
    if not reason.strip():
        raise Invalid("Say why it is restricted.", cure="What the person asked, and what stands against it.")
    if review_on is not None and review_on <= now().date():
        raise Invalid("That day is not to come.", cure="Choose the day on which it is looked at again.")
    if Restriction.objects.filter(recording=recording, lifted_at__isnull=True).exists():
        raise Conflict("It is restricted already.", cure="Nothing is left to do.")
    kept = standing(recording)
    until = kept.until.date() if kept and kept.until and kept.until > now() else (now() + A_YEAR).date()
    row = Restriction.objects.create(
        recording=recording,
        desk=facts.desk,
        started_at=facts.started_at,
        request_id=asked(request).pk if request is not None else None,
        reason=reason.strip()[:2000],
        kept_because=kept.words if kept else "",
        review_on=review_on or until,
        placed_by=scope.actor,
        placed_at=now(),
    )
    before = withhold(recording, "restricted")
    record(
        actor=scope.actor,
        action="restricted",
        subject=f"recording:{recording}",
        detail={
            "restriction": row.pk,
            "request": request,
            "reason": row.reason,
            "kept_because": row.kept_because,
            "review_on": row.review_on,
            "withheld_before": before,
        },
    )
    return Changed() if before else Changed(withheld=(recording,))


def restrict_found(*, scope: Scope, number: int, reason: str) -> Changed:
    """Restrict every call of a request that is not left out and is the asker's to answer for.

    Raises:
        Refused, Missing. Invalid: no reason, or nothing to restrict. Conflict: the request is closed.
    """
    scope.require(Power.PRIVACY, subject=f"subject-request:{number}")
    if asked(number).stage != Stage.OPEN:
        raise Conflict("This request is not open.", cure="Reload the page.")
    rows = FoundCall.objects.filter(request_id=number, left_out_because="").values_list(
        "recording", flat=True
    )
    standing_now = set(Restriction.objects.filter(lifted_at__isnull=True).values_list("recording", flat=True))
    wanted = [recording for recording in answerable(scope, rows) if recording not in standing_now]
    if not wanted:
        raise Invalid("Nothing is left to restrict.", cure="Find their calls first.")
    withheld: list[UUID] = []
    for recording in wanted:
        withheld += restrict(scope=scope, recording=recording, reason=reason, request=number).withheld
    return Changed(withheld=tuple(withheld))


@transaction.atomic
def review_restriction(*, scope: Scope, number: int, review_on: date, because: str) -> None:
    """Let a restriction stand, to be looked at again on another day.

    Raises:
        Refused, Hidden, Missing. Invalid: no reason, a day gone by.
    """
    row = _standing(scope, number)
    if review_on <= now().date():
        raise Invalid("That day is not to come.", cure="Choose a later one.")
    if not because.strip():
        raise Invalid("Say why it stands.", cure="One sentence is enough.")
    row.review_on = review_on
    row.save()
    detail = {"restriction": number, "review_on": review_on, "because": because.strip()[:1000]}
    record(
        actor=scope.actor, action="restriction reviewed", subject=f"recording:{row.recording}", detail=detail
    )


@transaction.atomic
def lift_restriction(*, scope: Scope, number: int, because: str) -> Changed:
    """Let a recording be used again, once the person was told (art. 18(3)).

    Raises:
        Refused, Hidden, Missing. Invalid: no reason.
    """
    row = _standing(scope, number)
    if not because.strip():
        raise Invalid("Say why it is lifted, and that the person was told.", cure="Art. 18(3) asks for it.")
    row.lifted_by, row.lifted_at, row.lifted_because = scope.actor, now(), because.strip()[:1000]
    row.save()
    record(
        actor=scope.actor,
        action="restriction lifted",
        subject=f"recording:{row.recording}",
        detail={"restriction": number, "because": row.lifted_because},
    )
    if not answerable(scope, [row.recording]):
        return Changed()  # disposed of since
    return free_again(recording=row.recording)


def _standing(scope: Scope, number: int) -> Restriction:
    scope.require(Power.PRIVACY)
    row = Restriction.objects.filter(pk=number, lifted_at__isnull=True).select_for_update().first()
    if row is None:
        raise Missing("There is no such restriction.", cure="Look for it on /subjects.")
    scope.require(Power.PRIVACY, row.desk, subject=f"recording:{row.recording}")
    if standing(row.recording) is not None:
        call(scope, row.recording)
    return row
