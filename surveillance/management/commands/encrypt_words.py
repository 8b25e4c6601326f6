"""`manage.py encrypt_words`: seal the words that were stored before there was encryption."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from surveillance.access.scope import program
from surveillance.core.errors import Fault
from surveillance.transcription.services import encrypt_words


class Command(BaseCommand):
    help = "Seal the transcripts that lie in the database in the clear. Stopped, it goes on where it was."

    def handle(self, *args: Any, **options: Any) -> None:
        notes = Console(stderr=True)
        columns = (TextColumn("sealed"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        try:
            with Progress(*columns, console=notes, disable=not notes.is_terminal, transient=True) as bar:
                task = bar.add_task("", total=None)
                done = encrypt_words(
                    scope=program("encrypt_words"),
                    told=lambda done, of: bar.update(task, completed=done, total=of),
                )
        except Fault as fault:
            raise CommandError(str(fault), returncode=2) from fault
        self.stdout.write(f"{done} transcripts were sealed; none lies in the clear.")
