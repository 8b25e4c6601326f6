"""NeMo behind the same protocol, in a worker queue of its own: from a trained model to timed words in the database."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_nemo

from installation import installation

THROUGH = """
from surveillance.capture.models import Progress
answer = Progress.objects.filter(stage="indexing", state="done").count() == 1
"""

CLEARED = """
from surveillance.capture.models import Progress
answer = Progress.objects.filter(stage="consent", state="done").count() == 1
"""

WAITING = """
from surveillance.capture.models import Progress
answer = Progress.objects.get(stage="transcription").state
"""

WORDS = """
from surveillance.transcription.models import Version
from surveillance.transcription.sealing import opened_content
row = Version.objects.get()
turns = opened_content(row.recording_id, row.number, row.content)["turns"]
answer = {"engine": row.engine, "sha256": row.model_sha256, "number": row.number, "turns": turns}
"""


@pytest.mark.long
@pytest.mark.nemo
@pytest.mark.timeout(600)
def test_nemo_writes_timed_words_into_the_database_from_a_queue_of_its_own(tmp_path: Path) -> None:
    model = tiny_nemo.train(tmp_path)
    call = tiny_nemo.opening(tmp_path / "opening.wav")
    nemo = {"EARSHOT_SPEECH_ENGINE": "nemo", "EARSHOT_SPEECH_MODEL": str(model)}
    with installation("embedded", tmp_path / "home", **nemo) as earshot:
        with earshot.worker(processes=1, queues="io,speech,screen,index"):
            earshot.manage("ingest", str(call), "--json")
            earshot.wait_until(CLEARED)
            # Nobody of the other queues takes it up: it waits for a worker that has NeMo.
            assert earshot.ask(WAITING) == "waiting"
            with earshot.worker(processes=1, queues="nemo"):
                earshot.wait_until(THROUGH, seconds=300)
        kept = earshot.ask(WORDS)
    assert kept["engine"] == "nemo"
    assert kept["number"] == 1
    assert len(kept["sha256"]) == 64
    said = [" ".join(word["text"] for word in turn["words"]) for turn in kept["turns"]]
    assert said == list(tiny_nemo.SENTENCES)
    times = [(word["start"], word["end"]) for turn in kept["turns"] for word in turn["words"]]
    assert all(0 <= start < end <= tiny_nemo.OPENING for start, end in times)
