"""Decisions become labels, and cease to be when a decision is taken back or its desk is excluded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from search.transcript import Transcript
from surveillance.access.scope import Power, Scope, program
from surveillance.access.selectors import desk_exists
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing
from surveillance.detection.grounds import Ground, grounds
from surveillance.learning.models import Exclusion, Label, Source
from surveillance.learning.words import Span, span_of
from surveillance.review.outcomes import CONFIRMING, Outcome, outcomes
from surveillance.sampling.selectors import Verdicts, verdicts
from surveillance.transcription.lines import transcript_of
from surveillance.transcription.selectors import current

ACTOR = "program:learning"
OPENED_AGAIN = "the decision was taken back"
EXCLUDED = "its desk is not learnt from"


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What a gathering changed."""

    made: int
    withdrawn: int


def gather() -> Gathered:
    """Make labels of what was decided since, and withdraw those whose decision no longer stands.

    A breach, an escalation and a coaching say that the stretch was violating, a false alarm and "no concern" that it
    only looked so; of a drawn call in which nothing was heard the whole call is innocent.
    """
    scope = program("learning")
    shut = set(Exclusion.objects.filter(lifted_at__isnull=True).values_list("desk", flat=True))
    decided = [one for one in outcomes(scope) if one.desk not in shut]
    heard = [one for one in verdicts(scope) if one.desk not in shut]
    with transaction.atomic():
        gone = _withdraw(decided, heard, shut)
        made = sum(1 for label in _fresh(decided, heard) if _kept(label))
        if made or gone:
            record(
                actor=ACTOR,
                action="labels gathered",
                subject="labels",
                detail={"made": made, "withdrawn": gone},
            )
    return Gathered(made=made, withdrawn=gone)


@transaction.atomic
def exclude_desk(*, scope: Scope, desk: str, reason: str) -> None:
    """Learn nothing from a desk; its labels are withdrawn at once.

    Raises:
        Refused: the scope may not. Missing: no such desk. Invalid: no reason. Conflict: it is excluded.
    """
    scope.require(Power.ACTIVATE, desk, subject=f"desk:{desk}")
    if not desk_exists(desk):
        raise Missing("There is no such desk.", cure="Choose one of the list.")
    if not reason.strip():
        raise Invalid("Say why.", cure="One sentence is enough.")
    if Exclusion.objects.filter(desk=desk, lifted_at__isnull=True).exists():
        raise Conflict("This desk is excluded already.", cure="Reload the page.", subject=f"desk:{desk}")
    Exclusion.objects.create(desk=desk, reason=reason.strip(), by=scope.actor, at=now())
    gone = Label.objects.filter(desk=desk, withdrawn_at__isnull=True).update(
        withdrawn_at=now(), withdrawn_because=EXCLUDED
    )
    record(
        actor=scope.actor,
        action="desk excluded from learning",
        subject=f"desk:{desk}",
        detail={"reason": reason.strip(), "withdrawn": gone},
    )


@transaction.atomic
def lift_exclusion(*, scope: Scope, desk: str) -> None:
    """Learn from a desk again; its decisions become labels at the next gathering.

    Raises:
        Refused: the scope may not. Conflict: it is not excluded.
    """
    scope.require(Power.ACTIVATE, desk, subject=f"desk:{desk}")
    changed = Exclusion.objects.filter(desk=desk, lifted_at__isnull=True).update(
        lifted_at=now(), lifted_by=scope.actor
    )
    if not changed:
        raise Conflict("This desk is not excluded.", cure="Reload the page.", subject=f"desk:{desk}")
    record(actor=scope.actor, action="desk admitted to learning", subject=f"desk:{desk}")


def _withdraw(decided: Iterable[Outcome], heard: Iterable[Verdicts], shut: set[str]) -> int:
    standing = {(Source.DISPOSITION.value, one.disposition) for one in decided}
    standing |= {(Source.SAMPLING.value, one.judgement) for one in heard}
    rows = Label.objects.filter(withdrawn_at__isnull=True).only("source", "source_id", "desk")
    gone = [row for row in rows if (row.source, row.source_id) not in standing]
    for because, some in (
        (EXCLUDED, [row.pk for row in gone if row.desk in shut]),
        (OPENED_AGAIN, [row.pk for row in gone if row.desk not in shut]),
    ):
        Label.objects.filter(pk__in=some).update(withdrawn_at=now(), withdrawn_because=because)
    return len(gone)


def _kept(label: Label) -> bool:
    """Keep a label; one that was withdrawn and stands again is taken up again. False where it stands already."""
    same = Label.objects.filter(
        source=label.source,
        source_id=label.source_id,
        category=label.category,
        policy=label.policy,
        start=label.start,
    )
    if same.filter(withdrawn_at__isnull=True).exists():
        return False
    if same.update(withdrawn_at=None, withdrawn_because=""):
        return True
    label.save()
    return True


def _fresh(decided: Iterable[Outcome], heard: Iterable[Verdicts]) -> Iterator[Label]:
    """Labels of every decision and hearing of which none stands."""
    known = set(Label.objects.filter(withdrawn_at__isnull=True).values_list("source", "source_id"))
    waiting = [one for one in decided if (Source.DISPOSITION.value, one.disposition) not in known]
    found = grounds(one.screening for one in waiting)
    for one in waiting:
        for ground in found.get(one.screening, []):
            yield from _of_ground(one, ground)
    for judged in heard:
        if (Source.SAMPLING.value, judged.judgement) not in known:
            yield from _of_hearing(judged)


def _of_ground(one: Outcome, ground: Ground) -> Iterator[Label]:
    span = span_of(transcript_of(ground.version), ground.start, ground.end)
    if span is not None:
        yield Label(
            source=Source.DISPOSITION,
            source_id=one.disposition,
            recording_id=one.recording,
            version_id=ground.version,
            desk=one.desk,
            category=ground.category,
            policy=ground.policy,
            verdict=one.action,
            violating=one.action in CONFIRMING,
            start=ground.start,
            end=ground.end,
            **_told(span, one.reviewer, one.at),
        )


def _of_hearing(judged: Verdicts) -> Iterator[Label]:
    words = current(program("learning"), judged.recording)
    if words is None:
        return
    start, end = (judged.start, judged.end) if judged.missed else (0.0, _length(words.transcript))
    span = span_of(words.transcript, start, end)
    if span is not None:
        yield Label(
            source=Source.SAMPLING,
            source_id=judged.judgement,
            recording_id=judged.recording,
            version_id=words.id,
            desk=judged.desk,
            category=judged.category,
            verdict="missed" if judged.missed else "nothing",
            violating=judged.missed,
            start=start,
            end=end,
            **_told(span, judged.reviewer, judged.at),
        )


def _told(span: Span, who: str, at: datetime) -> dict[str, object]:
    return {
        "first_word": span.first,
        "last_word": span.last,
        "decided_by": who,
        "decided_at": at,
        "made_at": now(),
    }


def _length(transcript: Transcript) -> float:
    return max((word.end for turn in transcript.turns for word in turn.words), default=0.0)
