"""Holding the policies over the words: screenings, findings, and the alert they raise."""

from __future__ import annotations

from dataclasses import asdict
from time import monotonic
from uuid import UUID

from django.db import transaction

from detectors.screen import Screening as Screened
from surveillance.access.scope import program
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import is_drill
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict
from surveillance.detection.models import Alert, AlertState, Finding, Screening
from surveillance.detection.rows import row_of
from surveillance.detection.rules import screener
from surveillance.noise.services import keep, pair, silence
from surveillance.transcription.selectors import current

ACTOR = "program:screen"
SHORTEST_MINUTES = 0.5  # opening a call and deciding takes as long, however short it is


def screen(claim: Claim, *, suppress: bool = True) -> None:
    """Screen the newest words of a recording with the policies in force; raise an alert where any fires.

    What recognised noise explains is set aside; without `suppress`, as drills ask for beside it, nothing is.

    Raises:
        Broken: there are no words. Transient: the policies do not load.
    """
    words = current(program("screen"), claim.recording)
    if words is None:
        raise Broken("There are no words to screen.", cure="Let it be transcribed again.")
    began = monotonic()
    rules = screener()
    read = rules.read(words.transcript)
    quiet = silence(recording=claim.recording, words=words, screened=read, suppress=suppress)
    screened = quiet.screened
    pair(recording=claim.recording, words=words)
    with transaction.atomic():
        settle(claim)
        screening, made = Screening.objects.get_or_create(
            version_id=words.id,
            policies_sha256=screened.policies_sha256,
            reader_sha256=screened.reader_sha256,
            noise=quiet.mark,
            defaults={
                "recording_id": claim.recording,
                "policies": len(rules.policy_set.policies),
                "at": now(),
                "risk": screened.risk,
                "set_aside": [asdict(item) for item in screened.set_aside],
                "read": list(screened.read),
                "seconds_taken": monotonic() - began,
            },
        )
        if made:
            Finding.objects.bulk_create(row_of(screening, item) for item in screened.findings)
            keep(quiet=quiet)
            if not is_drill(claim.recording):
                _alert(screening, screened)
        record(
            actor=ACTOR,
            action="screened",
            subject=f"recording:{claim.recording}",
            detail={
                "version": words.number,
                "policies": screened.policies_sha256,
                "reader": screened.reader_sha256,
                "findings": sorted({item.policy for item in screened.findings}),
                "set_aside": len(screened.set_aside),
            },
        )


def _alert(screening: Screening, screened: Screened) -> None:
    """Raise the recording's alert, or renew it; a closed one opens again only where something new was found."""
    if not screened.findings:
        return
    moment = now()
    told = {
        "screening": screening,
        "risk": screening.risk,
        "per_minute": per_minute(screening.risk, screening.recording.duration),
        "categories": sorted({item.category for item in screened.findings}),
        "second_eyes": any(item.second_review for item in screened.findings),
        "changed_at": moment,
    }
    # Locked: on PostgreSQL a decision made meanwhile would be overwritten by the save below.
    alert, made = Alert.objects.select_for_update().get_or_create(
        recording_id=screening.recording_id, defaults={**told, "raised_at": moment}
    )
    if made:
        return
    known = set(alert.screening.findings.values_list("policy", flat=True))
    if alert.state == AlertState.CLOSED and {item.policy for item in screened.findings} - known:
        alert.state = AlertState.OPEN
    for name, value in told.items():
        setattr(alert, name, value)
    alert.save()


def per_minute(risk: float, seconds: float) -> float:
    """How much risk a minute of listening meets: a short call with a sure finding before a long one with the same."""
    return round(risk / max(seconds / 60, SHORTEST_MINUTES), 4)


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
