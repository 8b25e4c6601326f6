"""An alert that no policy raised: a person heard something in a call that was silent."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from policies.schema import CATEGORIES
from search.transcript import Transcript, Turn
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Invalid
from surveillance.detection.models import Alert, Finding, Screening
from surveillance.detection.services import per_minute
from surveillance.transcription.selectors import current

# Stands where a screening names its policies: nothing was screened, somebody listened.
REVIEWER = "reviewer"
TITLE = "Heard by a person in a call that no policy flagged"


@transaction.atomic
def raise_by_person(
    *, scope: Scope, recording: UUID, category: str, start: float, end: float, words: str, reason: str
) -> int | None:
    """Raise an alert on a silent call, for what a person heard from `start` to `end` (seconds).

    It goes through the queue like any other, and asks for a second pair of eyes: whoever raised it should not be
    the only one to hear it. Returns the alert's number; None where the call was flagged meanwhile.

    Raises:
        Refused, Hidden: the asker does not review this desk. Invalid: no category, no stretch, or no reason.
    """
    facts = call(scope, recording, power=Power.REVIEW)
    if category not in CATEGORIES:
        raise Invalid("Choose what kind of misconduct it is.", cure="Nothing was recorded yet.")
    if not 0 <= start <= end <= facts.duration + 1:
        raise Invalid(
            "The seconds lie outside the call.", cure=f"Give seconds from 0 to {facts.duration:.0f}."
        )
    if not reason.strip():
        raise Invalid("Say what you heard.", cure="One sentence is enough.")
    told = current(scope, recording)
    if told is None:
        raise Broken("There are no words to point at.", cure="Let it be transcribed again.")
    if Alert.objects.filter(recording_id=recording).exists():
        return None
    turn, spoken = _place(told.transcript, start, end)
    moment = now()
    before = Screening.objects.filter(version_id=told.id, policies_sha256=REVIEWER).count()
    screening = Screening.objects.create(
        recording_id=recording,
        version_id=told.id,
        policies_sha256=REVIEWER,
        noise=f"{REVIEWER}:{before}",
        policies=0,
        at=moment,
        risk=1.0,
        seconds_taken=0.0,
    )
    said = (words.strip() or spoken)[:2000]
    Finding.objects.create(
        screening=screening,
        category=category,
        policy=REVIEWER,
        policy_version=1,
        score=1.0,
        start=start,
        end=end,
        turn=turn,
        speaker=told.transcript.turns[turn].speaker if told.transcript.turns else "",
        channel=told.transcript.turns[turn].channel if told.transcript.turns else 0,
        words=said,
        why={"why": TITLE, "by": scope.actor, "reason": reason.strip(), "severity": "high", "reasons": []},
        second_eyes=True,
    )
    alert = Alert.objects.create(
        recording_id=recording,
        screening=screening,
        risk=1.0,
        per_minute=per_minute(1.0, facts.duration),
        categories=[category],
        second_eyes=True,
        raised_at=moment,
        changed_at=moment,
    )
    record(
        actor=scope.actor,
        action="alert raised",
        subject=f"recording:{recording}",
        detail={
            "alert": alert.pk,
            "category": category,
            "start": start,
            "end": end,
            "reason": reason.strip(),
        },
    )
    return alert.pk


def _place(transcript: Transcript, start: float, end: float) -> tuple[int, str]:
    """The number of the turn that most of the stretch lies in, and the words said in the stretch."""
    shared = [min(_end(turn), end) - max(_start(turn), start) for turn in transcript.turns]
    turn = max(range(len(shared)), key=lambda nth: shared[nth], default=0)
    said = " ".join(
        word.text
        for one in transcript.turns
        for word in one.words
        if word.end > start and word.start < max(end, start + 0.01)
    )
    return turn, said


def _start(turn: Turn) -> float:
    return turn.words[0].start if turn.words else 0.0


def _end(turn: Turn) -> float:
    return turn.words[-1].end if turn.words else 0.0
