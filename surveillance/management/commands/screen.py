"""`manage.py screen FILE.jsonl`: hold the policies over text that never was sound."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from detectors.screen import Finding
from search.transcript import Transcript
from surveillance.core.errors import Fault, Invalid
from surveillance.detection.rules import folder_screener, screener

SHAPE = 'Write {"id": …, "text": …} or {"id": …, "turns": [{"speaker": …, "text": …}]}, one a line.'


class Command(BaseCommand):
    help = 'Screen lines of {"id","text"} or {"id","turns":[{"speaker","text"}]}; "-" reads standard input.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON Lines, or - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON document a line")
        parser.add_argument(
            "--in-force",
            action="store_true",
            help="by the policies in force in this installation; else by the folder on disk, with no database",
        )

    def handle(self, *args: Any, file: str, json: bool, in_force: bool, **options: Any) -> None:
        try:
            rules = screener() if in_force else folder_screener()
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        bad = 0
        with _opened(file) as lines:
            for at, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    number, said = _read(line)
                except Invalid as fault:
                    bad += 1
                    self.stderr.write(f"Line {at}: {fault}")
                    continue
                findings = [_finding(finding, said) for finding in rules.screen(said)]
                self.stdout.write(_as_json(number, findings) if json else _as_text(number, findings))
        if bad:
            raise CommandError(f"{bad} lines were not screened; the others were.")


def _opened(file: str) -> TextIO:
    if file == "-":
        return sys.stdin
    try:
        return Path(file).open(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise CommandError(f"{file} cannot be read: {fault.strerror}.") from fault


def _read(line: str) -> tuple[Any, Transcript]:
    """The id and the words of one line.

    Raises:
        Invalid: not the shape that the command promises, or nothing said in it.
    """
    try:
        item = json.loads(line)
    except ValueError as fault:
        raise Invalid(f"It is not JSON: {fault}.", cure=SHAPE) from fault
    if not isinstance(item, dict) or "id" not in item:
        raise Invalid("It has no id.", cure=SHAPE)
    said = _transcript(item)
    if not said.text.strip():
        raise Invalid("Nothing is said in it.", cure="Leave it out, or give its words.")
    return item["id"], said


def _transcript(item: dict[str, Any]) -> Transcript:
    text, turns = item.get("text"), item.get("turns")
    if isinstance(text, str):
        return Transcript.from_text(text)
    if not isinstance(turns, list) or not all(
        isinstance(turn, dict) and isinstance(turn.get("text"), str) for turn in turns
    ):
        raise Invalid("It has neither text nor turns.", cure=SHAPE)
    return Transcript.from_turns([(str(turn.get("speaker", "")), turn["text"]) for turn in turns])


def _finding(finding: Finding, said: Transcript) -> dict[str, Any]:
    """The finding as JSON; text that never was sound has no seconds."""
    told = finding.as_json()
    if not said.timed:
        for part in (told, *told["reasons"]):
            del part["start"], part["end"]
    return told


def _as_json(number: Any, findings: list[dict[str, Any]]) -> str:
    return json.dumps({"id": number, "findings": findings}, ensure_ascii=False)


def _as_text(number: Any, findings: list[dict[str, Any]]) -> str:
    if not findings:
        return f"{number}: nothing found"
    return "\n".join(
        f"{number}: {item['category']} ({item['policy']}) — {item['words']}" for item in findings
    )
