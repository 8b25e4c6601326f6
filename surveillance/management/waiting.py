"""Waiting for recordings to get through, with bars; or taking them through in this very process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from surveillance.access.scope import program
from surveillance.capture.selectors import progress_of
from surveillance.pipeline import NAMES, ORDER, pass_through

PATIENCE = 300.0  # seconds without movement after which waiting ends
UNEASE = 20.0  # seconds without movement after which we say what may be wrong
POLL = 0.5
CURE = "Nothing moves. Is a worker running? Start one with `make serve`, or run ingest with --here."


@dataclass(frozen=True, kw_only=True)
class Way:
    """How far one recording came."""

    recording: UUID
    stages: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    cure: str = ""

    @property
    def through(self) -> bool:
        return all(self.stages.get(name) == "done" for name in NAMES)

    @property
    def failed(self) -> bool:
        return "failed" in self.stages.values()

    @property
    def word(self) -> str:
        return "through" if self.through else "failed" if self.failed else "on its way"


def here(recordings: Sequence[UUID]) -> None:
    """Do every stage that is left of each recording, one after the other, in this process."""
    for recording in recordings:
        for stage in ORDER:
            if not _done(recording, stage.name) and not pass_through(recording, stage):
                break


def waited(recordings: Sequence[UUID], notes: Console, *, patience: float) -> list[Way]:
    """Wait until each recording is through or has failed, or nothing has moved for `patience` seconds."""
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes, disable=not notes.is_terminal, transient=True) as bars:
        tasks = {name: bars.add_task(name, total=len(recordings)) for name in NAMES}
        settled: dict[UUID, Way] = {}
        last, moved, uneasy = "", time.monotonic(), False
        while True:
            ways = [settled.get(recording) or way_of(recording) for recording in recordings]
            settled |= {way.recording: way for way in ways if way.through or way.failed}
            for name, task in tasks.items():
                bars.update(task, completed=sum(way.stages.get(name) == "done" for way in ways))
            seen = repr([way.stages for way in ways])
            if seen != last:
                last, moved = seen, time.monotonic()
            still = time.monotonic() - moved
            if len(settled) == len(ways):
                return ways
            if still > min(UNEASE, patience) and not uneasy and "running" not in seen:
                notes.print(CURE)
                uneasy = True
            if still > patience:
                return ways
            time.sleep(POLL)


def way_of(recording: UUID) -> Way:
    """How far a recording is now."""
    rows = progress_of(program("ingest"), recording)
    failed = next((row for row in rows if row.state == "failed"), None)
    return Way(
        recording=recording,
        stages={row.stage: row.state for row in rows},
        fault=failed.fault if failed else "",
        cure=failed.cure if failed else "",
    )


def _done(recording: UUID, stage: str) -> bool:
    return way_of(recording).stages.get(stage) == "done"
