"""Proposing a change, trying it on the archive, putting it in force by a second person, withdrawing it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from uuid import UUID

from django.db import transaction

from surveillance.access.scope import Power, Scope, program
from surveillance.audit.services import record
from surveillance.changes import selectors
from surveillance.changes.comparing import Comparison, told
from surveillance.changes.drawing import drawn
from surveillance.changes.drills import rehearsed
from surveillance.changes.models import Change, Outcome, Part, Purpose, Run, RunState, State
from surveillance.changes.proposals import Proposal, checked
from surveillance.changes.walking import Counts, Touched, step
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Fault, Invalid, Refused
from surveillance.detection.rules import screener_of
from surveillance.rulebook import selectors as rulebook
from surveillance.rulebook.services import enact, open_book, propose_edition
from surveillance.transcription.lines import newest_versions
from surveillance.transcription.services import fill_tokens

CALLS_A_STEP = 400
# A step silent for so long has died; another worker takes the run up where the last whole step ended.
LEASE = timedelta(seconds=120)
BACK_TEST, RETRO_SCAN = str(Purpose.BACK_TEST), str(Purpose.RETRO_SCAN)
NAMES = {BACK_TEST: "back-test", RETRO_SCAN: "retro-scan"}


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Which calls a run is to walk over; `sample` 0 is all of them."""

    since: datetime | None = None
    until: datetime | None = None
    sample: int = 0
    seed: int = 0


@transaction.atomic
def propose(*, scope: Scope, proposal: Proposal) -> int:
    """Propose a change and return its number. Nothing is in force by it.

    Raises:
        Refused: the asker may not propose. Invalid: no reason, nothing that differs, or a policy that breaks
            a law; everything that is wrong is told.
    """
    scope.require(Power.PROPOSE, subject="changes")
    if not proposal.reason.strip():
        raise Invalid("A change needs a reason.", cure="Say why it is proposed.")
    open_book()
    for wording in proposal.wordings:
        checked(wording)
    keys = [
        propose_edition(scope=scope, wording=wording, reason=proposal.reason) for wording in proposal.wordings
    ]
    brought = rulebook.editions_by_id([*keys, *proposal.editions])
    change = Change.objects.create(
        title=proposal.title.strip()[:200] or "Change",
        reason=proposal.reason.strip(),
        proposed_by=scope.actor,
        proposed_at=now(),
    )
    made = [_part(change, edition.kind, edition.name, edition.id) for edition in brought.values()]
    made += [_part(change, kind, name, None) for kind, name in proposal.retired]
    if not any(made):
        raise Invalid("Nothing in it differs from what is in force.", cure="Change the text first.")
    record(
        actor=scope.actor,
        action="change proposed",
        subject=f"change:{change.pk}",
        detail={
            "title": change.title,
            "reason": change.reason,
            "parts": [part.name for part in made if part],
        },
    )
    return change.pk


def _part(change: Change, kind: str, name: str, edition: int | None) -> Part | None:
    """One part; None where that edition is in force already, or what is to be retired is not."""
    standing = rulebook.one_in_force(kind, name)
    replaced = standing.id if standing else None
    if edition == replaced:
        return None
    return Part.objects.create(change=change, kind=kind, name=name, edition_id=edition, replaces_id=replaced)


@transaction.atomic
def withdraw(*, scope: Scope, change: int, reason: str) -> None:
    """Take a proposal back; it stays on record.

    Raises:
        Refused: neither the proposer nor someone who may put it in force. Conflict: it is decided already.
    """
    row = _open(scope, change)
    if row.proposed_by != scope.actor:
        scope.require(Power.ACTIVATE, subject=f"change:{change}")
    if not reason.strip():
        raise Invalid("A withdrawal needs a reason.", cure="Say why in a sentence.")
    _decide(row, scope, State.WITHDRAWN, reason)
    Run.objects.filter(change=row, state=RunState.RUNNING).update(state=RunState.CANCELLED, ended_at=now())
    record(
        actor=scope.actor, action="change withdrawn", subject=f"change:{change}", detail={"reason": reason}
    )


@transaction.atomic
def activate(*, scope: Scope, change: int, reason: str, effective_from: datetime | None = None) -> datetime:
    """Put a change in force, now or from a moment to come; return from when on.

    Four eyes: whoever proposed it may not. FCA Market Watch 79: not before it was tried on the archive.

    Raises:
        Refused: the asker may not, or proposed it. Conflict: decided already, no back-test of it stands, a drill
            fails, or what it replaces has moved on. Invalid: no reason.
    """
    row = _open(scope, change)
    scope.require(Power.ACTIVATE, subject=f"change:{change}")
    if row.proposed_by == scope.actor:
        raise Refused(
            "You proposed this change; a second person must put it in force.",
            cure="Ask another supervisor.",
            subject=f"change:{change}",
        )
    if not reason.strip():
        raise Invalid("A decision needs a reason.", cure="Say why in a sentence.")
    obstacles = selectors.obstacles(change)
    if obstacles:
        raise Conflict(obstacles[0].says, cure=obstacles[0].cure, subject=f"change:{change}")
    parts = list(row.parts.all())
    since = enact(
        scope=scope,
        editions=[part.edition_id for part in parts if part.edition_id is not None],
        retired=[(part.kind, part.name) for part in parts if part.edition_id is None],
        reason=reason,
        effective_from=effective_from,
        change=change,
    )
    row.effective_from = since
    _decide(row, scope, State.ACTIVE, reason)
    record(
        actor=scope.actor,
        action="change put in force",
        subject=f"change:{change}",
        detail={"reason": reason, "from": since, "proposed_by": row.proposed_by},
    )
    return since


@transaction.atomic
def begin(*, scope: Scope, change: int, walk: Walk, purpose: str = BACK_TEST) -> int:
    """Begin a back-test of a proposal, or a retro-scan of what was put in force; return the run's number.

    Raises:
        Refused: the asker may not propose; for a retro-scan, not activate. Conflict: one is running already, or
            the change is not in a state for it.
    """
    scan = purpose == Purpose.RETRO_SCAN
    scope.require(Power.ACTIVATE if scan else Power.PROPOSE, subject=f"change:{change}")
    row = selectors.row_of(change, locked=True)
    if scan != (row.state == State.ACTIVE):
        raise Conflict(
            "Only a change in force is scanned for; one that is proposed is back-tested.",
            cure="Reload the page.",
            subject=f"change:{change}",
        )
    if row.runs.filter(state=RunState.RUNNING).exists():
        raise Conflict("A run of this change is under way.", cure="Wait for it, or cancel it.")
    before, after = selectors.both_sides(row, scan=scan)
    found = newest_versions(since=walk.since, until=walk.until)
    frame = drawn(found, walk.sample, walk.seed)
    moment = now()
    run = Run.objects.create(
        change=row,
        purpose=purpose,
        asked_by=scope.actor,
        asked_at=moment,
        touched_at=moment,
        since=walk.since,
        until=walk.until,
        sample=walk.sample,
        seed=walk.seed,
        before=list(before),
        after=list(after),
        archive=len(found),
        frame=frame,
        total=len(frame),
        counts=Counts().as_json(),
    )
    record(
        actor=scope.actor,
        action=f"{NAMES[purpose]} begun",
        subject=f"change:{change}",
        detail={"run": run.pk, "calls": run.total, "sample": walk.sample, "seed": walk.seed},
    )
    return run.pk


@transaction.atomic
def cancel(*, scope: Scope, run: int) -> None:
    """Stop a run; what it has counted so far stays, and no decision may rest on it.

    Raises:
        Refused: the asker may not propose. Conflict: it has ended.
    """
    row = selectors.run_row(run)
    scope.require(Power.PROPOSE, subject=f"change:{row.change_id}")
    moment = now()
    if not Run.objects.filter(pk=run, state=RunState.RUNNING).update(
        state=RunState.CANCELLED, ended_at=moment, holder=""
    ):
        raise Conflict("This run has ended.", cure="Reload the page.", subject=f"change:{row.change_id}")
    record(actor=scope.actor, action="run cancelled", subject=f"change:{row.change_id}", detail={"run": run})


def advance(*, run: int, seconds: float = 4.0, screen_again: Callable[[UUID], None] | None = None) -> bool:
    """Walk on for about so many seconds, and tell whether more is to do. A killed worker costs one step.

    Each step is kept as it ends. Of a retro-scan, `screen_again` is called for every call the change touches, in
    the step's own transaction: none of them is forgotten. Only the end is on record: a step decides nothing.
    """
    holder = uuid.uuid4().hex
    if not _take(run, holder):
        return False
    began = monotonic()
    while True:
        state = _step(run, holder, screen_again)
        if state is not RunState.RUNNING:
            return False
        if monotonic() - began > seconds:
            Run.objects.filter(pk=run, holder=holder).update(holder="", touched_at=now())
            return True


def halt(*, run: int, fault: Fault) -> None:
    """Mark a run that cannot go on, with the reason; a person begins it anew when the reason is gone."""
    moment = now()
    with transaction.atomic():
        halted = Run.objects.filter(pk=run, state=RunState.RUNNING).update(
            state=RunState.FAILED, fault=str(fault), holder="", ended_at=moment
        )
        if halted:
            row = selectors.run_row(run)
            record(
                actor=program(NAMES[row.purpose]).actor,
                action=f"{NAMES[row.purpose]} came to a halt",
                subject=f"change:{row.change_id}",
                detail={"run": run, "fault": fault.message},
            )


def _take(run: int, holder: str) -> bool:
    moment = now()
    free = Run.objects.filter(pk=run, state=RunState.RUNNING)
    free = free.filter(holder="") | free.filter(touched_at__lt=moment - LEASE)
    return bool(free.update(holder=holder, touched_at=moment))


def _step(run: int, holder: str, screen_again: Callable[[UUID], None] | None) -> RunState:
    began = monotonic()
    row = Run.objects.get(pk=run)
    versions = row.frame[row.done : row.done + CALLS_A_STEP]
    fill_tokens(versions=versions)
    counts = Counts.from_json(row.counts)
    comparison = _comparison(tuple(row.before), tuple(row.after))
    found = step(comparison, versions, counts)
    done = row.done + len(versions)
    finished = done >= row.total
    if finished and row.purpose == Purpose.BACK_TEST:
        counts.drills = rehearsed(
            program("back-test"), comparison.before, comparison.after, comparison.policies
        )
    with transaction.atomic():
        # Lost to another worker, cancelled, withdrawn: what this step found must not stand.
        mine = Run.objects.filter(pk=run, holder=holder, state=RunState.RUNNING, done=row.done)
        told_now = {
            "done": done,
            "counts": counts.as_json(),
            "seconds": row.seconds + monotonic() - began,
            "touched_at": now(),
        }
        if finished:
            told_now |= {"state": RunState.DONE, "ended_at": now(), "holder": ""}
        if not mine.update(**told_now):
            return RunState.CANCELLED
        Outcome.objects.bulk_create(_outcome(run, one) for one in found)
        if screen_again is not None and row.purpose == Purpose.RETRO_SCAN:
            for one in found:
                screen_again(one.line.recording)
        if finished:
            _record_end(row, counts)
    return RunState.DONE if finished else RunState.RUNNING


@lru_cache(maxsize=4)
def _comparison(before: tuple[str, ...], after: tuple[str, ...]) -> Comparison:
    return Comparison(screener_of(before), screener_of(after))


def _outcome(run: int, one: Touched) -> Outcome:
    before, after = one.compared.risks
    return Outcome(
        run_id=run,
        recording_id=one.line.recording,
        desk=one.line.desk,
        started_at=one.line.started_at,
        effect=one.compared.effect,
        gained=[told(finding) for finding in one.compared.gained],
        lost=[told(finding) for finding in one.compared.lost],
        risk_before=before,
        risk_after=after,
    )


def _record_end(row: Run, counts: Counts) -> None:
    record(
        actor=program(NAMES[row.purpose]).actor,
        action=f"{NAMES[row.purpose]} finished",
        subject=f"change:{row.change_id}",
        detail={"run": row.pk, "calls": counts.calls, "gained": counts.gained, "lost": counts.lost},
    )


def _open(scope: Scope, change: int) -> Change:
    scope.require(Power.RULES, subject=f"change:{change}")
    row = selectors.row_of(change, locked=True)
    if row.state != State.PROPOSED:
        raise Conflict("This change has been decided.", cure="Reload the page.", subject=f"change:{change}")
    return row


def _decide(row: Change, scope: Scope, state: State, reason: str) -> None:
    row.state, row.decided_by, row.decided_at, row.decision = state, scope.actor, now(), reason.strip()
    row.save()
