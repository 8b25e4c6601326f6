"""`manage.py rederive ALERT|--all`: tell past alerts again from their hashes, and hold them against what is kept."""

from __future__ import annotations

import json as json_
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.core.errors import Fault
from surveillance.detection.rederivation import IDENTICAL, alerts_to_tell, rederived


class Command(BaseCommand):
    help = (
        "Find an alert's findings again, with the policies of its own time, and compare them byte for byte."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", nargs="?", type=int, help="number of the alert")
        parser.add_argument("--all", action="store_true", dest="every", help="every alert there is")
        parser.add_argument("--json", action="store_true", help="one JSON document a line")

    def handle(self, *args: Any, alert: int | None, every: bool, json: bool, **options: Any) -> None:
        if (alert is None) != every:
            raise CommandError("Name one alert, or say --all.")
        told, identical = 0, 0
        try:
            for number in alerts_to_tell(alert):
                found = rederived(number)
                told, identical = told + 1, identical + (found.outcome == IDENTICAL)
                if json:
                    self.stdout.write(json_.dumps(asdict(found), ensure_ascii=False))
                elif found.outcome != IDENTICAL or not every:
                    tail = f": {found.told}" if found.told else f", {found.findings} findings"
                    self.stdout.write(f"alert {number} {found.outcome}{tail}")
                if every and sys.stderr.isatty():
                    self.stderr.write(f"\r{told} told again", ending="")
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        if not json and every:
            self.stdout.write(f"{identical} of {told} alerts are told again identically.")
        if identical < told:
            raise CommandError(f"{told - identical} alerts are not identical, or cannot be told again.")
