"""What encryption at rest costs: sealing and ranged reading with and without it, and words opened in bulk.

`python -m deploy.bench.encryption [--megabytes 64] [--rounds 7]`, in a home of its own on the embedded default. Ratios
of pairs taken in turns; `cryptography`'s bare AES-GCM over the same bytes beside them.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

RANGE = 256 * 1024


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.encryption", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        os.environ.update(EARSHOT_HOME=home, DJANGO_SETTINGS_MODULE="surveillance.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _bytes(asked.megabytes, asked.rounds)
        _sealed(asked.megabytes, asked.rounds, Path(home))
        _words(2000, asked.rounds)
    return 0


def _took(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _bytes(megabytes: int, rounds: int) -> None:
    """The streaming format beside one bare call of the cipher over the same bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from surveillance.archive.streaming_aead import Sealing

    plain, key = os.urandom(megabytes << 20), os.urandom(32)
    sealing = Sealing(key=key, bound=b"bench")
    pieces = [plain[start : start + (1 << 20)] for start in range(0, len(plain), 1 << 20)]
    ours = [_took(lambda: [*sealing.sealed(pieces, head=os.urandom(39))]) for _ in range(rounds)]
    bare = [_took(lambda: AESGCM(key).encrypt(os.urandom(12), plain, b"")) for _ in range(rounds)]
    print(
        f"sealing {megabytes} MB in segments: {megabytes / statistics.median(ours):.0f} MB/s, "
        f"{statistics.median(ours) / statistics.median(bare):.2f} of the time of one bare AES-GCM call"
    )


def _sealed(megabytes: int, rounds: int, home: Path) -> None:
    """A native put, read back whole and in ranges, with and without encryption, in turns."""
    from django.conf import settings

    from surveillance.archive.models import Seal
    from surveillance.archive.reading import found, sealed_bytes
    from surveillance.archive.services import _put
    from surveillance.archive.stores.configured import store
    from surveillance.capture.calls import Native
    from surveillance.core.clock import now

    on = settings.EARSHOT
    times: dict[tuple[str, bool], list[float]] = {}
    draw = random.Random(7)
    for _ in range(rounds):
        for encrypted in (True, False):
            settings.EARSHOT = replace(on, encryption=encrypted)
            native = _native(Native, home / "in.wav", megabytes, now())
            kept: list[Seal] = []
            times.setdefault(("put and read back", encrypted), []).append(
                _took(lambda: kept.append(_proven(_put, found, store(), native)))  # noqa: B023
            )
            places = [draw.randrange((megabytes << 20) - RANGE) for _ in range(50)]
            times.setdefault(("50 ranges of 256 KB", encrypted), []).append(
                _took(lambda: [[*sealed_bytes(kept[0], start=at, length=RANGE)] for at in places])  # noqa: B023
            )
    settings.EARSHOT = on
    for what in ("put and read back", "50 ranges of 256 KB"):
        pairs = zip(times[what, True], times[what, False], strict=True)
        print(
            f"{what}, {megabytes} MB: {statistics.median(times[what, True]) * 1e3:.0f} ms encrypted, "
            f"{statistics.median(times[what, False]) * 1e3:.0f} ms plain; median of pairs "
            f"{statistics.median(a / b for a, b in pairs):.2f}"
        )


def _native(kind: Any, path: Path, megabytes: int, at: Any) -> Any:
    import hashlib

    content = os.urandom(megabytes << 20)
    path.write_bytes(content)
    return kind(
        recording=uuid4(),
        duration=0.0,
        name=path.name,
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        started_at=at,
    )


def _proven(put: Any, found: Any, keeper: Any, native: Any) -> Any:
    seal = put(keeper, native, None)
    back = found(keeper, seal)
    if back.sha256 != native.sha256:
        raise SystemExit("the store does not give back what it was given")
    return seal


def _words(many: int, rounds: int) -> None:
    """Lines of tokens opened in bulk, as a back-test does, beside reading them plain."""
    from surveillance.transcription.sealing import opened_lines, sealed_line

    draw = random.Random(11)
    vocabulary = [f"word{number}" for number in range(3000)]
    rows = []
    for _ in range(many):
        recording, line = uuid4(), " ".join(draw.choices(vocabulary, k=600))
        rows.append((recording, 1, sealed_line(recording, 1, line)))
    first = _took(lambda: [*opened_lines(rows)])
    warm = statistics.median(_took(lambda: [*opened_lines(rows)]) for _ in range(rounds))
    print(f"opening {many} lines of 600 words: {many / first:.0f} a second cold, {many / warm:.0f} warm")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
