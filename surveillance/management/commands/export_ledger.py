"""`manage.py export_ledger FOLDER`: the ledger as files that verify themselves without Earshot."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.archive.ledger_keeping import lock_away
from surveillance.audit.exporting import export
from surveillance.core.errors import Fault


class Command(BaseCommand):
    help = "Write every entry, the signed checkpoints, the public key and a verifier that needs only Python."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or an empty one")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            lock_away()
            many = export(folder, actor="program:export_ledger")
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{many} entries; verify them: python3 {folder / 'verify.py'} {folder}")
