"""`manage.py drill`: send scripted misconduct through the production path and say what was caught, and what not."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from detectors.drill_codecs import CLEAN, CODECS
from detectors.shares import Share
from surveillance.access.scope import program
from surveillance.assurance.library import Wanted
from surveillance.assurance.selectors import RunRow, runs
from surveillance.assurance.services import ask_drills, conclude, send_drill
from surveillance.core.errors import Fault
from surveillance.management.waiting import CURE, PATIENCE, UNEASE, here
from surveillance.pipeline import NAMES, send_drills

SCOPE = program("drill-command")
POLL = 1.0
# What the JSON document tells of a run, beside its id and whether it passed.
TOLD = (
    *(
        "drill",
        "drill_version",
        "policy",
        "policy_version",
        "category",
        "innocent",
        "language",
        "codec",
        "state",
    ),
    *(
        "heard",
        "word_error",
        "flagged",
        "right_category",
        "by_policy",
        "bare_category",
        "bare_policy",
        "findable",
    ),
    *("cause", "why", "seconds", "engine", "model_sha256", "policies_sha256", "reader_sha256"),
)


class Command(BaseCommand):
    help = (
        "Send drills through the production path, compare what was found with what was spoken, print recall."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", nargs="*", help="policies, or single drills, by id")
        parser.add_argument("--all", action="store_true", dest="every", help="every drill of the library")
        parser.add_argument("--sample", type=int, metavar="N", help="at most N of them, drawn at random")
        parser.add_argument(
            "--codec",
            action="append",
            choices=[*CODECS, "all"],
            help=f"line and codec, may be repeated; {CLEAN} where none is named",
        )
        parser.add_argument("--wait", action="store_true", help="until the workers have done every drill")
        parser.add_argument(
            "--inline", action="store_true", help="do the work in this process; needs no worker"
        )
        parser.add_argument(
            "--patience", type=float, default=PATIENCE, help="seconds without movement before waiting ends"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document, nothing else on stdout")

    def handle(
        self,
        *args: Any,
        policy: Sequence[str],
        every: bool,
        sample: int | None,
        codec: Sequence[str] | None,
        wait: bool,
        inline: bool,
        patience: float,
        json: bool,
        **options: Any,
    ) -> None:
        notes = Console(stderr=True)
        wanted = Wanted(names=tuple(policy), every=every, sample=sample)
        codecs = list(CODECS) if codec and "all" in codec else list(dict.fromkeys(codec or [CLEAN]))
        try:
            asked = ask_drills(scope=SCOPE, wanted=wanted, codecs=codecs)
            if inline:
                _inline(asked, notes)
            else:
                send_drills(asked)
                if wait:
                    _waited(asked, notes, patience)
            rows = runs(SCOPE, asked)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        if json:
            self.stdout.write(_document(rows))
        else:
            _printed(Console(file=self.stdout), rows)  # type: ignore[arg-type]  # a text file for rich
        if (inline or wait) and not all(row.judged for row in rows):
            raise CommandError("Not every drill came through; see the system page.")


def _bars(notes: Console) -> Progress:
    columns = (TextColumn("drills"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(
        *columns,
        TextColumn("{task.description}"),
        console=notes,
        disable=not notes.is_terminal,
        transient=True,
    )


def _inline(asked: Sequence[UUID], notes: Console) -> None:
    with _bars(notes) as bars:
        task = bars.add_task("", total=len(asked))
        for run in asked:
            recording = send_drill(run=run)
            if recording is not None:
                here([recording])
                conclude(recording=recording, stages=NAMES)
            bars.advance(task)


def _waited(asked: Sequence[UUID], notes: Console, patience: float) -> None:
    moved, before, uneasy = time.monotonic(), -1, False
    with _bars(notes) as bars:
        task = bars.add_task("", total=len(asked))
        while True:
            conclude(stages=NAMES)
            done = sum(row.judged for row in runs(SCOPE, asked))
            bars.update(task, completed=done)
            if done == len(asked):
                return
            if done != before:
                before, moved = done, time.monotonic()
            still = time.monotonic() - moved
            if still > UNEASE and not uneasy:
                notes.print(CURE.replace("--here", "--inline").replace("ingest", "drill"))
                uneasy = True
            if still > patience:
                return
            time.sleep(POLL)


def _document(rows: Sequence[RunRow]) -> str:
    judged = [row for row in rows if row.judged]
    bad = [row for row in judged if not row.innocent and row.surveilled]
    return json.dumps(
        {
            "runs": [_told(row) for row in rows],
            "recall": _share([row.right_category for row in bad]),
            "recall_by_own_policy": _share([row.by_policy for row in bad]),
            "recall_without_suppression": _share([row.bare_category for row in bad]),
            "false_alarms": _share([row.flagged for row in judged if row.innocent]),
        },
        ensure_ascii=False,
    )


def _told(row: RunRow) -> dict[str, Any]:
    return {"run": str(row.id), "passed": row.passed, **{name: getattr(row, name) for name in TOLD}}


def _share(holds: Sequence[bool]) -> dict[str, Any]:
    share = Share(count=sum(holds), total=len(holds))
    low, high = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": share.value if share.total else None,
        "low": round(low, 3),
        "high": round(high, 3),
    }


def _printed(console: Console, rows: Sequence[RunRow]) -> None:
    shown = Table(title="What became of each drill")
    for head in ("Drill", "Codec", "Outcome", "Words wrong", "Why"):
        shown.add_column(head, overflow="fold")
    for row in sorted(rows, key=lambda row: (row.passed, row.drill)):
        outcome = (
            ("passed" if row.passed else "missed" if not row.innocent else "flagged")
            if row.judged
            else row.state
        )
        error = "" if row.word_error is None else f"{row.word_error:.0%}"
        shown.add_row(row.drill, row.codec, outcome, error, row.why)
    console.print(shown)
    judged = [row for row in rows if row.judged]
    if judged:
        misconduct = [row for row in judged if not row.innocent and row.surveilled]
        for told, holds in (
            ("Caught, with the right category", [row.right_category for row in misconduct]),
            ("Heard by their own policy", [row.by_policy for row in misconduct]),
            ("Caught, had nothing been suppressed", [row.bare_category for row in misconduct]),
            ("Innocent twins flagged", [row.flagged for row in judged if row.innocent]),
        ):
            console.print(f"{told}: {Share(count=sum(holds), total=len(holds))}")
