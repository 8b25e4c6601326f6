"""What the drills say of a change: recall before and after, and whether a policy's own drill passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.screen import Screener
from detectors.shares import Share
from surveillance.access.scope import Scope
from surveillance.assurance.judging import Verdict
from surveillance.assurance.library import drills
from surveillance.assurance.selectors import drill_state
from surveillance.assurance.services import rehearse
from surveillance.rulebook.editions import POLICY, Edition

AT_ONCE = 8
STATES = {
    "passing": "its drill passes",
    "failing": "its drill fails",
    "never": "its drill never came through",
    "none": "no drill is spoken for it",
}
CURES = {
    "failing": "Widen it until its drill is heard, or correct the drill; then run the back-test again.",
    "never": "Run manage.py drill {}, then the back-test again.",
    "none": "Write one in policies/drills and run manage.py drill {}, then the back-test again.",
}


@dataclass(frozen=True, kw_only=True)
class DrillRecall:
    """Drills caught in the right category before and after; None where no drill has come through yet."""

    before: Share
    after: Share
    false_before: int
    false_after: int


def rehearsed(scope: Scope, before: Screener, after: Screener, policies: Sequence[str]) -> dict[str, Any]:
    """Let both sets read what was heard of these policies' drills; what the page shows of it, as JSON."""
    told: dict[str, Any] = {"before": [0, 0, 0], "after": [0, 0, 0]}
    # Few at a time: each reading holds the database's one pen. The later set reads last, for `state_of` rests on it.
    for some in (policies[at : at + AT_ONCE] for at in range(0, len(policies), AT_ONCE)):
        for side, screener in (("before", before), ("after", after)):
            read = _counted(rehearse(scope=scope, screener=screener, policies=some))
            told[side] = [have + more for have, more in zip(told[side], read, strict=True)]
    return told


def recall_of(counts: Mapping[str, Any]) -> DrillRecall | None:
    """The recall that a run's counts hold."""
    if not counts or not counts["after"][1]:
        return None
    before, after = (Share(count=counts[side][0], total=counts[side][1]) for side in ("before", "after"))
    return DrillRecall(
        before=before, after=after, false_before=counts["before"][2], false_after=counts["after"][2]
    )


def state_of(name: str, version: int) -> str:
    """passing, failing, never (its drills never came through), or none (there is no drill for it)."""
    spoken = any(drill.policy == name and not drill.innocent for drill in drills().values())
    return drill_state(name, version) if spoken else "none"


def untried(edition: Edition, replaced: Edition | None) -> str:
    """Why a drill stands against an edition, or nothing. A policy that hears as before needs no new one."""
    if edition.kind != POLICY or (replaced is not None and replaced.meaning == edition.meaning):
        return ""
    state = state_of(edition.name, edition.version)
    return "" if state == "passing" else state


def _counted(verdicts: Sequence[Verdict]) -> list[int]:
    """Caught in the right category, drills that should have been, and innocent twins that were flagged."""
    caught = sum(verdict.right_category and not verdict.cause for verdict in verdicts)
    missed = sum(verdict.cause not in ("", "false alarm", "language") for verdict in verdicts)
    return [caught, caught + missed, sum(verdict.cause == "false alarm" for verdict in verdicts)]
