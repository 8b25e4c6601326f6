"""From arrival to a hit that can be played, on the embedded default and on the real services alike."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from installation import Installation

CALLS = ("fx-four-oclock", "rates-reset-letter", "treasury-before-thursday", "field-care-visit")

BYTES = """
import hashlib
from surveillance.archive.selectors import native
from surveillance.capture.models import Recording
answer = {}
for row in Recording.objects.all():
    with native(row.id) as path:
        answer[row.name] = hashlib.sha256(path.read_bytes()).hexdigest()
"""

THROUGH = """
from surveillance.capture.models import Progress, Recording
answer = Progress.objects.filter(stage="indexing", state="done").count() == Recording.objects.count() > 0
"""

WAITS = """
from surveillance.capture.models import Progress
answer = list(Progress.objects.filter(stage="{stage}").exclude(fault="").values_list("state", flat=True)) == ["waiting"]
"""


def some_calls(recordings: Path, wanted: tuple[str, ...] = CALLS) -> list[Path]:
    """The audio files of a few demo calls; their sidecars stand beside them."""
    found = [path for path in sorted(recordings.rglob("*.wav")) if path.stem in wanted]
    assert len(found) == len(wanted)
    return found


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def find(earshot: Installation, query: str, *more: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(earshot.manage("find", query, "--json", *more).stdout)
    return answer


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_call_arrives_and_is_sealed_written_down_screened_and_found_by_those_who_may(
    earshot: Installation, demo_recordings: Path
) -> None:
    files = some_calls(demo_recordings)
    earshot.found()
    with earshot.worker():
        taken = earshot.manage("ingest", *map(str, files), "--wait", "--json")
        assert len(lines(taken.stdout)) == len(files)
        earshot.wait_until(THROUGH)
    # The native is byte-identical in the store.
    assert earshot.ask(BYTES) == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    everything = find(earshot, "the or a")
    assert everything["total"] == len(files)
    hit = everything["hits"][0]
    assert set(hit) == {"recording", "start", "end", "speaker", "snippet", "score"}
    assert 0 <= hit["start"] < hit["end"]
    # The wall: one desk each, and nothing beside it.
    theirs = find(earshot, "the or a", "--as", "treasury-officer")
    others = find(earshot, "the or a", "--as", "field-officer")
    assert theirs["total"] == others["total"] == 1
    assert theirs["hits"][0]["recording"] != others["hits"][0]["recording"]
    # The same bytes again: one recording, a second receipt.
    again = lines(earshot.manage("ingest", str(files[0]), "--json").stdout)
    assert [line["outcome"] for line in again] == ["duplicate"]
    assert find(earshot, "the or a")["total"] == len(files)
    earshot.manage("verify_archive")
    earshot.manage("verify_ledger")
    # Words, sound and keys are for Earshot's own user.
    written = [path for path in earshot.home.rglob("*") if path.is_file() and path.name != "worker.log"]
    assert [path for path in written if path.stat().st_mode & 0o077] == []


@pytest.mark.timeout(300)
def test_a_dead_broker_costs_time_and_no_recording(earshot: Installation, demo_recordings: Path) -> None:
    [file] = some_calls(demo_recordings, CALLS[:1])
    earshot.found()
    dead = {"EARSHOT_BROKER_URL": "redis://127.0.0.1:1/0"}
    earshot.manage("ingest", str(file), "--json", **dead)
    with earshot.worker(processes=1):
        earshot.wait_until(THROUGH)


@pytest.mark.services
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("stage", "away"),
    [
        ("archive", {"EARSHOT_S3_ENDPOINT": "127.0.0.1:1"}),
        ("indexing", {"EARSHOT_ELASTIC_URL": "http://127.0.0.1:1"}),
    ],
)
@pytest.mark.parametrize("column", ["real"], indirect=True)
def test_a_store_or_index_that_is_away_is_waited_for(
    earshot: Installation, demo_recordings: Path, stage: str, away: dict[str, str]
) -> None:
    [file] = some_calls(demo_recordings, CALLS[:1])
    earshot.found()
    broken = Installation(column=earshot.column, home=earshot.home, env={**earshot.env, **away})
    with broken.worker(processes=1):
        broken.manage("ingest", str(file), "--json")
        earshot.wait_until(WAITS.format(stage=stage))
    with earshot.worker(processes=1):
        earshot.wait_until(THROUGH)
