"""`manage.py labels`: gather labels from decisions, list them, export an approved edition for training."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import Scope, program
from surveillance.access.selectors import scope_named
from surveillance.core.errors import Fault
from surveillance.learning.selectors import tally
from surveillance.learning.services import export_data_set, gather


class Command(BaseCommand):
    help = "Labels by category; --gather makes them of decisions now; --export writes an approved edition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gather", action="store_true", help="do now what is done every hour")
        parser.add_argument("--export", nargs=2, metavar=("EDITION", "FILE"), help="as lines of JSON")
        parser.add_argument("--as", dest="user", help="within the scope of this user")

    def handle(
        self, *args: Any, gather: bool, export: Sequence[str] | None, user: str | None, **options: Any
    ) -> None:
        try:
            scope = scope_named(user) if user else program("labels")
            if export:
                self._export(scope, *export)
                return
            if gather:
                self._gather()
            for row in tally(scope):
                name = row.category or "whole call"
                self.stdout.write(f"{name:22} violating {row.violating:6}  innocent {row.innocent:6}")
        except Fault as fault:
            raise CommandError(str(fault)) from fault

    def _gather(self) -> None:
        found = gather()
        self.stdout.write(f"{found.made} made, {found.withdrawn} withdrawn")

    def _export(self, scope: Scope, edition: str, file: str) -> None:
        if not edition.isdigit():
            raise CommandError("The edition is a number; the learning page lists them.")
        path = Path(file)
        try:
            # What people said: readable by whoever exports it and nobody else.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as fault:
            raise CommandError(f"{path} exists; nothing was overwritten.") from fault
        except OSError as fault:
            raise CommandError(f"{path} cannot be written: {fault.strerror}.") from fault
        try:
            made = export_data_set(scope=scope, number=int(edition))
        except Fault:
            os.close(handle)
            path.unlink()
            raise
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in made.lines)
        told = "whole" if made.whole else f"without {made.left_out} that were withdrawn since"
        self.stdout.write(f"{len(made.lines)} lines of edition {edition}, {told}; sha256 {made.sha256}")
