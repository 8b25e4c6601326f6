"""Deciding whether a call may be heard; taking evidence and withdrawals; letting personal calls out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from policies.consent.rules import load
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import call
from surveillance.capture.withholding import Standing, spoken_by, standing, withhold
from surveillance.consent.deciding import decision_on
from surveillance.consent.models import Clearance, PersonalCall, Statement, StatementKind
from surveillance.consent.places import normal_number
from surveillance.consent.told import Changed, Notice
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing

ACTOR = "program:consent"
Listen = Callable[[UUID], Notice | None]
ENFORCE, NOTE, OFF = "enforce", "note", "off"


def clear(claim: Claim, *, listen: Listen | None = None) -> None:
    """Decide on one call on its way. `listen` is asked for a notice in the audio only where nothing else suffices.

    Raises:
        Missing: there is no such recording. What `listen` raises.
    """
    if settings.EARSHOT.consent != OFF:
        row = _standing(claim.recording)
        notice = None
        if listen and not row.drill and not decision_on(row, None).clear:
            notice = listen(claim.recording)
        with transaction.atomic():
            settle(claim)
            _decided(row, notice)
    else:
        with transaction.atomic():
            settle(claim)
            record(actor=ACTOR, action="consent not asked", subject=f"recording:{claim.recording}")


def note_heard(*, recording: UUID, notice: Notice | None) -> Changed:
    """Decide again, now that the words are known."""
    if settings.EARSHOT.consent == OFF:
        return Changed()
    with transaction.atomic():
        return _decided(_standing(recording), notice)


def enter_statement(
    *,
    scope: Scope,
    kind: str,
    person: str = "",
    number: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "",
    reference: str = "",
) -> Changed:
    """Take in what somebody was told, agreed to or took back; calls it speaks of are decided again.

    Raises:
        Refused: the scope may not. Invalid: nobody is named, no reference, an end before its begin.
    """
    scope.require(Power.CONSENT)
    person, number, reference = person.strip()[:120], normal_number(number)[:60], reference.strip()[:200]
    if kind not in StatementKind.values:
        raise Invalid(
            f"{kind!r} is no kind of statement.", cure=f"Choose one of {', '.join(StatementKind.values)}."
        )
    if not person and not number:
        raise Invalid("Say of whom: a name as calls show it, or a number.", cure="Fill one of the two.")
    if not reference:
        raise Invalid("Say where the evidence lies.", cure="A contract, a letter, a form, a ticket.")
    if kind.startswith("voice") and not (person and purpose.strip()):
        raise Invalid("Consent to a voiceprint names a person and a purpose.", cure="Fill both.")
    begins = since or now()
    if until is not None and until <= begins:
        raise Invalid("It ends before it begins.", cure="Choose a later day.")
    with transaction.atomic():
        row = Statement.objects.create(
            kind=kind,
            person=person,
            number=number,
            since=begins,
            until=until,
            purpose=purpose.strip()[:200],
            reference=reference,
            entered_by=scope.actor,
            entered_at=now(),
        )
        record(
            actor=scope.actor,
            action="consent entered",
            subject=f"statement:{row.pk}",
            detail={"kind": kind, "person": person, "number": number, "reference": reference},
        )
        if kind.startswith("voice"):
            return Changed()
        return _again(spoken_by(person=person, number=number, since=begins))


def ask_personal(*, scope: Scope, recording: UUID, reason: str) -> int:
    """Ask that a private call be let out; another person agrees.

    Raises:
        Hidden, Missing, Refused: out of reach. Invalid: no reason. Conflict: asked already.
    """
    facts = call(scope, recording)
    scope.require(Power.CONSENT, facts.desk, subject=f"recording:{recording}")
    if not reason.strip():
        raise Invalid("Say why it is a private call.", cure="A few words will do.")
    with transaction.atomic():
        if PersonalCall.objects.filter(recording_id=recording, ended_at__isnull=True).exists():
            raise Conflict("This was asked already.", cure="Another person decides on /consent.")
        row = PersonalCall.objects.create(
            recording_id=recording, reason=reason.strip()[:1000], asked_by=scope.actor, asked_at=now()
        )
        record(actor=scope.actor, action="personal call asked", subject=f"recording:{recording}")
    return row.pk


def agree_personal(*, scope: Scope, personal: int) -> Changed:
    """Let a private call out, as the second person: from ears, from models, from the index.

    Raises:
        Refused, Hidden, Missing: out of reach. Conflict: it is out already, or the asker is the same person.
    """
    with transaction.atomic():
        row = _personal(scope, personal)
        if row.agreed_by:
            raise Conflict("It is out already.", cure="Nothing is left to do.")
        if row.asked_by == scope.actor:
            raise Conflict("You asked for it; another person agrees.", cure="Ask a colleague.")
        row.agreed_by, row.agreed_at = scope.actor, now()
        row.save()
        record(actor=scope.actor, action="personal call let out", subject=f"recording:{row.recording_id}")
        return _settled(row.recording_id)


def end_personal(*, scope: Scope, personal: int, reason: str) -> Changed:
    """Take a call back into surveillance, or turn the request down; with a reason.

    Raises:
        Refused, Hidden, Missing: out of reach. Invalid: no reason.
    """
    if not reason.strip():
        raise Invalid("Say why.", cure="A few words will do.")
    with transaction.atomic():
        row = _personal(scope, personal)
        row.ended_by, row.ended_at, row.ended_because = scope.actor, now(), reason.strip()[:1000]
        row.save()
        record(
            actor=scope.actor,
            action="personal call taken back",
            subject=f"recording:{row.recording_id}",
            detail={"reason": row.ended_because, "was_out": bool(row.agreed_by)},
        )
        return _settled(row.recording_id) if row.agreed_by else Changed()


def free_again(*, recording: UUID) -> Changed:
    """A restriction was lifted: what consent asks, or a private call, stands as before; else it is free."""
    return _withheld(recording, _why(_standing(recording)))


def _again(recordings: Iterable[UUID]) -> Changed:
    withheld: list[UUID] = []
    released: list[UUID] = []
    for number in recordings:
        row = _standing(number)
        told = Clearance.objects.filter(recording_id=number).first()
        heard = (
            Notice(start=told.heard_at, words=told.heard_words)
            if told and told.heard_at is not None
            else None
        )
        changed = _decided(row, heard)
        withheld += changed.withheld
        released += changed.released
    return Changed(withheld=tuple(withheld), released=tuple(released))


def _decided(row: Standing, notice: Notice | None) -> Changed:
    told = decision_on(row, notice)
    covered = next((one.covered_by for one in told.readings if one.covered_by), "")
    Clearance.objects.update_or_create(
        recording_id=row.recording,
        defaults={
            "clear": told.clear,
            "withdrawn": told.withdrawn,
            "rule": told.rule.name,
            "strictest": told.strictest.id if told.strictest else "",
            "words": told.words,
            "people": [
                {
                    "name": one.name,
                    "places": [place.name for place in one.jurisdictions],
                    "rule": one.rule.words,
                    "covered_by": one.covered_by,
                    "withdrawn": one.withdrawn,
                }
                for one in told.readings
            ],
            "evidence": covered if told.clear else "",
            "heard_at": notice.start if notice else None,
            "heard_words": notice.words if notice else "",
            "law_sha256": load().sha256,
            "decided_at": now(),
        },
    )
    record(
        actor=ACTOR,
        action="consent decided",
        subject=f"recording:{row.recording}",
        detail={"clear": told.clear, "words": told.words, "mode": settings.EARSHOT.consent},
    )
    return _settled(row.recording)


def _settled(recording: UUID) -> Changed:
    """Withhold or free a call as consent has it now; what is restricted stays so, whatever consent says."""
    row = _standing(recording)
    return Changed() if row.withheld == "restricted" else _withheld(recording, _why(row))


def _why(row: Standing) -> str:
    """Why consent withholds a call: it is private; a withdrawal, in every mode; want of evidence, where enforced."""
    out = PersonalCall.objects.filter(recording_id=row.recording, ended_at__isnull=True).exclude(agreed_by="")
    if out.exists():
        return "personal"
    told = Clearance.objects.filter(recording_id=row.recording).first()
    if told is None:
        return ""
    if told.withdrawn:
        return "withdrawn"
    return "consent" if not told.clear and settings.EARSHOT.consent == ENFORCE and not row.drill else ""


def _withheld(recording: UUID, why: str) -> Changed:
    before = withhold(recording, why)
    if before == why:
        return Changed()
    action = "withheld" if why else "released"
    record(actor=ACTOR, action=action, subject=f"recording:{recording}", detail={"why": why or before})
    if why and not before:
        return Changed(withheld=(recording,))
    return Changed(released=(recording,)) if not why else Changed()


def _standing(recording: UUID) -> Standing:
    found = standing(recording)
    if found is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    return found


def _personal(scope: Scope, personal: int) -> PersonalCall:
    scope.require(Power.CONSENT)
    row = (
        PersonalCall.objects.select_related("recording__desk")
        .filter(pk=personal, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise Missing("There is no such request.", cure="Look for it on /consent.")
    scope.require(Power.CONSENT, row.recording.desk.slug, subject=f"recording:{row.recording_id}")
    return row
