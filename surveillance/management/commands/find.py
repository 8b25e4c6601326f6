"""`manage.py find QUERY`: search the spoken archive from the command line, as someone."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.access.scope import program
from surveillance.access.selectors import scope_named
from surveillance.core.errors import Fault
from surveillance.indexing.services import Found, FoundCall, Question, find


class Command(BaseCommand):
    help = "Find words in the archive. The search goes on record under the name of --as, or of this program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--as", dest="user", help="search within the scope of this user")
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(
        self, *args: Any, query: str, user: str | None, limit: int, json: bool, **options: Any
    ) -> None:
        try:
            scope = scope_named(user) if user else program("find")
            found = find(scope=scope, question=Question(query=query, limit=limit))
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(json_format.dumps(_as_json(found), ensure_ascii=False) if json else _as_text(found))


def _as_json(found: Found) -> dict[str, Any]:
    return {
        "total": found.total,
        "query_in_words": found.query_in_words,
        "hits": [
            {
                "recording": item.hit.recording,
                "start": item.hit.start,
                "end": item.hit.end,
                "speaker": item.hit.speaker,
                "snippet": item.hit.snippet,
                "score": item.hit.score,
            }
            for item in found.hits
        ],
    }


def _as_text(found: Found) -> str:
    head = (
        f"{found.total} calls hold {found.query_in_words}" if found.query_in_words else f"{found.total} calls"
    )
    return "\n".join([head, *(_line(item) for item in found.hits)])


def _line(item: FoundCall) -> str:
    hit, call = item.hit, item.call
    return (
        f"{call.started_at:%Y-%m-%d %H:%M} {call.desk:<10} {hit.start:7.1f} s  {hit.speaker}: {hit.snippet}"
    )
