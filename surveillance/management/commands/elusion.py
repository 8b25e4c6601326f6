"""`manage.py elusion`: bounds on what is missed, how many calls a bound needs, and how often the bounds hold."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from detectors.elusion import DESIGNS, RATES, Bound, Trial, simulated, size_for
from surveillance.access.scope import program
from surveillance.access.selectors import scope_named
from surveillance.core.errors import Fault
from surveillance.sampling.selectors import RoundRow, rounds


class Command(BaseCommand):
    help = "The bound of every round; --size: calls a bound needs; --simulate: how often the intervals cover."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simulate", action="store_true", help="draw from made-up archives and count")
        parser.add_argument("--archives", type=int, default=1000, help="made-up archives for each rate")
        parser.add_argument("--calls", type=int, default=400, help="calls drawn from each archive")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--size", type=float, metavar="SHARE", help="a share of one, for instance 0.01")
        parser.add_argument("--as", dest="user", help="within the scope of this user")
        parser.add_argument("--json", action="store_true", help="one JSON document, nothing else on stdout")

    def handle(
        self,
        *args: Any,
        simulate: bool,
        archives: int,
        calls: int,
        seed: int,
        size: float | None,
        user: str | None,
        json: bool,
        **options: Any,
    ) -> None:
        console = Console(file=self.stdout)  # type: ignore[arg-type]  # a text file for rich
        if simulate:
            trials = _trials(archives, calls, seed)
            if json:
                self.stdout.write(json_format.dumps([asdict(one) for one in trials]))
            else:
                console.print(_table(trials))
        elif size is not None:
            try:
                told = {f"{found} missed": size_for(size, missed=found) for found in range(4)}
            except ValueError as fault:
                raise CommandError(str(fault)) from fault
            self.stdout.write(
                json_format.dumps(told) if json else "\n".join(f"{k}: {v} calls" for k, v in told.items())
            )
        else:
            try:
                found = rounds(scope_named(user) if user else program("elusion"))
            except Fault as fault:
                raise CommandError(str(fault)) from fault
            if json:
                self.stdout.write(json_format.dumps([_as_json(row) for row in found]))
            else:
                self.stdout.write("\n".join(map(_line, found)) or "No round was drawn yet.")


def _trials(archives: int, calls: int, seed: int) -> list[Trial]:
    notes = Console(stderr=True)
    asked = [(design, rate) for design in DESIGNS for rate in RATES]
    bars = track(asked, "archives", console=notes, disable=not notes.is_terminal, transient=True)
    return [simulated(rate, design, size=calls, archives=archives, seed=seed) for design, rate in bars]


def _table(trials: Sequence[Trial]) -> Table:
    table = Table(title=f"Of {trials[0].archives} made-up archives, how many does the 95 % interval cover?")
    for name in ("design", "missed", "drawn", "interval covers", "“at most” covers", "“at most”, median"):
        table.add_column(name, justify="left" if name == "design" else "right")
    for one in trials:
        table.add_row(
            one.design,
            f"{one.rate:.1%}",
            str(one.size),
            f"{one.interval_covers:.1%}",
            f"{one.at_most_covers:.1%}",
            f"{one.median_at_most:.2%}",
        )
    return table


def _line(row: RoundRow) -> str:
    told = f"{row.id}  {row.title}: {row.heard} of {row.to_hear} heard, {row.missed} missed"
    return told + (f", at most {row.bound.at_most:.2%} of {row.population}" if row.bound else "")


def _as_json(row: RoundRow) -> dict[str, Any]:
    bound: Bound | None = row.bound
    return {
        "round": row.id,
        "title": row.title,
        "state": row.state,
        "population": row.population,
        "drawn": row.drawn,
        "heard": row.heard,
        "missed": row.missed,
        "cannot_judge": row.cannot,
        "alert_rate": row.alert_rate,
        "bound": asdict(bound) if bound else None,
    }
