"""`manage.py screen FILE.jsonl`: hold the policies over text that never was sound."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from search.transcript import Transcript
from surveillance.detection.rules import screener


class Command(BaseCommand):
    help = 'Screen lines of {"id","text"} or {"id","turns":[{"speaker","text"}]}; "-" reads standard input.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON Lines, or - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON document a line")

    def handle(self, *args: Any, file: str, json: bool, **options: Any) -> None:
        rules = screener()
        with _opened(file) as lines:
            for number, transcript in _read(lines):
                findings = [finding.as_json() for finding in rules.screen(transcript)]
                self.stdout.write(_as_json(number, findings) if json else _as_text(number, findings))


def _opened(file: str) -> TextIO:
    if file == "-":
        return sys.stdin
    try:
        return Path(file).open(encoding="utf-8")
    except OSError as fault:
        raise CommandError(f"{file} cannot be read: {fault.strerror}.") from fault


def _read(lines: TextIO) -> Iterator[tuple[Any, Transcript]]:
    for at, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            yield item["id"], _transcript(item)
        except (ValueError, KeyError, TypeError) as fault:
            raise CommandError(
                f'Line {at} is not {{"id","text"}} or {{"id","turns":[{{"speaker","text"}}]}}: {fault}'
            ) from fault


def _transcript(item: dict[str, Any]) -> Transcript:
    if "turns" in item:
        return Transcript.from_turns(
            [(str(turn.get("speaker", "")), str(turn["text"])) for turn in item["turns"]]
        )
    return Transcript.from_text(str(item["text"]))


def _as_json(number: Any, findings: list[dict[str, Any]]) -> str:
    return json.dumps({"id": number, "findings": findings}, ensure_ascii=False)


def _as_text(number: Any, findings: list[dict[str, Any]]) -> str:
    if not findings:
        return f"{number}: nothing found"
    return "\n".join(
        f"{number}: {item['category']} ({item['policy']}) — {item['words']}" for item in findings
    )
