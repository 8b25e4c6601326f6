"""`manage.py dispose`: what may go and why, a list for a second person, the deletion, and checking a receipt."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import Scope, program
from surveillance.access.selectors import scope_named
from surveillance.core.errors import Fault
from surveillance.retention.carrying_out import carry_out, disposals_under_way
from surveillance.retention.disposal_selectors import DisposalRow, disposal, receipt
from surveillance.retention.disposing import (
    DryRun,
    approve_disposal,
    dry_run,
    prepare_disposal,
    refuse_disposal,
)
from surveillance.retention.objections import KINDS
from surveillance.retention.receipts import RECEIPT, NoteBent


class Command(BaseCommand):
    help = "Say what may be disposed of. Nothing goes before one person prepared the list and another approved it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument(
            "--prepare", action="store_true", help="list what may go, for another person to approve"
        )
        one.add_argument("--approve", type=int, metavar="N", help="approve disposal N, and carry it out")
        one.add_argument("--refuse", type=int, metavar="N", help="turn disposal N down")
        one.add_argument("--run", action="store_true", help="go on with approved disposals")
        one.add_argument("--receipt", type=int, metavar="N", help="print the receipt of disposal N")
        one.add_argument("--check", type=Path, metavar="FILE", help="check a receipt")
        parser.add_argument("--key", help="the public key to check with; without it this installation's own")
        parser.add_argument("--overdue", action="store_true", help="only what is kept past a limit")
        parser.add_argument("--reason", default="")
        parser.add_argument("--as", dest="user", help="do it as this user")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, user: str | None, json: bool, **told: Any) -> None:
        try:
            if told["check"] is not None:
                answer: dict[str, Any] | str = _checked(told["check"], told["key"])
            else:
                answer = _done(scope_named(user) if user else program("dispose"), told)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        except (OSError, NoteBent) as fault:
            raise CommandError(f"The receipt does not hold: {fault}", returncode=1) from fault
        if isinstance(answer, str):
            self.stdout.write(answer)
        else:
            self.stdout.write(json_format.dumps(answer, ensure_ascii=False) if json else _in_words(answer))


def _done(scope: Scope, told: dict[str, Any]) -> dict[str, Any] | str:
    if told["prepare"]:
        number = prepare_disposal(scope=scope, reason=told["reason"], only_overdue=told["overdue"])
        return _facts(disposal(scope, number))
    if told["approve"] is not None:
        shown = disposal(scope, told["approve"])
        approve_disposal(scope=scope, disposal=shown.number, items_sha256=shown.items_sha256)
        _to_the_end(shown.number)
        return _facts(disposal(scope, shown.number))
    if told["refuse"] is not None:
        refuse_disposal(scope=scope, disposal=told["refuse"], reason=told["reason"])
        return _facts(disposal(scope, told["refuse"]))
    if told["run"]:
        numbers = disposals_under_way()
        for number in numbers:
            _to_the_end(number)
        return {"disposals": [_facts(disposal(scope, number)) for number in numbers]}
    if told["receipt"] is not None:
        return receipt(scope, told["receipt"])
    return _shown(dry_run(scope, only_overdue=told["overdue"]))


def _to_the_end(number: int) -> None:
    while True:
        done = carry_out(disposal=number)
        if not done.left or done.away:
            return


def _checked(path: Path, key: str | None) -> dict[str, Any]:
    told = RECEIPT.read(path.read_text(encoding="utf-8"), key or RECEIPT.public_key())
    return {
        "sound": True,
        "disposal": told["disposal"],
        "prepared_by": told["prepared_by"],
        "approved_by": told["approved_by"],
        "gone": len(told["gone"]),
        "kept": len(told["kept"]),
    }


def _facts(row: DisposalRow) -> dict[str, Any]:
    return {
        "disposal": row.number,
        "state": row.state,
        "desks": list(row.desks),
        "recordings": row.recordings,
        "gone": row.gone,
        "kept": row.kept,
        "prepared_by": row.prepared_by,
        "decided_by": row.decided_by,
        "waits_for": row.waits_for,
    }


def _shown(found: DryRun) -> dict[str, Any]:
    return {
        "going": [
            {"recording": str(one.recording), "desk": one.desk, "why": one.standing.decision}
            for one in found.going
        ],
        "staying": [
            {"recording": str(one.recording), "desk": one.desk, "why": one.standing.words}
            for one in found.staying
        ],
        "why_staying": {KINDS[kind]: many for kind, many in found.why_staying.items()},
        "overdue": found.overdue,
        "elsewhere": found.elsewhere,
    }


def _in_words(answer: dict[str, Any]) -> str:
    if "going" not in answer:
        return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in answer.items())
    lines = [f"{len(answer['going'])} recordings may go, {answer['overdue']} are kept past a limit."]
    lines += [
        f"  {many} × {why}" for why, many in Counter(one["why"] for one in answer["going"]).most_common(20)
    ]
    lines += [f"{many} stay: {why}" for why, many in answer["why_staying"].items()]
    if answer["elsewhere"]:
        lines.append(f"{answer['elsewhere']} lie on desks out of reach.")
    return "\n".join(lines)
