"""`manage.py serve`: the site and its worker on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from surveillance.management.workers import web, workers

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
        with workers(processes=recognisers) as running:
            serve(address, running)
        self.stdout.write("Ended.")


def cores() -> int:
    """Worker processes that suit this machine: one a core, four at most."""
    return min(os.cpu_count() or 1, 4)


def prepare() -> None:
    """Bring database and static files up to this version."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def serve(address: str, running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Serve until Ctrl-C, or until the site or a worker ends by itself.

    Raises:
        CommandError: one of them ended; its log says why.
    """
    with web(address=address, processes=2) as site:
        print(f"Earshot listens on http://{address}/ — Ctrl-C ends it.", flush=True)
        try:
            while all(process.poll() is None for process in (site, *running)):
                time.sleep(0.5)
        except KeyboardInterrupt:
            return
    raise CommandError("A process ended by itself; see the logs folder under EARSHOT_HOME.")
