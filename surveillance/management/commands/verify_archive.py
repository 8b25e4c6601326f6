"""`manage.py verify_archive`: re-hash what is sealed, and name whatever is not as it was."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from surveillance.access.scope import program
from surveillance.archive.seals import Checked, Verification
from surveillance.archive.services import verify
from surveillance.core.errors import Fault

WORDS = {
    "changed": "its bytes are not those that were sealed",
    "missing": "it is not in the store",
    "unreadable": "its key is gone or was changed",
    "weakened": "its bytes are sound, but its lock is shorter or was changed",
}


class Command(BaseCommand):
    help = "Re-hash every sealed native and keep the result of each check. Fails where one is not sound."

    def add_arguments(self, parser: ArgumentParser) -> None:
        some = parser.add_mutually_exclusive_group()
        some.add_argument("--sample", type=int, help="only so many, drawn at random")
        some.add_argument("--recording", type=UUID, help="only this one")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(
        self, *args: Any, sample: int | None, recording: UUID | None, json: bool, **options: Any
    ) -> None:
        notes = Console(stderr=True)
        columns = (TextColumn("checked"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        try:
            with Progress(*columns, console=notes, disable=not notes.is_terminal, transient=True) as bar:
                task = bar.add_task("", total=None)
                found = verify(
                    scope=program("verify_archive"),
                    recording=recording,
                    sample=sample,
                    told=lambda _: bar.advance(task),
                )
        except Fault as fault:
            raise CommandError(str(fault), returncode=2) from fault
        if json:
            self.stdout.write(_document(found))
        else:
            self.stdout.write(_sentence(found))
            if found.faults:
                Console(file=self.stdout).print(_table(found))  # type: ignore[arg-type]  # a text file for rich
        if not found.sound:
            raise CommandError(
                f"{len(found.faults)} of {found.checked} natives are not as they were sealed. "
                "Do not rely on them; restore them from a replica and find out who or what changed them."
            )


def _sentence(found: Verification) -> str:
    drawn = "" if found.whole else " of a selection"
    strays = f" {len(found.strays)} objects in the store have no seal." if found.strays else ""
    sound = found.checked - len(found.faults)
    return (
        f"{sound} of {found.checked} natives{drawn} are sound "
        f"({found.bytes / 1e6:.1f} MB in {found.seconds:.1f} s).{strays}"
    )


def _table(found: Verification) -> Table:
    shown = Table(title="Not as they were sealed")
    for head in ("Recording", "File", "What is wrong", "Sealed SHA-256", "Found SHA-256"):
        shown.add_column(head, overflow="fold")
    for one in found.faults:
        name = one.name.replace("[", "\\[")
        shown.add_row(
            str(one.recording), name, WORDS[one.outcome], one.expected_sha256, one.found_sha256 or "—"
        )
    return shown


def _document(found: Verification) -> str:
    return json.dumps(
        {
            "checked": found.checked,
            "bytes": found.bytes,
            "seconds": round(found.seconds, 3),
            "sound": found.sound,
            "whole": found.whole,
            "faults": [_fault(one) for one in found.faults],
            "strays": list(found.strays),
        }
    )


def _fault(one: Checked) -> dict[str, str]:
    return {
        "recording": str(one.recording),
        "file": one.name,
        "key": one.key,
        "outcome": one.outcome,
        "sealed_sha256": one.expected_sha256,
        "found_sha256": one.found_sha256,
    }
