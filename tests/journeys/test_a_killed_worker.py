"""The pipeline holds: a worker killed at random loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from installation import Installation, kill

KILLS = 30

THROUGH = """
from surveillance.capture.models import Progress, Recording
answer = Progress.objects.filter(stage="indexing", state="done").count() == Recording.objects.count()
"""

ONCE = """
from collections import Counter
from surveillance.audit.models import Entry
from surveillance.capture.models import Recording, Receipt
from surveillance.detection.models import Screening
from surveillance.transcription.models import Version
from surveillance.archive.models import Seal

def per_recording(rows):
    return sorted(Counter(str(row) for row in rows.values_list("recording_id", flat=True)).values())

def entries(action):
    return sorted(Counter(Entry.objects.filter(action=action).values_list("subject", flat=True)).values())

answer = {
    "recordings": Recording.objects.count(),
    "seals": per_recording(Seal.objects),
    "versions": per_recording(Version.objects),
    "screenings": per_recording(Screening.objects),
    "said to be screened": entries("screened"),
    "said to be transcribed": entries("transcribed"),
    "said to be sealed": entries("sealed"),
}
"""


INTERRUPTED = """
from surveillance.capture.models import Progress
answer = Progress.objects.filter(attempts__gt=1).count()
"""


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that do a worker's tasks, and its beat."""
    try:
        return [
            int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        ]
    except OSError:
        return []


def strike(worker: subprocess.Popen[bytes], chance: random.Random, *, whole: bool) -> None:
    """SIGKILL the whole worker, or one process of it while the others go on."""
    alive = children(worker)
    if whole or not alive:
        kill(worker)
        return
    with suppress(ProcessLookupError):
        os.kill(chance.choice(alive), signal.SIGKILL)


def at_work(earshot: Installation, chance: random.Random) -> subprocess.Popen[bytes]:
    """A worker that has begun: one that is struck while it starts interrupts nothing."""
    worker = earshot.start_worker()
    end = time.monotonic() + 120
    while len(children(worker)) < 3 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(chance.uniform(1.5, 4.5))
    return worker


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thirty_killed_workers_lose_nothing_and_screen_every_recording_once(
    earshot: Installation, demo_recordings: Path
) -> None:
    earshot.found()
    taken = earshot.manage("ingest", str(demo_recordings), "--json")
    chance = random.Random(20261123)
    worker = at_work(earshot, chance)
    for strikes in range(KILLS):
        strike(worker, chance, whole=strikes % 5 == 4)
        if worker.poll() is not None:
            worker = at_work(earshot, chance)
        time.sleep(chance.uniform(0.3, 2.0))
    kill(worker)
    with earshot.worker():
        earshot.wait_until(THROUGH, seconds=600)
    assert earshot.ask(INTERRUPTED) > 0  # the kills did hit work under way
    found = earshot.ask(ONCE)
    many = found.pop("recordings")
    assert many == len(taken.stdout.splitlines()) >= 14
    assert found == dict.fromkeys(found, [1] * many)
    earshot.manage("verify_archive")
    earshot.manage("verify_ledger")
