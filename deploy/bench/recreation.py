"""Re-creation: records rebuilt as they stood at three past times, byte for byte, sound and all; what the history costs.

`python -m deploy.bench.recreation [--records 1000]`, in a home of its own on the embedded default. Each record is taken
in, sealed, transcribed and changed between the times; what stood is read from the tables at each time, and held against
what is rebuilt from the history after all of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

RECORDINGS = Path(__file__).resolve().parents[1] / "demo" / "recordings"
WORDS = "push lean fix buy sell hold the a on to level gilts sterling cable done mine yours leave over week".split()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.recreation", description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        os.environ.update(EARSHOT_HOME=home, DJANGO_SETTINGS_MODULE="surveillance.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _cost(200)
        return _rebuilt(asked.records, Path(home))


def _rebuilt(many: int, folder: Path) -> int:
    from surveillance.access.scope import program
    from surveillance.access.services import open_desk
    from surveillance.archive.selectors import native
    from surveillance.capture.models import Party
    from surveillance.core.clock import now
    from surveillance.custody.selectors import record_as_of

    clerk, draw = program("bench"), random.Random(5)
    open_desk(scope=clerk, slug="rates", name="Rates")
    source = min(RECORDINGS.rglob("*.wav"), key=lambda path: path.stat().st_size).read_bytes()
    sounds: dict[UUID, str] = {}
    for number in range(many):
        content = source + number.to_bytes(4, "big")
        sounds[_taken_in(folder / f"{number}.wav", content, draw)] = hashlib.sha256(content).hexdigest()
    stood: dict[tuple[UUID, datetime], bytes] = {}
    for change in range(3):
        at = _a_moment(now)
        stood |= {(one, at): _as_it_stands(one, at) for one in sounds}
        for one in sounds:
            if draw.random() < 0.7:
                _heard(one, draw, f"script-{change + 2}")
            if draw.random() < 0.3:
                Party.objects.filter(recording_id=one, channel=0).update(person=f"Person {change}")
    began = time.perf_counter()
    same = sum(record_as_of(clerk, one, at).content() == content for (one, at), content in stood.items())
    took = time.perf_counter() - began
    heard = 0
    for one, sha256 in sounds.items():
        with native(one) as path, path.open("rb") as file:
            heard += hashlib.file_digest(file, "sha256").hexdigest() == sha256
    print(
        f"{same} of {len(stood)} rebuilds of {many} records at three past times are byte-identical "
        f"({1e3 * took / len(stood):.1f} ms each); {heard} of {many} natives are"
    )
    return 0 if same == len(stood) and heard == many else 1


def _cost(rounds: int) -> None:
    """Writing a party with the triggers and without, in turns."""
    from django.db import connection

    from surveillance.custody.triggers import _put_away, after_migrations

    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(7):
        for tracked in (True, False):
            after_migrations(using="default", plan=[]) if tracked else _put_away(connection)
            taken[tracked].append(_written(rounds))
    after_migrations(using="default", plan=[])
    pairs = zip(taken[True], taken[False], strict=True)
    print(
        f"writing {rounds} recordings with a party: {statistics.median(a / b for a, b in pairs):.2f} of the "
        "time without the history, median of 7 pairs"
    )


def _written(many: int) -> float:
    from django.db import transaction

    from surveillance.access.models import Desk
    from surveillance.capture.models import Party, Recording
    from surveillance.core.clock import now

    class Undone(Exception):
        pass

    began = time.perf_counter()
    try:
        with transaction.atomic():
            desk = Desk.objects.create(slug="cost", name="Cost")
            for number in range(many):
                row = Recording.objects.create(
                    sha256=f"{number:064d}",
                    size=1,
                    name="x",
                    source="bench",
                    desk=desk,
                    started_at=now(),
                    duration=1.0,
                    container="wav",
                    codec="pcm",
                    sample_rate=8000,
                    channels=2,
                    received_at=now(),
                )
                Party.objects.create(recording=row, channel=0, person="Ann")
            raise Undone
    except Undone:
        return time.perf_counter() - began


def _taken_in(path: Path, content: bytes, draw: random.Random) -> UUID:
    from surveillance.access.scope import program
    from surveillance.archive.services import seal
    from surveillance.capture.progress import take
    from surveillance.capture.services import Said, receive

    path.write_bytes(content)
    said = Said(desk="rates", started_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    arrival = receive(scope=program("bench"), source="upload", path=path, name=path.name, said=said)
    path.unlink()
    if arrival.recording is None:
        raise SystemExit(f"{path.name}: {arrival.reason}")
    claim = take(arrival.recording, "archive", lease=600)
    if claim is None:
        raise SystemExit(f"{path.name}: not to be claimed")
    seal(claim)
    _heard(arrival.recording, draw, "script-1")
    return arrival.recording


def _heard(recording: UUID, draw: random.Random, model: str) -> None:
    """Words as a recogniser would keep them; made up."""
    from detectors.speech.engine import EngineIdentity, Heard
    from search.transcript import Transcript, Turn, Word
    from surveillance.capture.progress import reopen, take
    from surveillance.transcription.services import keep

    class Script:
        identity = EngineIdentity(engine="bench", model=model, model_sha256="0" * 64, settings={})

    words = tuple(
        Word(text=draw.choice(WORDS), start=nth * 0.4, end=nth * 0.4 + 0.3, confidence=0.9)
        for nth in range(120)
    )
    said = Transcript(turns=(Turn(speaker="Ann", channel=0, words=words),))
    reopen(recording, ["transcription"])
    claim = take(recording, "transcription", lease=600)
    if claim is None:
        raise SystemExit(f"{recording}: not to be claimed")
    keep(claim, Heard(transcript=said), Script(), seconds=0.1)  # type: ignore[arg-type]


def _as_it_stands(recording: UUID, at: datetime) -> bytes:
    from surveillance.custody.sealing import live_rows
    from surveillance.custody.selectors import as_record

    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for (kind, key), state in live_rows(recording):
        rows.setdefault(kind, {})[key] = json.loads(state)
    return as_record(recording, at, rows).content()


def _a_moment(now: Any) -> datetime:
    time.sleep(0.01)
    at: datetime = now()
    time.sleep(0.01)
    return at


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
