"""`manage.py demo`: an organisation, its calls through the real pipeline, a table of flags, and the site."""

from __future__ import annotations

import os
import time
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
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
from surveillance.management.workers import Kept, ended_in_order, workers
from surveillance.pipeline import forward
from surveillance.settings.env import ROOT

DEMO = ROOT / "deploy" / "demo"


class Command(BaseCommand):
    help = (
        "Set up a demonstration and run the main job on it. SERVE=0 in the environment ends after the table."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default=ADDRESS, help="host:port to serve on afterwards")
        parser.add_argument(
            "--recognisers", type=int, default=cores(), help="processes that recognise speech"
        )

    def handle(self, *args: Any, address: str, recognisers: int, **options: Any) -> None:
        console, scope = _console(), program("demo")
        try:
            prepare()
            people = found(
                DEMO / "organisation.toml", scope=scope, keep=settings.EARSHOT.home / "demo-sign-ins.json"
            )
            with ended_in_order(), workers(processes=recognisers) as running:
                _run(scope, console, running)
                if os.environ.get("SERVE", "1") != "0":
                    console.print(_sign_ins(people, address))
                    serve(address, running)
        except Fault as fault:
            raise CommandError(str(fault)) from fault


def _run(scope: Scope, console: Console, running: Sequence[Kept]) -> None:
    """The main job: hand the calls in, watch them on their way, tell what was heard."""
    began = time.monotonic()
    expected = _expected()
    recordings = _ingest(scope, console, expected)
    demonstration.watch(list(recordings.values()), console, running)
    seconds = time.monotonic() - began
    console.print(demonstration.table(recordings, scope))
    console.print(str(demonstration.tally(recordings, scope, expected)))
    console.print(f"{len(recordings)} recordings in {seconds:.0f} s, from arrival to findable.")


def _console() -> Console:
    """The terminal as wide as it is; a file or a pipe wide enough for a line a flag."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def _ingest(scope: Scope, console: Console, expected: Mapping[str, Sequence[str]]) -> dict[str, UUID]:
    """Hand the demo's recordings in, as `manage.py ingest` does; file name → recording."""
    taken: dict[str, UUID] = {}
    for pair in pairs([DEMO / "recordings", DEMO / "real"]):
        name = pair.media.name
        arrival = receive(scope=scope, source=pair.source, path=pair.media, name=name, sidecar=pair.sidecar)
        if arrival.recording is None:
            console.print(f"[yellow]{name}: in quarantine. {arrival.reason}[/yellow]")
            continue
        forward(arrival.recording)
        if name in expected:
            taken[name] = arrival.recording
    return taken


def _expected() -> dict[str, list[str]]:
    """What the scripts hold: file name → categories, none for a clean call."""
    plan = tomllib.loads((DEMO / "expected.toml").read_text(encoding="utf-8"))
    return {Path(row["file"]).name: row["categories"] for row in plan["recording"]}


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
