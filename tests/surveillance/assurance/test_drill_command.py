"""`manage.py drill`, the beat and the daily round, with a recogniser that follows the scripts."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from floor import CLERK, Script

from surveillance import pipeline
from surveillance.assurance.library import drills
from surveillance.assurance.models import DrillRun
from surveillance.assurance.selectors import recall
from surveillance.transcription import services as transcription

pytestmark = [pytest.mark.usefixtures("floor_of_policies"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every drill is heard as the one about messages is written."""
    script = Script(drills()["conduct.off-channel"].as_read())
    monkeypatch.setattr(transcription, "engine", lambda: script)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """What was put on the queue, instead of a broker."""
    sent: list[tuple[str, tuple[str, ...]]] = []
    for task in (pipeline.run, pipeline.drill):
        monkeypatch.setattr(
            task, "apply_async", lambda args=(), *, name=task.name, **_: sent.append((name, args))
        )
    return sent


def test_drills_run_in_this_process_and_recall_is_printed_with_its_interval() -> None:
    out = StringIO()
    call_command("drill", "conduct.off-channel", "--inline", "--json", stdout=out)
    told = json.loads(out.getvalue())
    by_drill = {run["drill"]: run for run in told["runs"]}
    assert by_drill["conduct.off-channel"]["passed"]
    assert by_drill["conduct.off-channel"]["findable"]
    assert by_drill["conduct.off-channel.innocent"]["cause"] == "false alarm"
    assert by_drill["conduct.off-channel.fr"]["cause"] == ""
    assert told["recall"]["total"] == 1
    assert 0.2 < told["recall"]["low"] < 0.21
    assert told["false_alarms"] | {"low": 0, "high": 0} == {
        "count": 1, "total": 1, "value": 1.0, "low": 0, "high": 0
    }  # fmt: skip


def test_a_table_names_what_was_missed_and_why() -> None:
    out = StringIO()
    call_command("drill", "conduct.private-mail", "--inline", stdout=out)
    assert "Caught, with the right category: 1/1" in out.getvalue()
    assert "Heard by their own policy: 0/1" in out.getvalue()


def test_a_policy_without_a_drill_is_refused() -> None:
    with pytest.raises(CommandError, match="no drill"):
        call_command("drill", "conduct.pigeons", "--inline")


def test_without_workers_drills_wait_and_the_beat_sends_and_judges_them(
    queued: list[tuple[str, tuple[str, ...]]],
) -> None:
    call_command("drill", "conduct.off-channel.innocent", stdout=StringIO())
    assert [name for name, _ in queued] == ["surveillance.drill"]
    queued.clear()  # the broker lost it
    pipeline.drills()
    run = DrillRun.objects.get()
    assert run.state == "sent"
    assert queued == [("surveillance.run", (str(run.recording_id), "archive"))]
    while queued:
        _, (recording, stage) = queued.pop()
        pipeline.run(recording, stage)
    assert pipeline.judge_drills() == 1
    assert DrillRun.objects.get().state == "judged"


def test_the_hourly_round_sends_todays_drills_once(queued: list[tuple[str, tuple[str, ...]]]) -> None:
    pipeline.assure()
    # The share of the day over a clean line, and one over each of the five other lines and codecs.
    assert DrillRun.objects.count() == 12 + 5
    assert len(queued) == pipeline.DRILLS_AT_ONCE, "the others wait, so that calls need not"
    pipeline.assure()
    assert DrillRun.objects.count() == 17
    assert recall(CLERK).overall.total == 0
