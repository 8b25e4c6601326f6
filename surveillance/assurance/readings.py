"""What the runs of drills say together: recall by policy, category, codec and language, and drills that were lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from detectors.drill_codecs import CLEAN
from detectors.shares import Share
from surveillance.assurance.models import DrillRun, RunState
from surveillance.core.clock import now

FRESH = timedelta(days=30)  # a run older than this says little of today
SLICES: Mapping[str, str] = {
    "policy": "Policy",
    "category": "Category",
    "codec": "Line and codec",
    "language": "Language",
}


@dataclass(frozen=True, kw_only=True)
class LostDrill:
    """A drill that was caught before and no longer is."""

    drill: str
    policy: str
    run: UUID
    cause: str


def newest_runs(*, since: datetime | None = None) -> list[DrillRun]:
    """Of each drill over each codec the newest run through the production path that was judged or lost."""
    rows = DrillRun.objects.filter(rehearsal=False, state__in=[RunState.JUDGED, RunState.LOST])
    rows = rows.filter(judged_at__gte=since or now() - FRESH).order_by("judged_at", "asked_at")
    return list({(row.drill, row.codec): row for row in rows}.values())


def caught(run: DrillRun, part: str) -> bool:
    """Was it caught — by its own policy where recall is told by policy, else with its category?"""
    return run.by_policy if part == "policy" else run.right_category


def recall_by(part: str, runs: Iterable[DrillRun] | None = None) -> dict[str, Share]:
    """Recall over the newest runs, by `part` of SLICES. Innocent twins and languages not surveilled stay out,
    but for the slice by language, which is there to show them."""
    found: dict[str, list[bool]] = defaultdict(list)
    for run in newest_runs() if runs is None else runs:
        if not run.innocent and (run.surveilled or part == "language"):
            found[str(getattr(run, part))].append(caught(run, part))
    return {name: Share(count=sum(some), total=len(some)) for name, some in sorted(found.items())}


def overall(runs: Iterable[DrillRun]) -> Share:
    """Recall over all newest runs of misconduct in a surveilled language."""
    some = [run.right_category for run in runs if not run.innocent and run.surveilled]
    return Share(count=sum(some), total=len(some))


def false_alarms(runs: Iterable[DrillRun]) -> Share:
    """Innocent twins on which anything was found."""
    some = [run.flagged for run in runs if run.innocent and run.state == RunState.JUDGED]
    return Share(count=sum(some), total=len(some))


def lost_drills() -> list[LostDrill]:
    """Drills over a clean line whose newest judged run misses what an earlier one of the same text caught."""
    rows = DrillRun.objects.filter(
        rehearsal=False, state=RunState.JUDGED, innocent=False, surveilled=True, codec=CLEAN
    ).order_by("judged_at")
    history: dict[tuple[str, str], list[DrillRun]] = defaultdict(list)
    for row in rows:
        history[(row.drill, row.drill_sha256)].append(row)
    newest = dict(history.keys())
    return [
        LostDrill(drill=runs[-1].drill, policy=runs[-1].policy, run=runs[-1].id, cause=runs[-1].cause)
        for (drill, sha256), runs in history.items()
        if newest[drill] == sha256 and not runs[-1].by_policy and any(run.by_policy for run in runs[:-1])
    ]
