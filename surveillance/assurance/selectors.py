"""Reading drills and incidents, for those who may see to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from detectors.drill_codecs import CLEAN
from detectors.shares import Share
from surveillance.access.scope import Power, Scope
from surveillance.assurance import readings
from surveillance.assurance.judging import CAUSES
from surveillance.assurance.library import Drill, drills
from surveillance.assurance.models import DrillRun, Incident, RunState
from surveillance.core.errors import Missing

DrillState = Literal["passing", "failing", "never"]


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One run of a drill. `passed`: caught by category, or, of an innocent twin, let through."""

    id: UUID
    drill: str
    drill_version: int
    policy: str
    policy_version: int
    category: str
    innocent: bool
    language: str
    surveilled: bool
    codec: str
    rehearsal: bool
    state: str
    asked_at: datetime
    asked_by: str
    judged_at: datetime | None
    seconds: float
    recording: UUID | None
    engine: str
    model_sha256: str
    policies_sha256: str
    reader_sha256: str
    word_error: float | None
    heard: bool
    flagged: bool
    right_category: bool
    by_policy: bool
    bare_category: bool
    bare_policy: bool
    findable: bool
    caught: Sequence[Mapping[str, Any]]
    cause: str
    why: str
    fault: str

    @property
    def judged(self) -> bool:
        return self.state in (RunState.JUDGED, RunState.LOST)

    @property
    def passed(self) -> bool:
        if self.state != RunState.JUDGED:
            return False
        return not self.flagged if self.innocent else self.right_category


@dataclass(frozen=True, kw_only=True)
class DrillRow:
    """One drill of the library and its newest run over each codec, where there is any."""

    drill: Drill
    newest: Mapping[str, RunRow]

    @property
    def last(self) -> RunRow | None:
        judged = [(run.judged_at, run) for run in self.newest.values() if run.judged_at]
        return max(judged, key=lambda pair: pair[0])[1] if judged else None

    @property
    def state(self) -> str:
        """failing before never before passing: what needs a person comes first."""
        runs = list(self.newest.values())
        if not runs:
            return "never"
        return "passing" if all(run.passed for run in runs) else "failing"


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Recall with its 95 % interval, altogether and by slice; `days` is recall of the runs of each day."""

    overall: Share
    false_alarms: Share
    by: Mapping[str, Mapping[str, Share]]
    days: Sequence[tuple[date, Share]]
    missed: Mapping[str, int]
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """One incident as the pages show it."""

    id: int
    kind: str
    subject: str
    title: str
    cure: str
    detail: Mapping[str, Any]
    first_seen: datetime
    last_seen: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    reason: str


def drill_state(policy_id: str, version: int) -> DrillState:
    """Does a policy in this version catch a drill of its own? For the change gate; needs no scope, tells no call.

    A drill passes where its newest judged run over a clean line — sent through, or rehearsed by the version —
    has the policy itself among the reasons.
    """
    rows = DrillRun.objects.filter(
        policy=policy_id, policy_version=version, innocent=False, state=RunState.JUDGED, codec=CLEAN
    ).order_by("judged_at")
    newest = {row.drill: row.by_policy for row in rows}
    if not newest:
        return "never"
    return "passing" if any(newest.values()) else "failing"


def recall(scope: Scope, *, since: datetime | None = None, over: tuple[str, str] | None = None) -> Recall:
    """What the newest runs say together; since 30 days ago where nothing else is asked.

    `days` tells one slice alone where `over` names it, as ("codec", "amr"); its part is one of `readings.SLICES`.

    Raises:
        Refused: the scope may not see drills.
    """
    scope.require(Power.DRILL)
    runs = readings.newest_runs(since=since)
    moments = [run.judged_at for run in runs if run.judged_at]
    missed: dict[str, int] = defaultdict(int)
    for run in runs:
        if run.cause and not run.innocent:
            missed[run.cause] += 1
    return Recall(
        overall=readings.overall(runs),
        false_alarms=readings.false_alarms(runs),
        by={part: readings.recall_by(part, runs) for part in readings.SLICES},
        days=_by_day(since, over),
        missed=dict(sorted(missed.items(), key=lambda pair: -pair[1])),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def _by_day(since: datetime | None, over: tuple[str, str] | None) -> list[tuple[date, Share]]:
    rows = DrillRun.objects.filter(
        rehearsal=False, innocent=False, state__in=[RunState.JUDGED, RunState.LOST]
    )
    part, name = over or ("", "")
    rows = rows.filter(**{part: name}) if part in readings.SLICES else rows
    rows = rows if part == "language" else rows.filter(surveilled=True)
    if since is not None:
        rows = rows.filter(judged_at__gte=since)
    days: dict[date, list[bool]] = defaultdict(list)
    for moment, right in rows.order_by("judged_at").values_list("judged_at", "right_category"):
        if moment is not None:
            days[moment.date()].append(right)
    return [(day, Share(count=sum(some), total=len(some))) for day, some in days.items()]


def library(scope: Scope) -> list[DrillRow]:
    """Every drill with its newest runs, failing ones first.

    Raises:
        Refused: the scope may not see drills. Broken: the library has faults.
    """
    scope.require(Power.DRILL)
    newest: dict[str, dict[str, RunRow]] = defaultdict(dict)
    for run in readings.newest_runs():
        newest[run.drill][run.codec] = _run(run)
    rows = [DrillRow(drill=drill, newest=newest.get(name, {})) for name, drill in drills().items()]
    order = {"failing": 0, "never": 1, "passing": 2}
    return sorted(rows, key=lambda row: (order[row.state], row.drill.innocent, row.drill.id))


def one_drill(scope: Scope, name: str) -> Drill:
    """One drill of the library.

    Raises:
        Refused: the scope may not see drills. Missing: there is none of that name.
    """
    scope.require(Power.DRILL)
    found = drills().get(name)
    if found is None:
        raise Missing("There is no such drill.", cure="It may have been taken out of the library.")
    return found


def runs_of(scope: Scope, drill: str, *, most: int = 50) -> list[RunRow]:
    """The runs of one drill, newest first.

    Raises:
        Refused: the scope may not see drills.
    """
    scope.require(Power.DRILL)
    return [_run(row) for row in DrillRun.objects.filter(drill=drill)[:most]]


def runs(scope: Scope, ids: Sequence[UUID]) -> list[RunRow]:
    """These runs, by drill and codec.

    Raises:
        Refused: the scope may not see drills.
    """
    scope.require(Power.DRILL)
    return [_run(row) for row in DrillRun.objects.filter(pk__in=ids).order_by("drill", "codec")]


def one_run(scope: Scope, run: UUID) -> RunRow:
    """One run.

    Raises:
        Refused: the scope may not see drills. Missing: there is none of that id.
    """
    scope.require(Power.DRILL)
    row = DrillRun.objects.filter(pk=run).first()
    if row is None:
        raise Missing("There is no such run.", cure="Reload the page.")
    return _run(row)


def under_way(scope: Scope) -> list[RunRow]:
    """Runs that wait or are on their way, oldest first.

    Raises:
        Refused: the scope may not see drills.
    """
    scope.require(Power.DRILL)
    open_ = DrillRun.objects.filter(state__in=[RunState.ASKED, RunState.SENT]).order_by("asked_at", "drill")
    return [_run(row) for row in open_]


def to_send(*, most: int) -> list[UUID]:
    """Runs that were asked for and not sent, so many that `most` are under way together; for the beat."""
    room = most - DrillRun.objects.filter(state=RunState.SENT).count()
    waiting = DrillRun.objects.filter(state=RunState.ASKED).order_by("asked_at")
    return list(waiting.values_list("id", flat=True)[: max(room, 0)])


def incidents(scope: Scope, *, closed: bool = False) -> list[IncidentRow]:
    """Open incidents, or the closed ones, newest first.

    Raises:
        Refused: the scope may not see incidents.
    """
    scope.require(Power.DRILL)
    rows = Incident.objects.filter(closed_at__isnull=not closed)
    return [_incident(row) for row in rows[:300]]


def _incident(row: Incident) -> IncidentRow:
    return IncidentRow(**{name: getattr(row, name) for name in IncidentRow.__dataclass_fields__})


def _run(row: DrillRun) -> RunRow:
    names = set(RunRow.__dataclass_fields__) - {"recording", "why"}
    return RunRow(
        **{name: getattr(row, name) for name in names},
        recording=row.recording_id,
        why=row.fault or CAUSES.get(row.cause, ""),
    )
