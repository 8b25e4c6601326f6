"""Keeping what was recognised as noise, undoing it, and judging what it silenced."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction

from detectors.noise import VERSION, Aside, Span
from detectors.screen import Finding, Screening
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing
from surveillance.noise import selectors
from surveillance.noise.models import Recognition, Silenced, Twin, Undoing, Verdict
from surveillance.noise.quiet import Quiet, lot, parted
from surveillance.noise.twinning import found_twin
from surveillance.transcription.selectors import Words

ACTOR = "program:noise"
LONGEST_REASON = 4000


def silence(*, recording: UUID, words: Words, screened: Screening, suppress: bool = True) -> Quiet:
    """Part a screening of the newest words: what stands, and what noise explains. Nothing is kept yet.

    Without `suppress` every finding stands; drills ask for both.
    """
    undone, deeds = selectors.undone_on(recording)
    return parted(
        recording=recording,
        version=words.id,
        transcript=words.transcript,
        screened=screened,
        undone=undone,
        deeds=deeds,
        suppress=suppress,
    )


@transaction.atomic
def keep(*, quiet: Quiet) -> None:
    """Keep what was recognised and what it silenced; some of the latter are drawn for review, by lot.

    Call it in the transaction that keeps the screening. The same recognition is kept once.
    """
    before = Recognition.objects.filter(recording_id=quiet.recording, current=True)
    before.exclude(version_id=quiet.version, recogniser=VERSION).update(current=False)
    rows = {_place(span): _recognition(quiet, span) for span in quiet.spans}
    share = settings.EARSHOT.suppressed_share / 100
    for aside in quiet.aside:
        _keep_silenced(quiet, rows[_place(aside.span)], aside, share)
    if quiet.spans:
        record(
            actor=ACTOR,
            action="noise recognised",
            subject=f"recording:{quiet.recording}",
            detail={
                "recogniser": VERSION,
                "kinds": sorted({span.kind for span in quiet.spans}),
                "undone": len(quiet.undone),
                "silenced": sorted({aside.finding.policy for aside in quiet.aside}),
            },
        )


def pair(*, recording: UUID, words: Words) -> UUID | None:
    """Note which other recording is the same call from another recorder; None where there is none.

    Noted once; what a person undid stays undone. Other recordings' words are read, so no transaction is held
    meanwhile.
    """
    known = Twin.objects.filter(recording_id=recording).first()
    if known is not None:
        return known.lead_id if known.standing else None
    found = found_twin(recording, words)
    if found is None:
        return None
    alike = found.likeness
    told = {"share": alike.share, "offset": alike.offset, "why": alike.why, "recogniser": VERSION}
    with transaction.atomic():
        _, made = Twin.objects.get_or_create(
            recording_id=recording, defaults={"lead_id": found.lead, "made_at": now(), **told}
        )
        if made:
            record(
                actor=ACTOR,
                action="twin recognised",
                subject=f"recording:{recording}",
                detail={"lead": str(found.lead), **told},
            )
    return found.lead


@transaction.atomic
def undo(*, scope: Scope, recognition: int, reason: str) -> UUID:
    """Declare that a stretch is no noise; returns the recording, which wants to be screened again without it.

    Raises:
        Hidden, Refused: the asker does not review on this desk. Missing: there is none of that number.
        Invalid: no reason. Conflict: it is undone already.
    """
    return _turned(scope, recognition, reason, undone=True)


@transaction.atomic
def redo(*, scope: Scope, recognition: int, reason: str) -> UUID:
    """Take an undoing back; returns the recording, which wants to be screened again.

    Raises:
        As `undo`. Conflict: it is not undone.
    """
    return _turned(scope, recognition, reason, undone=False)


@transaction.atomic
def part_twins(*, scope: Scope, recording: UUID, reason: str) -> None:
    """Declare that a recording is a call of its own.

    Raises:
        As `undo`.
    """
    _turned_twin(scope, recording, reason, undone=True)


@transaction.atomic
def join_twins(*, scope: Scope, recording: UUID, reason: str) -> None:
    """Take the parting of twins back.

    Raises:
        As `redo`.
    """
    _turned_twin(scope, recording, reason, undone=False)


@transaction.atomic
def judge(*, scope: Scope, silenced: int, verdict: str, note: str = "") -> UUID | None:
    """Say of a drawn finding whether it was rightly silenced.

    One that should have been heard undoes its recognition: the recording, which is returned, wants to be screened
    again without it.

    Raises:
        Hidden, Refused: the asker may not listen and decide on this desk. Missing: it was not drawn.
        Invalid: no such verdict. Conflict: it was judged meanwhile.
    """
    row = selectors.silenced(scope, silenced)
    scope.require(Power.REVIEW, row.desk, subject=f"recording:{row.recording}")
    if verdict not in Verdict.values:
        raise Invalid("Say whether it was rightly silenced.", cure="Choose one of the two.")
    told = note.strip()[:LONGEST_REASON]
    judged = Silenced.objects.filter(pk=silenced, verdict="").update(
        verdict=verdict, judge=scope.actor, judged_at=now(), note=told
    )
    if not judged:
        raise Conflict("This has been judged meanwhile.", cure="Reload the page.")
    record(
        actor=scope.actor,
        action="judged silenced",
        subject=f"recording:{row.recording}",
        detail={"verdict": verdict, "kind": row.kind, "policy": row.policy, "note": told},
    )
    noise = Silenced.objects.select_related("recognition").get(pk=silenced).recognition
    if verdict == Verdict.RIGHTLY or not noise.standing:
        return None
    return _turned(scope, noise.pk, told or "Should have been heard.", undone=True)


@transaction.atomic
def draw(*, scope: Scope, kind: str, number: int = 10) -> int:
    """Draw more silenced findings of a kind for review, by lot, from the desks where the asker decides.

    Returns how many there were to draw. The order of lots is fixed, so nobody can draw until something suits.

    Raises:
        Refused: the asker decides nowhere. Invalid: a number that is none to draw.
    """
    scope.require(Power.REVIEW)
    if not 1 <= number <= 100:
        raise Invalid("Draw between 1 and 100 at once.", cure="Choose a smaller number.")
    undrawn = Silenced.objects.filter(
        drawn_at__isnull=True, recognition__kind=kind, recognition__recording__drill=False
    )
    reach = scope.desks(Power.REVIEW)
    if not reach.every:
        undrawn = undrawn.filter(recognition__recording__desk__slug__in=reach.slugs)
    chosen = list(undrawn.order_by("lot", "pk").values_list("pk", flat=True)[:number])
    Silenced.objects.filter(pk__in=chosen).update(drawn_at=now())
    record(actor=scope.actor, action="drew silenced", subject=f"noise:{kind}", detail={"drawn": chosen})
    return len(chosen)


def _place(span: Span) -> tuple[str, int, float]:
    return span.kind, span.channel, span.start


def _recognition(quiet: Quiet, span: Span) -> Recognition:
    row, _ = Recognition.objects.get_or_create(
        version_id=quiet.version,
        recogniser=span.version,
        kind=span.kind,
        channel=span.channel,
        start=span.start,
        defaults={
            "recording_id": quiet.recording,
            "turn": span.turn,
            "end": span.end,
            "words": span.words,
            "why": span.why,
            "confidence": span.confidence,
            "standing": span not in quiet.undone,
            "made_at": now(),
        },
    )
    return row


def _keep_silenced(quiet: Quiet, noise: Recognition, aside: Aside[Finding], share: float) -> None:
    finding, drawn_lot = aside.finding, lot(quiet.recording, aside)
    Silenced.objects.get_or_create(
        recognition=noise,
        category=finding.category,
        policy=finding.policy,
        start=finding.start,
        defaults={
            "policy_version": finding.version,
            "score": finding.score,
            "end": finding.end,
            "speaker": finding.speaker,
            "words": finding.words,
            "why": {"why": finding.why, "reasons": [reason.as_json() for reason in finding.reasons]},
            "at": now(),
            "lot": drawn_lot,
            "drawn_at": now() if drawn_lot < share else None,
        },
    )


def _turned(scope: Scope, recognition: int, reason: str, *, undone: bool) -> UUID:
    row = Recognition.objects.filter(pk=recognition).first()
    if row is None:
        raise Missing("There is no such stretch.", cure="Reload the page.")
    call(scope, row.recording_id, power=Power.REVIEW)
    told = _reason(reason)
    changed = Recognition.objects.filter(pk=recognition, standing=undone).update(standing=not undone)
    if not changed:
        raise _stands_so(undone)
    Undoing.objects.create(recognition=row, by=scope.actor, at=now(), undone=undone, reason=told)
    record(
        actor=scope.actor,
        action="noise undone" if undone else "noise restored",
        subject=f"recording:{row.recording_id}",
        detail={"kind": row.kind, "start": row.start, "end": row.end, "reason": told},
    )
    return row.recording_id


def _turned_twin(scope: Scope, recording: UUID, reason: str, *, undone: bool) -> None:
    call(scope, recording, power=Power.REVIEW)
    told = _reason(reason)
    row = Twin.objects.filter(recording_id=recording).first()
    if row is None or not Twin.objects.filter(pk=row.pk, standing=undone).update(standing=not undone):
        raise _stands_so(undone)
    Undoing.objects.create(twin=row, by=scope.actor, at=now(), undone=undone, reason=told)
    record(
        actor=scope.actor,
        action="twin undone" if undone else "twin restored",
        subject=f"recording:{recording}",
        detail={"lead": str(row.lead_id), "reason": told},
    )


def _reason(reason: str) -> str:
    told = reason.strip()[:LONGEST_REASON]
    if not told:
        raise Invalid("Say why.", cure="A sentence is enough.")
    return told


def _stands_so(undone: bool) -> Conflict:
    told = "This is undone already." if undone else "This is not undone."
    return Conflict(told, cure="Reload the page to see how it stands.")
