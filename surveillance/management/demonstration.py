"""The demonstration: recordings through the real pipeline, watched on the way, told as a table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from surveillance.access.scope import Scope
from surveillance.capture.progress import counts
from surveillance.capture.selectors import call
from surveillance.core.errors import Broken
from surveillance.detection.selectors import FindingRow, findings
from surveillance.management.workers import Kept
from surveillance.pipeline import NAMES
from surveillance.transcription.selectors import current

PATIENCE = 180.0  # seconds without any stage moving before the demonstration calls it stuck


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How the flags compare with what was spoken: calls with misconduct, and clean ones."""

    misconduct: int
    caught: int
    clean: int
    false: int

    def __str__(self) -> str:
        return (
            f"Flags on {self.caught} of {self.misconduct} calls with misconduct, "
            f"and on {self.false} of {self.clean} clean ones."
        )


def watch(recordings: Sequence[UUID], console: Console, running: Sequence[Kept]) -> None:
    """Draw one bar a stage until every recording is through or has failed.

    Raises:
        Broken: nothing moved for three minutes.
    """
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {stage: bars.add_task(stage, total=len(recordings)) for stage in NAMES}
        moved, seen = time.monotonic(), ""
        while True:
            done, failed = counts(recordings, NAMES)
            for stage, task in tasks.items():
                bars.update(task, completed=done[stage])
            if done[NAMES[-1]] + failed >= len(recordings):
                return
            if repr(done) != seen:
                moved, seen = time.monotonic(), repr(done)
            for process in running:
                process.keep_up()
            if time.monotonic() - moved > PATIENCE:
                raise Broken("The workers stand still.", cure="Read the logs folder under EARSHOT_HOME.")
            time.sleep(0.4)


def table(recordings: Mapping[str, UUID], scope: Scope) -> Table:
    """Call, desk, duration, words, and a line for each flag: category, seconds, words heard."""
    shown = Table(title="What was heard", show_lines=True, expand=True)
    for head in ("Call", "Desk", "Length", "Words"):
        shown.add_column(
            head, justify="right" if head in {"Length", "Words"} else "left", no_wrap=head != "Call"
        )
    shown.add_column("Flags", ratio=1)
    for recording in recordings.values():
        facts = call(scope, recording)
        words = current(scope, recording)
        said = sum(len(turn.words) for turn in words.transcript.turns) if words else 0
        flags = "\n".join(_flag(row) for row in findings(scope, recording)) or "[dim]—[/dim]"
        shown.add_row(facts.name, facts.desk_name, f"{facts.duration:.0f} s", str(said), flags)
    return shown


def _flag(row: FindingRow) -> str:
    said = row.words if len(row.words) <= 150 else row.words[:147] + "…"
    return f"[bold red]{row.category}[/bold red] {row.start:.0f}–{row.end:.0f} s  “{said.replace('[', '(')}”"


def tally(recordings: Mapping[str, UUID], scope: Scope, expected: Mapping[str, Sequence[str]]) -> Tally:
    """Compare the flags with the scripts; recordings the scripts do not name are left out."""
    bad: list[bool] = []
    good: list[bool] = []
    for name, recording in recordings.items():
        (bad if expected[name] else good).append(bool(findings(scope, recording)))
    return Tally(misconduct=len(bad), caught=sum(bad), clean=len(good), false=sum(good))
