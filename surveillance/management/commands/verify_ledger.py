"""`manage.py verify_ledger`: walk the whole chain of the ledger, and name every place where it was bent."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.audit.selectors import Filter, bends, entries
from surveillance.audit.services import record


class Command(BaseCommand):
    help = "Prove that no entry of the ledger was changed, removed, inserted or cut off. Fails where one was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        many, found = entries(Filter()).count(), list(bends())
        if json:
            self.stdout.write(_document(many, [(bend.sequence, bend.why) for bend in found]))
        else:
            for bend in found:
                self.stdout.write(f"entry {bend.sequence}: {bend.why}")
        if found:
            # Nothing is added to a ledger that does not hold: it is evidence now.
            raise CommandError(
                f"The ledger does not hold in {len(found)} places. Keep the database as it is, "
                "compare it with a copy from before, and find out who wrote to it."
            )
        record(
            actor="program:verify_ledger",
            action="ledger verified",
            subject="ledger",
            detail={"entries": many},
        )
        if not json:
            self.stdout.write(f"All {many} entries of the ledger hold.")


def _document(many: int, found: list[tuple[int, str]]) -> str:
    told = [{"sequence": sequence, "why": why} for sequence, why in found]
    return json.dumps({"entries": many, "holds": not found, "bends": told})
