"""`manage.py verify_ledger`: walk the whole ledger, and name every place where it, or a row beside it, was bent."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from surveillance.archive.ledger_keeping import locked_away
from surveillance.audit.rows import strangers
from surveillance.audit.selectors import size
from surveillance.audit.services import record
from surveillance.audit.walk import bends
from surveillance.core.errors import Fault


class Command(BaseCommand):
    help = (
        "Prove that no entry of the ledger was changed, removed, inserted, put in another order, dated back or cut "
        "off since it was written: against its Merkle tree, its signed checkpoints and what lies locked away in the "
        "store; and that no row kept on record was changed past Earshot. Fails where something was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
        parser.add_argument(
            "--alone", action="store_true", help="by the database alone: the store is not asked"
        )

    def handle(self, *args: Any, json: bool, alone: bool, **options: Any) -> None:
        many, notes = size(), Console(stderr=True)
        try:
            with notes.status(f"walking {many} entries") as told:
                witness = None if alone else locked_away()
                walked = bends(witness, told=lambda at: told.update(f"walking {many} entries: at {at}"))
                found = [(bend.sequence, bend.why) for bend in walked]
                rows = [(row.thing, row.why) for row in strangers()]
        except Fault as fault:
            raise CommandError(f"{fault} Or look at the database alone: --alone.", returncode=2) from fault
        locked = max(witness.statements, default=0) if witness else 0
        if json:
            self.stdout.write(_document(many, locked, found, rows))
        else:
            for sequence, why in found:
                self.stdout.write(f"entry {sequence}: {why}")
            for thing, why in rows:
                self.stdout.write(f"{thing}: {why}")
        if found or rows:
            # Nothing is added to a ledger that does not hold: it is evidence now.
            raise CommandError(
                f"The record does not hold in {len(found) + len(rows)} places. Keep the database as it is, "
                "compare it with a copy from before, and find out who wrote to it."
            )
        record(
            actor="program:verify_ledger",
            action="ledger verified",
            subject="ledger",
            detail={"entries": many, "locked_away": locked},
        )
        if not json:
            self.stdout.write(f"All {many} entries of the ledger hold; {locked} of them lie locked away.")


def _document(many: int, locked: int, found: list[tuple[int, str]], rows: list[tuple[str, str]]) -> str:
    return json.dumps(
        {
            "entries": many,
            "locked_away": locked,
            "holds": not found and not rows,
            "bends": [{"sequence": sequence, "why": why} for sequence, why in found],
            "rows": [{"thing": thing, "why": why} for thing, why in rows],
        }
    )
