"""`manage.py fixity`: a night of looking, now — natives, second copies, rows, history, index, a restore drill."""

from __future__ import annotations

import json as as_json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import program
from surveillance.core.errors import Fault
from surveillance.custody.night_selectors import night
from surveillance.custody.nights import watch_the_night


class Command(BaseCommand):
    help = "Hold what is kept against what it should be. Fails where something is wrong, and names it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="every native, not only tonight's")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        try:
            told = night(program("fixity"), watch_the_night(whole=options["all"], actor="program:fixity"))
        except Fault as fault:
            raise CommandError(str(fault), returncode=2) from fault
        if json:
            document = {
                "natives": told.natives,
                "bytes": told.bytes,
                "copied": told.copied,
                "restored": told.restored,
                "sound": told.sound,
                "wrong": list(told.wrong),
                "skipped": list(told.skipped),
            }
            self.stdout.write(as_json.dumps(document))
        else:
            self.stdout.write(told.sentence)
            for one in told.wrong:
                self.stdout.write(f"  {one['where']}: {one['what']}. {one['cure']}")
            for away in told.skipped:
                self.stdout.write(f"  not looked at — {away}")
        if not told.sound:
            raise CommandError(f"{len(told.wrong)} things are not as they should be.")
