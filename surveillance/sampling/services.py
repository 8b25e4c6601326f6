"""Drawing a round, judging what was drawn, taking a judgement back, closing a round."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call, desk_of
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid
from surveillance.detection.by_person import raise_by_person
from surveillance.review.hearing import seconds
from surveillance.review.selectors import stretches
from surveillance.sampling import drawing, selectors
from surveillance.sampling.models import Drawn, Judgement, Round, State, Stratum, Verdict
from surveillance.sampling.strata import Plan, Wanted
from surveillance.sampling.told import Heard

LONGEST_REASON = 4000


@transaction.atomic
def draw_round(*, scope: Scope, title: str, wanted: Wanted, seed: str = "") -> int:
    """Freeze the calls without an alert as the frame and draw from it; the number of the round.

    A named seed stands on record as named: whoever may name one could try some until the sample suits.

    Raises:
        Refused: the scope may not draw there. Invalid: no title, or nothing to draw from.
    """
    named = title.strip()[:200]
    if not named:
        raise Invalid("Give the round a name.", cure="For instance: First quarter, all desks.")
    plan = selectors.plan(scope, wanted)
    if not plan.population:
        raise Invalid(
            "There is no screened call without an alert in this span.",
            cure="Choose a longer one, or other desks.",
        )
    used = seed.strip()[:64] or drawing.new_seed()
    frames = {part.key: drawing.frame_of(part.calls) for part in plan.parts}
    frame_hash = drawing.frame_sha256(frames)
    pool = selectors.known_positives(scope, wanted) if wanted.planted else []
    planted = drawing.drawn(pool, wanted.planted, seed=used, frame_hash=frame_hash)
    row = Round.objects.create(
        title=named,
        since=wanted.since,
        until=wanted.until,
        by=list(wanted.by),
        allocation=wanted.allocation,
        seed=used,
        seed_given=bool(seed.strip()),
        frame_sha256=frame_hash,
        pool=drawing.frame_of(pool),
        wanted=wanted.size,
        planted=len(planted),
        unscreened=plan.unscreened,
        drawn_by=scope.actor,
        drawn_at=now(),
    )
    _keep(row, plan, frames, planted)
    record(
        actor=scope.actor,
        action="sample drawn",
        subject=f"round:{row.pk}",
        detail={
            "title": named,
            "calls": plan.size,
            "of": plan.population,
            "strata": len(plan.parts),
            "seed": used,
            "seed_given": row.seed_given,
            "frame_sha256": frame_hash,
        },
    )
    return row.pk


@transaction.atomic
def judge(*, scope: Scope, item: UUID, heard: Heard) -> UUID | None:
    """Keep what somebody heard in a drawn call; the recording where an alert was raised, for the index.

    What was missed becomes an alert at once. A known positive has one already, and the answer does not tell.

    Raises:
        Hidden, Missing: see `selectors.item`. Invalid: the judgement says too little. Conflict: somebody was faster,
        or the round is closed.
    """
    shown = selectors.item(scope, item)
    facts = call(scope, shown.recording, power=Power.REVIEW)
    heard.check(facts.duration)
    row = Drawn.objects.select_for_update().select_related("round").get(pk=item)
    if row.round.state != State.OPEN:
        raise Conflict("This round is closed.", cure="Go back to the rounds.", subject=f"drawn:{item}")
    if row.judgements.filter(standing=True).exists():
        raise Conflict("This call was judged meanwhile.", cure="Go on to the next.", subject=f"drawn:{item}")
    missed = heard.verdict == Verdict.MISSED
    kept = Judgement.objects.create(
        item=row,
        reviewer=scope.actor,
        at=now(),
        verdict=heard.verdict,
        category=heard.category if missed else "",
        start=heard.start if missed else None,
        end=heard.end if missed else None,
        words=heard.words.strip() if missed else "",
        reason=heard.reason.strip()[:LONGEST_REASON],
        seconds_heard=seconds(stretches(shown.recording, scope.actor)),
        unblinded=selectors.has_looked(scope.actor, shown.recording),
    )
    record(
        actor=scope.actor,
        action="sample judged",
        subject=f"drawn:{item}",
        detail={
            "round": row.round_id,
            "verdict": heard.verdict,
            "category": kept.category,
            "seconds_heard": round(kept.seconds_heard, 1),
            "unblinded": kept.unblinded,
        },
    )
    raised = None
    if missed and row.stratum_id is not None:
        raised = raise_by_person(
            scope=scope,
            recording=shown.recording,
            category=heard.category,
            start=heard.start or 0.0,
            end=heard.end or 0.0,
            words=heard.words,
            reason=heard.reason,
        )
    _close_when_heard(row.round)
    return shown.recording if raised is not None else None


@transaction.atomic
def take_back(*, scope: Scope, item: UUID, reason: str) -> None:
    """Take a judgement back, so that the call is heard again; the judgement stays on record.

    An alert it raised stays too: it is decided in the queue like any other.

    Raises:
        Hidden, Missing: see `selectors.item`. Refused: the scope does not draw on this desk. Invalid: no reason.
        Conflict: nothing stands, or the round is closed.
    """
    shown = selectors.item(scope, item)
    scope.require(Power.SAMPLE, shown.desk, subject=f"drawn:{item}")
    if not reason.strip():
        raise Invalid("Say why.", cure="One sentence is enough.")
    if not shown.open:
        raise Conflict("This round is closed.", cure="Draw another.", subject=f"drawn:{item}")
    changed = Judgement.objects.filter(item=item, standing=True).update(
        standing=False,
        taken_back_by=scope.actor,
        taken_back_at=now(),
        taken_back_because=reason.strip()[:LONGEST_REASON],
    )
    if not changed:
        raise Conflict("No judgement stands on this call.", cure="Reload the page.", subject=f"drawn:{item}")
    record(
        actor=scope.actor,
        action="sample re-opened",
        subject=f"drawn:{item}",
        detail={"reason": reason.strip()},
    )


@transaction.atomic
def close_round(*, scope: Scope, round_number: int, reason: str) -> None:
    """Close a round before all of it was heard: from then on what was not heard counts as missed.

    Raises:
        Refused, Hidden, Missing: the scope may not. Invalid: no reason. Conflict: it is closed.
    """
    shown = selectors.round_of(scope, round_number)
    for desk in {row.desk for row in shown.strata}:
        scope.require(Power.SAMPLE, desk, subject=f"round:{round_number}")
    if not reason.strip():
        raise Invalid("Say why it is closed early.", cure="One sentence is enough.")
    _close(round_number, actor=scope.actor, reason=reason.strip()[:LONGEST_REASON])


def _keep(row: Round, plan: Plan, frames: dict[str, str], planted: list[UUID]) -> None:
    chosen: dict[UUID, Stratum | None] = dict.fromkeys(planted)
    for part in plan.parts:
        stratum = Stratum.objects.create(
            round=row,
            key=part.key,
            name=part.name,
            desk=part.desk,
            population=part.population,
            flagged=part.flagged,
            drawn=part.size,
            frame=frames[part.key],
        )
        picked = drawing.drawn(part.calls, part.size, seed=row.seed, frame_hash=row.frame_sha256)
        chosen |= dict.fromkeys(picked, stratum)
    ordered = drawing.in_order(list(chosen), seed=row.seed, frame_hash=row.frame_sha256)
    Drawn.objects.bulk_create(
        Drawn(
            round=row,
            stratum=of,
            recording_id=recording,
            desk=of.desk if of else desk_of(recording),
            place=place,
        )
        for place, (recording, of) in enumerate(((one, chosen[one]) for one in ordered), start=1)
    )


def _close_when_heard(row: Round) -> None:
    if not row.items.exclude(judgements__standing=True).exists():
        _close(row.pk, actor="program:sampling", reason="")


def _close(number: int, *, actor: str, reason: str) -> None:
    changed = Round.objects.filter(pk=number, state=State.OPEN).update(
        state=State.CLOSED, closed_by=actor, closed_at=now(), reason=reason
    )
    if not changed:
        raise Conflict("This round is closed.", cure="Reload the page.", subject=f"round:{number}")
    record(actor=actor, action="sample closed", subject=f"round:{number}", detail={"reason": reason})
