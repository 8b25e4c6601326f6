"""The collector is killed (SIGKILL) again and again while it empties a folder: each file arrives, and once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sounds import wav, written

from installation import ROOT, Installation, installation

FILES = 40
COLLECT = """
import django; django.setup()
from surveillance.capture.services import collect_watched
print("ready", flush=True)
while True: collect_watched()
"""
FOUND = """
from collections import Counter
from surveillance.audit.walk import bends
from surveillance.capture import spool
from surveillance.capture.models import Receipt, Recording
shas = set(Recording.objects.values_list("sha256", flat=True))
answer = {
    "recordings": Recording.objects.count(),
    "outcomes": Counter(Receipt.objects.values_list("outcome", flat=True)),
    "bytes": sorted(shas) == sorted(sha for sha, _ in spool.contents()),
    "bends": len(list(bends())),
}
"""


@pytest.fixture
def watching(tmp_path: Path) -> tuple[Installation, Path]:
    folder = tmp_path / "watched"
    for number in range(FILES):
        wav(folder / f"{number}.wav", 1.0, pitch=200.0 + number)
        written(folder / f"{number}.wav.done", b"")
    with installation("embedded", tmp_path / "home", EARSHOT_WATCH_FOLDER=str(folder)) as made:
        return made, folder


def collector(made: Installation) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", COLLECT],
        env=made.env,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_collector_killed_at_random_loses_nothing_and_doubles_nothing(
    watching: tuple[Installation, Path],
) -> None:
    made, folder = watching
    chance = random.Random(7)
    kills = 0
    while kills < 5 and list(folder.glob("*.wav")):
        process = collector(made)
        time.sleep(chance.uniform(0.05, 0.5))
        kill(process)
        kills += 1
    assert kills >= 3, "the collector was too fast for this test: give it more files"
    process = collector(made)
    try:
        end = time.monotonic() + 120
        while list(folder.rglob("*")) and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(0.5)
    finally:
        kill(process)
    assert made.ask(FOUND) == {
        "recordings": FILES,
        "outcomes": {"recorded": FILES},
        "bytes": True,
        "bends": 0,
    }
