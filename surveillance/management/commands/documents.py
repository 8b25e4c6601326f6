"""`manage.py documents KIND`: a document of data protection as configured now, as text or JSON."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from surveillance.access.scope import program
from surveillance.subjects.documents import KINDS
from surveillance.subjects.issuing import document


class Command(BaseCommand):
    help = "Print the worker notice, the records of processing or the DPIA, written from what is configured."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, kind: str, json: bool, **options: Any) -> None:
        row = document(program("documents"), kind)
        content = row.now.content()
        if json:
            told = {**content, "sha256": row.now.sha256, "stands": row.stands, "changed": list(row.changed)}
            self.stdout.write(json_format.dumps(told, ensure_ascii=False))
            return
        lines = [f"# {row.title}", row.law, ""]
        for section in content["sections"]:
            lines += [f"## {section['heading']}", *section["text"]]
            if section["rows"]:
                lines += ["", *(" | ".join(cells) for cells in (section["columns"], *section["rows"]))]
            lines.append("")
        if row.changed:
            lines.append(f"What was issued no longer says so: {', '.join(row.changed)}.")
        self.stdout.write("\n".join(lines))
