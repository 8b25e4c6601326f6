"""`manage.py rotate_keys`: wrap the key of every recording anew; no sound and no word is touched."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from surveillance.access.scope import program
from surveillance.archive.keys import keks_in_use, rotate
from surveillance.core.errors import Fault


class Command(BaseCommand):
    help = (
        "Wrap the key of every recording under the keeper's current key-encryption key. Stopped, it goes on where it "
        "was. A key-encryption key that wraps nothing any more may then be destroyed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--new", action="store_true", help="begin a new key-encryption key first")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, new: bool, **options: Any) -> None:
        notes = Console(stderr=True)
        columns = (TextColumn("wrapped"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        try:
            with Progress(*columns, console=notes, disable=not notes.is_terminal, transient=True) as bar:
                task = bar.add_task("", total=None)
                done = rotate(
                    scope=program("rotate_keys"),
                    new=new,
                    told=lambda done, of: bar.update(task, completed=done, total=of),
                )
        except Fault as fault:
            raise CommandError(str(fault), returncode=2) from fault
        in_use = keks_in_use()
        if options["json"]:
            told = {"kek": done.kek, "rewrapped": done.rewrapped, "left": done.left, "in_use": in_use}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"{done.rewrapped} keys are wrapped anew under {done.kek}; {done.left} are left.")
        for kek, keys in in_use.items():
            self.stdout.write(f"  {kek} wraps {keys}")
