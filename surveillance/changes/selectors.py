"""Reading changes, their runs over the archive and what these found, each person within their desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet

from surveillance.access.scope import Power, Scope
from surveillance.changes.drills import CURES, STATES, DrillRecall, recall_of, untried
from surveillance.changes.models import Change, Outcome, Part, Purpose, Run, RunState, State
from surveillance.changes.proposals import hash_with
from surveillance.changes.walking import Counts
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Missing
from surveillance.rulebook import selectors as rulebook
from surveillance.rulebook.editions import POLICY, Edition

PAGE = 30


@dataclass(frozen=True, kw_only=True)
class PartRow:
    """One name within a change: what it would be, and what it replaces; `edition` None: it is retired."""

    kind: str
    name: str
    edition: Edition | None
    replaces: Edition | None

    @property
    def deed(self) -> str:
        """What the change does to it."""
        if self.edition is None:
            return "retired"
        return "changed" if self.replaces else "new"


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """A walk over the archive, as far as it has come."""

    number: int
    change: int
    purpose: str
    state: str
    state_name: str
    asked_by: str
    asked_at: datetime
    since: datetime | None
    until: datetime | None
    sample: int
    seed: int
    archive: int
    total: int
    done: int
    seconds: float
    ended_at: datetime | None
    fault: str
    counts: Counts
    stale: bool

    @property
    def share(self) -> float:
        """How much of it lies behind, 0–1."""
        return self.done / self.total if self.total else 1.0

    @property
    def running(self) -> bool:
        return self.state == RunState.RUNNING

    @property
    def finished(self) -> bool:
        return self.state == RunState.DONE

    @property
    def left(self) -> float | None:
        """Seconds of work left at the pace so far; None before there is one."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None

    @property
    def drills(self) -> DrillRecall | None:
        """Recall of the changed policies' drills; None while none has come through."""
        return recall_of(self.counts.drills)

    @property
    def per_hundred(self) -> tuple[float, float]:
        """Alerts in a hundred calls, before and after."""
        calls = self.counts.calls or 1
        return tuple(100 * alerts / calls for alerts in self.counts.alerts)  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """A change as the list shows it."""

    number: int
    title: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str
    state_name: str
    decided_by: str
    decided_at: datetime | None
    decision: str
    effective_from: datetime | None
    parts: tuple[PartRow, ...]
    runs: tuple[RunRow, ...]

    @property
    def back_test(self) -> RunRow | None:
        """The newest back-test, whatever its state."""
        return next((run for run in self.runs if run.purpose == Purpose.BACK_TEST), None)

    @property
    def scan(self) -> RunRow | None:
        """The newest retro-scan."""
        return next((run for run in self.runs if run.purpose == Purpose.RETRO_SCAN), None)


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something that stands between a change and its being put in force, and the cure."""

    says: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the asker may do about a change now."""

    may_activate: bool
    may_withdraw: bool
    may_test: bool
    may_scan: bool
    why_not: str
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One call that a change makes a difference to. The findings hold words: only for who may listen there."""

    recording: UUID
    desk: str
    started_at: datetime
    effect: str
    gained: Sequence[Mapping[str, Any]]
    lost: Sequence[Mapping[str, Any]]
    risk_before: float
    risk_after: float

    @property
    def second(self) -> float:
        """From which second to listen: a little before the first finding that came or went."""
        starts = [float(finding["start"]) for finding in (*self.gained, *self.lost)]
        return max(0.0, min(starts, default=0.0) - 1.0)


def changes(scope: Scope, *, state: str = "", page: int = 1) -> tuple[list[ChangeRow], int]:
    """Changes, newest first, and how many there are in all.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    found = _whole().filter(state=state) if state else _whole()
    total = found.count()
    return [_change(row) for row in found[(page - 1) * PAGE : page * PAGE]], total


def tally(scope: Scope) -> dict[str, int]:
    """How many changes are in each state.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    counted = Change.objects.order_by("state").values("state").annotate(many=Count("pk"))
    return {row["state"]: row["many"] for row in counted}


def change(scope: Scope, number: int) -> ChangeRow:
    """One change, with its runs.

    Raises:
        Refused: the asker may not read policies. Missing: there is none of that number.
    """
    scope.require(Power.RULES, subject=f"change:{number}")
    return _change(row_of(number))


def changes_of(scope: Scope, name: str) -> list[ChangeRow]:
    """Every change that a policy was part of, newest first.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    return [_change(row) for row in _whole().filter(parts__name=name).distinct()]


def standing(scope: Scope, row: ChangeRow) -> Standing:
    """What the asker may do about a change, and what stands in the way."""
    open_ = row.state == State.PROPOSED
    own = row.proposed_by == scope.actor
    activates, proposes = scope.may(Power.ACTIVATE), scope.may(Power.PROPOSE)
    blocked = tuple(obstacles(row.number)) if open_ else ()
    why_not = ""
    if open_ and not activates:
        why_not = "A supervisor must put it in force."
    elif open_ and own:
        why_not = "You proposed this change; a second person must put it in force."
    return Standing(
        may_activate=open_ and activates and not own and not blocked,
        may_withdraw=open_ and (own or activates),
        may_test=open_ and proposes,
        may_scan=row.state == State.ACTIVE and activates,
        why_not=why_not,
        obstacles=blocked,
    )


def obstacles(number: int) -> list[Obstacle]:
    """Everything that stands between a change and its being put in force, whoever asks."""
    row = row_of(number)
    found = list(_moved_on(row))
    test = row.runs.filter(purpose=Purpose.BACK_TEST).first()
    if test is None:
        found.append(Obstacle(says="It has not been tried on the archive.", cure="Run a back-test."))
    elif test.state == RunState.RUNNING:
        found.append(Obstacle(says="Its back-test is under way.", cure="Wait until it has ended."))
    elif test.state != RunState.DONE:
        found.append(Obstacle(says="Its back-test was not finished.", cure="Run it again."))
    elif _stale(test):
        found.append(
            Obstacle(
                says="Other policies came into force after its back-test.",
                cure="Run the back-test again, so that it tells what will be.",
            )
        )
    return [*found, *_untried(row)]


def _untried(row: Change) -> list[Obstacle]:
    """Policies whose own drill does not pass. FCA Market Watch 79: alert logic that was never tested found nothing."""
    keys = [key for part in row.parts.all() for key in (part.edition_id, part.replaces_id) if key is not None]
    editions = rulebook.editions_by_id(keys)
    found = []
    for part in row.parts.all():
        edition = editions.get(part.edition_id or 0)
        state = untried(edition, editions.get(part.replaces_id or 0)) if edition else ""
        if state:
            found.append(Obstacle(says=f"{part.name}: {STATES[state]}.", cure=CURES[state].format(part.name)))
    return found


def _moved_on(row: Change) -> list[Obstacle]:
    moved = []
    for part in row.parts.all():
        now_standing = rulebook.one_in_force(part.kind, part.name)
        if (now_standing.id if now_standing else None) != part.replaces_id:
            moved.append(part.name)
    if not moved:
        return []
    return [
        Obstacle(
            says=f"{', '.join(moved)} changed since this was proposed.",
            cure="Withdraw it and propose it anew against what is in force.",
        )
    ]


def examples(
    scope: Scope, run: int, *, effect: str, most: int = 12, skip: int = 0
) -> tuple[list[Example], int, int]:
    """Calls of one effect on the asker's desks; how many there are of them there, and how many on every desk.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    found = Outcome.objects.filter(run_id=run, effect=effect)
    everywhere = found.count()
    reach = scope.desks(Power.LISTEN)
    if not reach.every:
        found = found.filter(desk__in=reach.slugs)
    rows = [
        Example(
            recording=row.recording_id,
            desk=row.desk,
            started_at=row.started_at,
            effect=row.effect,
            gained=row.gained,
            lost=row.lost,
            risk_before=row.risk_before,
            risk_after=row.risk_after,
        )
        for row in found[skip : skip + most]
    ]
    return rows, found.count(), everywhere


def row_of(number: int, *, locked: bool = False) -> Change:
    """The change itself, for this room's services.

    Raises:
        Missing: there is none of that number.
    """
    if locked:
        Change.objects.select_for_update().filter(pk=number).first()
    row = _whole().filter(pk=number).first()
    if row is None:
        raise Missing("There is no such change.", cure="Look at the list of changes.")
    return row


def run_row(number: int) -> Run:
    """A run itself, for this room's services.

    Raises:
        Missing: there is none of that number.
    """
    row = Run.objects.defer("frame").filter(pk=number).first()
    if row is None:
        raise Missing("There is no such run.", cure="Look at the change's page.")
    return row


def run(scope: Scope, number: int) -> RunRow:
    """One run.

    Raises:
        Refused: the asker may not read policies. Missing: there is none of that number.
    """
    scope.require(Power.RULES)
    return _run(run_row(number))


def runs(scope: Scope, number: int) -> list[RunRow]:
    """Every run of a change, newest first.

    Raises:
        Refused: the asker may not read policies. Missing: there is no such change.
    """
    return list(change(scope, number).runs)


def standing_still(*, patience: float) -> list[int]:
    """Runs that go on and that no step has touched for so many seconds. For Earshot's own programs."""
    before = now() - timedelta(seconds=patience)
    rows = Run.objects.filter(state=RunState.RUNNING, touched_at__lt=before)
    return list(rows.values_list("pk", flat=True))


def both_sides(row: Change, *, scan: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hashes of the policies without the change and with it.

    Raises:
        Conflict: the change is in force and takes effect only later.
    """
    if scan:
        since = row.effective_from
        if since is None or since > now():
            raise Conflict("This change is not in force yet.", cure="Scan when it has taken effect.")
        return rulebook.mark(since - timedelta(microseconds=1)), rulebook.mark()
    parts = list(row.parts.all())
    brought = rulebook.editions_by_id(part.edition_id for part in parts if part.edition_id is not None)
    retired = [part.name for part in parts if part.edition_id is None and part.kind == POLICY]
    return rulebook.mark(), hash_with(rulebook.in_force(POLICY), list(brought.values()), retired)


def _stale(test: Run) -> bool:
    return tuple(test.before) != rulebook.mark()


def _whole() -> QuerySet[Change]:
    runs_of = Run.objects.defer("frame").order_by("-pk")
    return Change.objects.order_by("-pk").prefetch_related("parts", Prefetch("runs", runs_of))


def _change(row: Change) -> ChangeRow:
    parts: list[Part] = list(row.parts.all())
    keys = {key for part in parts for key in (part.edition_id, part.replaces_id) if key is not None}
    editions = rulebook.editions_by_id(keys)
    return ChangeRow(
        number=row.pk,
        title=row.title,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        state=row.state,
        state_name=State(row.state).label,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision=row.decision,
        effective_from=row.effective_from,
        parts=tuple(
            PartRow(
                kind=part.kind,
                name=part.name,
                edition=editions.get(part.edition_id or 0),
                replaces=editions.get(part.replaces_id or 0),
            )
            for part in parts
        ),
        runs=tuple(_run(one, stale=row.state == State.PROPOSED) for one in row.runs.all()),
    )


def _run(row: Run, *, stale: bool = False) -> RunRow:
    return RunRow(
        number=row.pk,
        change=row.change_id,
        purpose=row.purpose,
        state=row.state,
        state_name=RunState(row.state).label,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        since=row.since,
        until=row.until,
        sample=row.sample,
        seed=row.seed,
        archive=row.archive,
        total=row.total,
        done=row.done,
        seconds=row.seconds,
        ended_at=row.ended_at,
        fault=row.fault,
        counts=Counts.from_json(row.counts),
        stale=stale and row.state == RunState.DONE and _stale(row),
    )
