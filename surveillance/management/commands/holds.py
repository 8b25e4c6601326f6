"""`manage.py holds`: the holds in force and how far the store has followed; place one, ask for a release, release."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import Scope, program
from surveillance.access.selectors import scope_named
from surveillance.core.errors import Fault
from surveillance.retention.hold_selectors import HoldRow, hold, holds, latency
from surveillance.retention.holds import Terms, ask_release, place_hold, release_hold, would_hold
from surveillance.retention.locking import follow_holds
from surveillance.web.dates import day, day_after


class Command(BaseCommand):
    help = "List legal holds; place one, ask for a release, or release what somebody else asked to release."

    def add_arguments(self, parser: ArgumentParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument(
            "--place", metavar="MATTER", help="hold what the terms ask for, and lock it in the store"
        )
        one.add_argument("--preview", action="store_true", help="only say how many recordings the terms meet")
        one.add_argument("--ask-release", type=int, metavar="N")
        one.add_argument("--release", type=int, metavar="N")
        one.add_argument("--follow", action="store_true", help="let the store follow now")
        parser.add_argument("--reason", default="")
        parser.add_argument("--custodian", action="append", default=[], help="may be repeated")
        parser.add_argument("--query", default="")
        parser.add_argument("--desk", action="append", default=[], help="may be repeated")
        parser.add_argument("--since", default="", help="calls begun from this day, 2026-11-23")
        parser.add_argument("--until", default="", help="up to this day, which is included")
        parser.add_argument("--not-forward", action="store_true", help="leave what arrives later alone")
        parser.add_argument("--as", dest="user", help="do it as this user")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, user: str | None, json: bool, **told: Any) -> None:
        try:
            answer = _done(scope_named(user) if user else program("holds"), told)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(json_format.dumps(answer, ensure_ascii=False) if json else _in_words(answer))


def _done(scope: Scope, told: dict[str, Any]) -> dict[str, Any]:
    if told["preview"]:
        return {"recordings": would_hold(scope, _terms(told))}
    if told["place"] is not None:
        number = place_hold(
            scope=scope,
            matter=told["place"],
            reason=told["reason"],
            terms=_terms(told),
            forward=not told["not_forward"],
        )
        follow_holds()
        return {"holds": [_facts(scope, hold(scope, number))]}
    if told["ask_release"] is not None:
        ask_release(scope=scope, hold=told["ask_release"], reason=told["reason"])
        return {"holds": [_facts(scope, hold(scope, told["ask_release"]))]}
    if told["release"] is not None:
        release_hold(scope=scope, hold=told["release"])
        follow_holds()
        return {"holds": [_facts(scope, hold(scope, told["release"]))]}
    if told["follow"]:
        followed = follow_holds()
        return {"done": followed.done, "waiting": followed.waiting, "away": followed.away}
    found = holds(scope)
    return {"holds": [_facts(scope, row) for row in found.rows], "elsewhere": found.elsewhere}


def _terms(told: dict[str, Any]) -> Terms:
    return Terms(
        desks=tuple(told["desk"]),
        custodians=tuple(told["custodian"]),
        query=told["query"],
        since=day(told["since"]),
        until=day_after(told["until"]),
    )


def _facts(scope: Scope, row: HoldRow) -> dict[str, Any]:
    took = latency(scope, row.number)
    return {
        "hold": row.number,
        "matter": row.matter,
        "asks_for": row.asks_for(),
        "stands": row.stands,
        "recordings": row.recordings,
        "locked_in_store": row.locked,
        "waiting": row.waiting,
        "p99_seconds": took.quantile(0.99),
        "placed_by": row.placed_by,
        "release_asked_by": row.release_asked_by,
        "released_by": row.released_by,
    }


def _in_words(answer: dict[str, Any]) -> str:
    if "holds" not in answer:
        return "\n".join(f"{name}: {value}" for name, value in answer.items())
    lines = [
        f"hold {row['hold']} {row['matter']}: {row['asks_for']}; {row['recordings']} recordings, "
        f"{row['locked_in_store']} locked in the store{'' if row['stands'] else '; released'}"
        for row in answer["holds"]
    ]
    return "\n".join(lines) or "There are no holds."
