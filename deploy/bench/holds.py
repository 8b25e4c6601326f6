"""From a hold to the store's lock: seconds for each of many objects, on the real services.

`python -m deploy.bench.holds [--objects 10000] [--threads 16]`, with `make services` up (SERVICES_ENV names their
addresses); in a database, a bucket and an index of its own. The objects are small: a lock does not read them.
Rows of recordings and seals are written in bulk; everything from the placing of the hold on is Earshot's own code.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
TARGET = 100_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.holds", description=__doc__)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=12)
    parser.add_argument("--column", choices=("real", "embedded"), default="real")
    asked = parser.parse_args(arguments)
    from installation import installation

    with (
        tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder,
        installation(asked.column, Path(folder) / "home") as made,
    ):
        os.environ.update({name: value for name, value in made.env.items() if name.startswith("EARSHOT_")})
        os.environ["DJANGO_SETTINGS_MODULE"] = "surveillance.settings"
        import django
        from django.db import connections

        django.setup()
        _measured(asked.objects, asked.threads, Path(folder))
        connections.close_all()
    return 0


def _measured(many: int, threads: int, folder: Path) -> None:
    from surveillance.access.scope import combine
    from surveillance.retention.hold_selectors import latency
    from surveillance.retention.holds import Terms, ask_release, place_hold, release_hold
    from surveillance.retention.locking import follow_holds

    keys = _stored(many, threads, folder)
    one, two = (combine(name, [("records", None)]) for name in ("one", "two"))
    began = time.perf_counter()
    hold = place_hold(scope=one, matter="Bench", reason="Measured.", terms=Terms(desks=("bench",)))
    placed = time.perf_counter() - began
    own = time.process_time()
    followed = follow_holds(threads=threads)
    own = time.process_time() - own
    whole = time.perf_counter() - began
    took = latency(one, hold)
    print(f"{many} objects: the hold was written in {placed:.1f} s, the last lock stood after {whole:.1f} s;")
    print(f"  {followed.done} locked, {followed.faults} faults, {many / (whole - placed):.0f} locks a second")
    print(
        f"  {own:.1f} s of that this process computed; the rest was the store's and the database's, on the same cores"
    )
    for share in (0.5, 0.9, 0.99, 1.0):
        print(f"  {share:.0%} within {took.quantile(share):.1f} s")
    _curve(took.seconds, placed / many)
    ask_release(scope=one, hold=hold, reason="Measured.")
    began = time.perf_counter()
    release_hold(scope=two, hold=hold)
    freed = follow_holds(threads=threads)
    print(f"released: {freed.done} freed in {time.perf_counter() - began:.1f} s")
    _removed(keys, threads)


def _curve(seconds: tuple[float, ...], a_row: float) -> None:
    """Locks by time, tenth by tenth, and the straight line through the later half carried on to the target."""
    tenths = [(share, seconds[max(0, len(seconds) * share // 10 - 1)]) for share in range(1, 11)]
    print("  curve: " + ", ".join(f"{share * 10}% {moment:.1f} s" for share, moment in tenths))
    half = len(seconds) // 2
    slope = (seconds[-1] - seconds[half]) / max(1, len(seconds) - 1 - half)
    start = seconds[0]
    for share in (0.5, 0.99):
        told = start + slope * share * TARGET
        print(
            f"  {TARGET} objects, extrapolated: {share:.0%} within {told:.0f} s (and {a_row * TARGET:.0f} s to write)"
        )


def _stored(many: int, threads: int, folder: Path) -> list[str]:
    from surveillance.access.models import Desk
    from surveillance.access.scope import program
    from surveillance.access.services import open_desk
    from surveillance.archive.models import Seal
    from surveillance.archive.stores.configured import store
    from surveillance.capture.models import Recording

    open_desk(scope=program("bench"), slug="bench", name="Bench")
    desk = Desk.objects.get(slug="bench")
    keeper, began = store(), time.perf_counter()
    until = datetime.now(UTC) + timedelta(seconds=2)
    contents = [f"native {number}".encode() for number in range(many)]
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    keys = [f"natives/{sha256[:2]}/{sha256}" for sha256 in hashes]

    versions = [""] * many

    def put(number: int) -> None:
        path = folder / f"{number}.bin"
        path.write_bytes(contents[number])
        soon = max(until, datetime.now(UTC) + timedelta(seconds=2))
        versions[number] = keeper.put(keys[number], path, sha256=hashes[number], retain_until=soon).version
        path.unlink()

    with ThreadPoolExecutor(max_workers=threads) as hands:
        list(hands.map(put, range(many)))
    print(f"{many} objects stored in {time.perf_counter() - began:.0f} s")
    common: dict[str, Any] = {
        "container": "wav",
        "codec": "pcm",
        "sample_rate": 8000,
        "channels": 1,
        "duration": 1.0,
    }
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    rows = [
        Recording(
            sha256=hashes[n], size=len(contents[n]), name=f"{n}.wav", source="bench", desk=desk,
            started_at=moment, received_at=moment, **common,
        )
        for n in range(many)
    ]  # fmt: skip
    Recording.objects.bulk_create(rows, batch_size=1000)
    Seal.objects.bulk_create(
        [
            Seal(
                recording=row, store=keeper.name, key=keys[n], version=versions[n], sha256=row.sha256, size=row.size,
                sealed_at=moment, retain_until=until,
            )
            for n, row in enumerate(rows)
        ],
        batch_size=1000,
    )  # fmt: skip
    # A worker starts with no memory of versions, as after a restart.
    if hasattr(keeper, "_versions"):
        keeper._versions.clear()
    return keys


def _removed(keys: list[str], threads: int) -> None:
    from surveillance.archive.stores.configured import store

    time.sleep(2)
    keeper = store()
    with ThreadPoolExecutor(max_workers=threads) as hands:
        list(hands.map(keeper.remove, keys))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
