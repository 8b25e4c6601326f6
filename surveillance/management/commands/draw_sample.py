"""`manage.py draw_sample`: draw a round of unflagged calls, or draw one again and say whether it is the same."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import Scope, program
from surveillance.access.selectors import scope_named
from surveillance.core.clock import now
from surveillance.core.errors import Fault, Invalid
from surveillance.sampling.selectors import plan, verification
from surveillance.sampling.services import draw_round
from surveillance.sampling.strata import ALLOCATIONS, DIMENSIONS, Wanted
from surveillance.web.dates import day, day_after


class Command(BaseCommand):
    help = "Draw a random sample of calls without an alert, to be heard blind; or verify one that was drawn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", type=int, metavar="N", help="draw round N again and compare")
        parser.add_argument("--seed", default="", help="name the seed; it stands on record as named")
        parser.add_argument("--title", default="")
        parser.add_argument("--since", default="", help="calls begun from this day, 2026-11-23")
        parser.add_argument("--until", default="", help="up to this day, which is included")
        parser.add_argument("--desk", action="append", default=[], help="may be repeated; none: every desk")
        parser.add_argument("--by", action="append", choices=list(DIMENSIONS), help="strata beside the desk")
        parser.add_argument("--allocation", choices=list(ALLOCATIONS), default="proportional")
        parser.add_argument("--size", type=int, default=300)
        parser.add_argument("--planted", type=int, default=0, help="known positives to mix in")
        parser.add_argument("--plan", action="store_true", help="only say what would be drawn")
        parser.add_argument("--as", dest="user", help="draw as this user")

    def handle(self, *args: Any, verify: int | None, seed: str, user: str | None, **told: Any) -> None:
        try:
            scope = scope_named(user) if user else program("draw-sample")
            if verify is not None:
                self._verify(scope, verify, seed)
            else:
                self._draw(scope, seed, told)
        except Fault as fault:
            raise CommandError(str(fault)) from fault

    def _verify(self, scope: Scope, number: int, seed: str) -> None:
        found = verification(scope, number, seed=seed)
        if not found.identical:
            parts = {"frame": found.frame, "calls": found.sample, "order": found.order}
            raise CommandError(
                f"Not identical: {', '.join(name for name, same in parts.items() if not same)}."
            )
        self.stdout.write(f"identical: the frame, {found.calls} calls and their order")

    def _draw(self, scope: Scope, seed: str, told: dict[str, Any]) -> None:
        wanted = _wanted(told)
        planned = plan(scope, wanted)
        self.stdout.write(
            f"{planned.size} of {planned.population} calls without an alert, {len(planned.parts)} strata; "
            f"if nothing is found, at most {planned.if_clean:.2%} was missed"
        )
        if told["plan"]:
            return
        title = told["title"] or f"{wanted.since:%d %b %Y} to {wanted.until - timedelta(days=1):%d %b %Y}"
        self.stdout.write(f"round {draw_round(scope=scope, title=title, wanted=wanted, seed=seed)} was drawn")


def _wanted(told: dict[str, Any]) -> Wanted:
    by: Sequence[str] = told["by"] if told["by"] is not None else tuple(DIMENSIONS)
    until = day_after(told["until"]) or now() + timedelta(seconds=1)
    since = day(told["since"])
    if since is None:
        raise Invalid("Say from which day on.", cure="For instance --since 2026-08-01.")
    return Wanted(
        since=since,
        until=until,
        desks=tuple(told["desk"]),
        by=tuple(by),
        allocation=told["allocation"],
        size=told["size"],
        planted=told["planted"],
    )
