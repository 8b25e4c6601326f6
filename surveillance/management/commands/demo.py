"""`manage.py demo`: an organisation, its calls through the real pipeline, a table of flags, and the site."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from surveillance.access.scope import Scope, program
from surveillance.capture.services import receive
from surveillance.capture.sidecars import pairs
from surveillance.core.errors import Fault
from surveillance.management import demonstration
from surveillance.management.commands.serve import ADDRESS, cores, prepare, serve
from surveillance.management.organisation import SignIn, found
from surveillance.management.workers import worker
from surveillance.pipeline import forward
from surveillance.settings.env import ROOT

DEMO = ROOT / "deploy" / "demo"


class Command(BaseCommand):
    help = (
        "Set up a demonstration and run the main job on it. SERVE=0 in the environment ends after the table."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default=ADDRESS, help="host:port to serve on afterwards")
        parser.add_argument("--workers", type=int, default=cores(), help="worker processes")

    def handle(self, *args: Any, address: str, workers: int, **options: Any) -> None:
        console, scope = Console(), program("demo")
        try:
            prepare()
            people = found(
                DEMO / "organisation.toml", scope=scope, keep=settings.EARSHOT.home / "demo-sign-ins.json"
            )
            with worker(processes=workers) as running:
                began = time.monotonic()
                recordings = _ingest(scope, console)
                demonstration.watch(list(recordings.values()), console, lambda: running.poll() is None)
                _tell(recordings, scope, console, seconds=time.monotonic() - began)
                if os.environ.get("SERVE", "1") != "0":
                    console.print(_sign_ins(people, address))
                    serve(address, running)
        except Fault as fault:
            raise CommandError(str(fault)) from fault


def _ingest(scope: Scope, console: Console) -> dict[str, UUID]:
    """Hand the demo's recordings in, as `manage.py ingest` does; file stem → recording."""
    taken: dict[str, UUID] = {}
    for pair in pairs([DEMO / "recordings"]):
        arrival = receive(
            scope=scope, source=pair.source, path=pair.media, name=pair.media.name, sidecar=pair.sidecar
        )
        if arrival.recording is None:
            console.print(f"[yellow]{pair.media.name}: in quarantine. {arrival.reason}[/yellow]")
            continue
        forward(arrival.recording)
        taken[Path(pair.media).stem] = arrival.recording
    return taken


def _tell(recordings: dict[str, UUID], scope: Scope, console: Console, *, seconds: float) -> None:
    console.print(demonstration.table(recordings, scope, max(console.width, 110)))
    console.print(demonstration.tally(recordings, scope, DEMO / "expected.toml"))
    console.print(f"{len(recordings)} recordings in {seconds:.0f} s, from arrival to findable.")


def _sign_ins(people: list[SignIn], address: str) -> Table:
    shown = Table(title=f"Sign in at http://{address}/")
    for head in ("Name", "Password", "Who", "Role", "Desks"):
        shown.add_column(head)
    for person in people:
        desks = ", ".join(person.desks) or "none"
        shown.add_row(
            person.username, person.password, person.full_name, person.role, desks.replace("*", "every desk")
        )
    return shown
