"""`manage.py consent FILE.csv`: contracts, notices and withdrawals of many people at once."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from surveillance.access.scope import program
from surveillance.consent.services import enter_statement
from surveillance.core.errors import Fault
from surveillance.pipeline import consent_changed

COLUMNS = ("kind", "person", "number", "since", "until", "purpose", "reference")


class Command(BaseCommand):
    help = f"Enter statements from a CSV with the columns {', '.join(COLUMNS)}. A bad line is named; the others stand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                rows = list(csv.DictReader(lines))
        except (OSError, UnicodeDecodeError, csv.Error) as fault:
            raise CommandError(f"{file} cannot be read: {fault}", returncode=2) from fault
        if rows and (strange := set(rows[0]) - set(COLUMNS)):
            raise CommandError(f"No columns of ours: {', '.join(sorted(map(str, strange)))}", returncode=2)
        faults = []
        for number, row in enumerate(rows, start=2):
            try:
                told = {name: (row.get(name) or "").strip() for name in COLUMNS}
                since, until = _day(told.pop("since")), _day(told.pop("until"))
                changed = enter_statement(scope=program("consent"), **told, since=since, until=until)
                consent_changed(changed)
            except (Fault, ValueError) as fault:
                faults.append(f"line {number}: {fault}")
        self.stdout.write(f"{len(rows) - len(faults)} of {len(rows)} statements were entered.")
        for told_fault in faults:
            self.stderr.write(told_fault)
        if faults:
            raise CommandError(f"{len(faults)} lines were not entered.")


def _day(text: str) -> datetime | None:
    if not text:
        return None
    found = parse_date(text)
    if found is None:
        raise ValueError(f"{text!r} is no day, as in 2026-03-02")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
