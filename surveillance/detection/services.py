"""Holding the policies over the words: screenings, findings, and the alert they raise."""

from __future__ import annotations

from time import monotonic
from uuid import UUID

from detectors.risk import call_risk
from detectors.screen import Finding as Found
from django.db import transaction

from surveillance.access.scope import program
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict
from surveillance.detection.models import Alert, AlertState, Finding, Screening
from surveillance.detection.rules import screener
from surveillance.transcription.selectors import current

ACTOR = "program:screen"


def screen(claim: Claim) -> None:
    """Screen the newest words of a recording with the policies in force; raise an alert where any fires.

    Raises:
        Broken: there are no words, or the policies do not load.
    """
    words = current(program("screen"), claim.recording)
    if words is None:
        raise Broken("There are no words to screen.", cure="Let it be transcribed again.")
    began = monotonic()
    rules = screener()
    found = rules.screen(words.transcript)
    with transaction.atomic():
        settle(claim)
        screening, made = Screening.objects.get_or_create(
            version_id=words.id,
            policies_sha256=rules.policies.sha256,
            defaults={
                "recording_id": claim.recording,
                "policies": len(rules.policies.policies),
                "at": now(),
                "risk": call_risk(found),
                "seconds_taken": monotonic() - began,
            },
        )
        if made:
            Finding.objects.bulk_create(_row(screening, item) for item in found)
            _alert(screening, found)
        record(
            actor=ACTOR,
            action="screened",
            subject=f"recording:{claim.recording}",
            detail={
                "version": words.number,
                "policies": rules.policies.sha256,
                "findings": sorted({item.policy for item in found}),
            },
        )


def _row(screening: Screening, item: Found) -> Finding:
    return Finding(
        screening=screening,
        category=item.category,
        policy=item.policy,
        policy_version=item.version,
        score=item.score,
        start=item.start,
        end=item.end,
        turn=item.turn,
        speaker=item.speaker,
        channel=item.channel,
        words=item.words,
        why=item.as_json()["why"],
        second_eyes=item.second_eyes,
    )


def _alert(screening: Screening, found: list[Found]) -> None:
    """Raise the recording's alert, or renew it; a closed one opens again only where something new was found."""
    if not found:
        return
    moment = now()
    categories = sorted({item.category for item in found})
    alert, made = Alert.objects.get_or_create(
        recording_id=screening.recording_id,
        defaults={
            "screening": screening,
            "risk": screening.risk,
            "categories": categories,
            "second_eyes": any(item.second_eyes for item in found),
            "raised_at": moment,
            "changed_at": moment,
        },
    )
    if made:
        return
    known = set(alert.screening.findings.values_list("policy", flat=True))
    if alert.state == AlertState.CLOSED and {item.policy for item in found} - known:
        alert.state = AlertState.OPEN
    alert.screening, alert.risk, alert.categories = screening, screening.risk, categories
    alert.second_eyes = any(item.second_eyes for item in found)
    alert.changed_at = moment
    alert.save()


def move_alert(*, alert: int, expected: str, to: str) -> None:
    """Move an alert from one state to another; call it in the transaction of the decision that moves it.

    Raises:
        Conflict: the alert is no longer in the expected state.
    """
    moved = Alert.objects.filter(pk=alert, state=expected).update(state=to, changed_at=now())
    if not moved:
        raise Conflict(
            "This alert has been decided meanwhile.",
            cure="Reload the page to see the decision.",
            subject=f"alert:{alert}",
        )


def categories_of(recording: UUID) -> tuple[str, ...]:
    """The categories flagged in the newest screening: what the index files the recording under."""
    newest = Screening.objects.filter(recording_id=recording).order_by("-at", "-pk").first()
    if newest is None:
        return ()
    return tuple(sorted(set(newest.findings.values_list("category", flat=True))))
