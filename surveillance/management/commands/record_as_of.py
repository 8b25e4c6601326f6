"""`manage.py record_as_of`: a recording as it stood at a time — its sound, its rows, a manifest of hashes."""

from __future__ import annotations

import json as as_json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from surveillance.access.scope import program
from surveillance.core.clock import now
from surveillance.core.errors import Fault
from surveillance.custody.services import export_record, prove_record


class Command(BaseCommand):
    help = "Re-create a record as it stood at a time. Without --out its JSON goes to stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("recording", type=UUID)
        parser.add_argument("--at", type=_moment, help="2026-03-02T09:30:00+00:00; now where it is left out")
        parser.add_argument("--out", type=Path, help="a folder for native, record.json and manifest.json")

    def handle(
        self, *args: Any, recording: UUID, at: datetime | None, out: Path | None, **options: Any
    ) -> None:
        try:
            if out is None:
                told = prove_record(scope=program("record_as_of"), recording=recording, at=at or now())
                self.stdout.write(told.content().decode())
                return
            manifest = export_record(
                scope=program("record_as_of"), recording=recording, at=at or now(), out=out
            )
        except Fault as fault:
            raise CommandError(str(fault), returncode=2) from fault
        self.stdout.write(as_json.dumps(manifest, indent=1))


def _moment(told: str) -> datetime:
    found = parse_datetime(told)
    if found is None or found.tzinfo is None:
        raise ValueError(told)
    return found
