"""`manage.py mentions`: read recordings for what they name, and make it findable."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from surveillance.core.errors import Fault
from surveillance.indexing.services import renew
from surveillance.mentions.selectors import unread
from surveillance.mentions.services import read_again
from surveillance.transcription.selectors import transcribed


class Command(BaseCommand):
    help = "Read transcribed recordings for people, houses, instruments and sums, and index them anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="also those that were read before")

    def handle(self, *args: Any, rebuild: bool, **options: Any) -> None:
        every = transcribed()
        wanted = every if rebuild else unread(every)
        mentions, failed = 0, 0
        for nth, recording in enumerate(wanted, start=1):
            try:
                mentions += self._read(recording)
            except Fault as fault:
                failed += 1
                self.stderr.write(f"{recording}: {fault}")
            if sys.stderr.isatty() or nth % 100 == 0 or nth == len(wanted):
                self.stderr.write(f"\r{nth} of {len(wanted)} read", ending="" if nth < len(wanted) else "\n")
        self.stdout.write(f"{len(wanted) - failed} recordings were read; they name {mentions} things.")
        if failed:
            raise CommandError(f"{failed} recordings could not be read.")

    @staticmethod
    def _read(recording: UUID) -> int:
        found = read_again(recording=recording)
        renew(recording=recording)
        return found
