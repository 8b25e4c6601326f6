"""The pipeline holds: a worker killed at random loses nothing and doubles nothing."""

from __future__ import annotations

import random
import time
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


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thirty_killed_workers_lose_nothing_and_screen_every_recording_once(
    earshot: Installation, demo_recordings: Path
) -> None:
    earshot.found()
    taken = earshot.manage("ingest", str(demo_recordings), "--json")
    chance = random.Random(20261123)
    for _ in range(KILLS):
        worker = earshot.start_worker()
        time.sleep(chance.uniform(1.5, 6.0))
        kill(worker)
    with earshot.worker():
        earshot.wait_until(THROUGH, seconds=600)
    found = earshot.ask(ONCE)
    many = found.pop("recordings")
    assert many == len(taken.stdout.splitlines()) >= 14
    assert found == dict.fromkeys(found, [1] * many)
    earshot.manage("verify_archive")
    earshot.manage("verify_ledger")
