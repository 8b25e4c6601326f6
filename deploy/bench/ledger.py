"""What the ledger costs: entries verified a second, and its share of a deed.

`python -m deploy.bench.ledger [--entries 1000000] [--deeds 40]`, in a home of its own on the embedded default.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

RECORDINGS = Path(__file__).resolve().parents[1] / "demo" / "recordings"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.ledger", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--deeds", type=int, default=40)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        os.environ.update(EARSHOT_HOME=home, DJANGO_SETTINGS_MODULE="surveillance.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _share(asked.deeds, Path(home))
        _verified(asked.entries)
    return 0


def _share(deeds: int, folder: Path) -> None:
    """A recording taken in, with the ledger and with an entry that is not written, in turns."""
    from surveillance.access.scope import program
    from surveillance.access.services import open_desk

    open_desk(scope=program("bench"), slug="rates", name="Rates")
    native = next(iter(sorted(RECORDINGS.rglob("*.wav")))).read_bytes()
    with_it, without = [], []
    for number in range(deeds):
        with_it.append(_received(native, folder / f"a{number}.wav", number))
        with (
            patch("surveillance.capture.receipts.record", lambda **_: 0),
            patch("surveillance.capture.services.record", lambda **_: 0),
        ):
            without.append(_received(native, folder / f"b{number}.wav", number + deeds))
    ratio = statistics.median(a / b for a, b in zip(with_it, without, strict=True))
    print(
        f"taking a recording in: {statistics.median(with_it) * 1e3:.0f} ms with its entries, "
        f"{statistics.median(without) * 1e3:.0f} ms without; median of {deeds} pairs {ratio:.3f}"
    )


def _received(native: bytes, path: Path, number: int) -> float:
    from surveillance.access.scope import program
    from surveillance.capture.services import Said, receive

    path.write_bytes(native + number.to_bytes(4, "big"))  # other bytes, the same sound
    said = Said(desk="rates", started_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    began = time.perf_counter()
    arrival = receive(scope=program("bench"), source="upload", path=path, name=path.name, said=said)
    took = time.perf_counter() - began
    if arrival.recording is None:
        raise SystemExit(f"{path.name}: {arrival.reason}")
    return took


def _verified(many: int) -> None:
    """So many entries as `record` writes them, and the walk over them beside bare hashing of the same bytes."""
    from django.db import transaction

    from surveillance.audit.merkle import Edge
    from surveillance.audit.models import Entry, Head, Tile
    from surveillance.audit.walk import bends

    for model in (Entry, Head, Tile):
        model.objects.all().delete()
    edge = Edge()
    with transaction.atomic():
        for rows, tiles, edge in _grown(many):  # noqa: B007 — the last one is the head's
            Entry.objects.bulk_create([Entry(**row) for row in rows], batch_size=1000)
            Tile.objects.bulk_create([Tile(number=number, root=root) for number, root in tiles])
        Head.objects.create(id=1, sequence=edge.size, edge=[root.hex() for root in edge.roots])
    began = time.perf_counter()
    found = list(bends())
    took = time.perf_counter() - began
    if found:
        raise SystemExit(f"the ledger of the bench does not hold: {found[0]}")
    verdict = "within" if took <= 60 * many / 1e6 else "OVER"
    print(f"verified {many} entries in {took:.1f} s, {many / took:.0f} a second ({verdict} 60 s a million)")


def _grown(many: int) -> Iterator[tuple[list[dict[str, Any]], list[tuple[int, str]], Any]]:
    from surveillance.audit.merkle import Edge
    from surveillance.audit.writing import leaf_of

    edge, tile, at = Edge(), Edge(), datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, many, 20_000):
        rows, tiles = [], []
        for number in range(start + 1, min(start + 20_000, many) + 1):
            row: dict[str, Any] = {
                "sequence": number,
                "at": at + timedelta(seconds=number),
                "actor": f"officer-{number % 37}",
                "action": ("viewed", "played", "searched", "decided")[number % 4],
                "subject": f"recording:{number % 9973:08d}-0000-4000-8000-000000000000",
                "detail": {
                    "from": round(number % 300 * 1.37, 2),
                    "page": number % 9,
                    "query": "libor w/5 fix",
                },
                "rows": "",
            }
            leaf = leaf_of(row)
            rows.append({**row, "leaf": leaf.hex()})
            edge, tile = edge.grown(leaf), tile.grown(leaf)
            if tile.size == 256:
                tiles.append((edge.size // 256 - 1, tile.root.hex()))
                tile = Edge()
        yield rows, tiles, edge


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
