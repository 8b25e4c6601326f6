"""`manage.py ingest PATH…`: hand recordings in, with the sidecars beside them, and say what became of each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from surveillance.access.scope import program
from surveillance.capture.services import Arrival, Said, receive
from surveillance.capture.sidecars import Sorting, sorted_out
from surveillance.core.errors import Fault
from surveillance.management.waiting import PATIENCE, Way, here, waited
from surveillance.pipeline import forward

SCOPE = program("ingest")


class Command(BaseCommand):
    help = "Take recordings in: files, or folders to their ends. Fails where one is set aside or does not get through."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="+", type=Path, help="a recording, or a folder of them")
        parser.add_argument(
            "--source", default="unattributed", help="the recorder; else told by its sidecars"
        )
        parser.add_argument("--desk", default="", help="the desk, whatever the sidecars say")
        parser.add_argument(
            "--wait", action="store_true", help="until every recording is through, or has failed"
        )
        parser.add_argument(
            "--here", action="store_true", help="do the work in this process; needs no worker"
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE,
            help="seconds without any movement before waiting ends",
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON document a file, nothing else on stdout"
        )

    def handle(
        self,
        *args: Any,
        path: list[Path],
        source: str,
        desk: str,
        wait: bool,
        here: bool,
        patience: float,
        json: bool,
        **options: Any,
    ) -> None:
        notes = Console(stderr=True)
        try:
            sorting = _sorting(path, source)
            arrivals = list(_received(sorting, Said(desk=desk), notes))
            ways = _on_their_way(arrivals, notes, wait=wait, in_process=here, patience=patience)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        for line in _lines(arrivals, ways, sorting) if json else []:
            self.stdout.write(line)
        if not json:
            Console(file=self.stdout).print(_table(arrivals, ways))  # type: ignore[arg-type]  # a text file for rich
        _leftovers(sorting, notes)
        faults = sum(not _well(arrival, ways) for _, arrival in arrivals) + len(sorting.alone)
        if faults:
            raise CommandError(f"{faults} of {len(arrivals) + len(sorting.alone)} did not get through.")


def _sorting(paths: list[Path], source: str) -> Sorting:
    for path in paths:
        if not path.exists():
            raise CommandError(f"There is no {path}.")
    return sorted_out(paths, source=source)


def _received(sorting: Sorting, said: Said, notes: Console) -> Iterator[tuple[Path, Arrival]]:
    columns = (
        TextColumn("taking in"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=notes, disable=not notes.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=len(sorting.pairs))
        for pair in sorting.pairs:
            bar.update(task, description=pair.media.name)
            arrival = receive(
                scope=SCOPE,
                source=pair.source,
                path=pair.media,
                name=pair.media.name,
                sidecar=pair.sidecar,
                said=said,
            )
            if arrival.recording and arrival.outcome == "recorded":
                forward(arrival.recording)
            bar.advance(task)
            yield pair.media, arrival


def _on_their_way(
    arrivals: list[tuple[Path, Arrival]], notes: Console, *, wait: bool, in_process: bool, patience: float
) -> dict[str, Way]:
    """How far each recording came, by id; nothing where nobody wants to know."""
    recordings = list(dict.fromkeys(arrival.recording for _, arrival in arrivals if arrival.recording))
    if in_process:
        here(recordings)
    if not (wait or in_process):
        return {}
    return {
        str(way.recording): way for way in waited(recordings, notes, patience=0 if in_process else patience)
    }


def _well(arrival: Arrival, ways: dict[str, Way]) -> bool:
    if arrival.recording is None:
        return False
    way = ways.get(str(arrival.recording))
    return way is None or way.through


def _lines(arrivals: list[tuple[Path, Arrival]], ways: dict[str, Way], sorting: Sorting) -> Iterator[str]:
    for path, arrival in arrivals:
        way = ways.get(str(arrival.recording))
        shown: dict[str, Any] = {
            "file": str(path),
            "receipt": str(arrival.receipt),
            "outcome": arrival.outcome,
            "recording": str(arrival.recording) if arrival.recording else None,
            "reason_code": arrival.reason_code,
            "reason": arrival.reason,
            "cure": arrival.cure,
        }
        if way is not None:
            shown |= {
                "through": way.through,
                "stages": way.stages,
                "fault": way.fault,
                "fault_cure": way.cure,
            }
        yield json.dumps(shown, ensure_ascii=False)
    for path in sorting.alone:
        yield json.dumps(
            {"file": str(path), "outcome": "alone", "reason": "A sidecar without its recording."}
        )


def _table(arrivals: list[tuple[Path, Arrival]], ways: dict[str, Way]) -> Table:
    shown = Table(title="What became of each file")
    for head in ("File", "Outcome", "Recording or reason"):
        shown.add_column(head, overflow="fold")
    for path, arrival in arrivals:
        way = ways.get(str(arrival.recording))
        outcome = arrival.outcome if way is None else f"{arrival.outcome}, {way.word}"
        told = str(arrival.recording or f"{arrival.reason} {arrival.cure}")
        if way is not None and way.fault:
            told += f"\n{way.fault} {way.cure}"
        shown.add_row(_plain(path.name), outcome, _plain(told))
    return shown


def _plain(text: str) -> str:
    """Names from outside are no markup."""
    return text.replace("[", "\\[")


def _leftovers(sorting: Sorting, notes: Console) -> None:
    for path in sorting.alone:
        notes.print(f"{_plain(path.name)}: a sidecar without its recording; hand both in together.")
    if sorting.papers:
        names = ", ".join(_plain(path.name) for path in sorting.papers[:8])
        notes.print(
            f"{len(sorting.papers)} left alone as papers, not recordings: {names}. Name one to take it in."
        )
