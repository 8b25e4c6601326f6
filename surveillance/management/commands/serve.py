"""`manage.py serve`: the site and its worker on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from surveillance.core.errors import Fault
from surveillance.management.workers import Kept, ended_in_order, web, workers
from surveillance.rulebook.disk import differences
from surveillance.rulebook.services import open_book, take_in_settings

ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    help = "Serve the site and run a worker; Ctrl-C ends both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default=ADDRESS, help="host:port to listen on")
        parser.add_argument(
            "--recognisers", type=int, default=cores(), help="processes that recognise speech"
        )

    def handle(self, *args: Any, address: str, recognisers: int, **options: Any) -> None:
        prepare()
        with ended_in_order(), workers(processes=recognisers) as running:
            serve(address, running)
        self.stdout.write("Ended.")


def cores() -> int:
    """Worker processes that suit this machine: one a core, four at most."""
    return min(os.cpu_count() or 1, 4)


def prepare() -> None:
    """Bring database and static files up to this version; at the first start, put the folder's policies in force."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        open_book()
        take_in_settings()
        waiting = differences()
    except Fault as fault:
        print(f"{fault.message}\n{fault.cure}", file=sys.stderr, flush=True)
        return
    if waiting:
        print(
            f"{len(waiting)} policies in {settings.EARSHOT.policies} differ from what is in force; "
            "they change nothing until they are proposed and agreed: /changes.",
            flush=True,
        )


def serve(address: str, running: Sequence[Kept]) -> None:
    """Serve, and keep the site and the workers up, until Ctrl-C or SIGTERM."""
    with web(address=address, processes=2) as site:
        print(f"Earshot listens on http://{address}/ — Ctrl-C ends it.", flush=True)
        while True:
            for process in (site, *running):
                process.keep_up()
            time.sleep(0.5)
