"""Claims: one worker a stage; a dead one loses it, a living one keeps it; nothing stands still unnoticed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from sounds import wav

from surveillance.access.scope import Scope
from surveillance.capture import progress
from surveillance.capture.models import Progress
from surveillance.capture.services import receive
from surveillance.core.clock import now
from surveillance.core.errors import Conflict

STAGES = ("archive", "transcription")


@pytest.fixture
def recording(hand_in: Any, tmp_path: Path) -> UUID:
    made = hand_in(wav(tmp_path / "a.wav")).recording
    assert isinstance(made, UUID)
    return made


def lapse(recording: UUID, stage: str = "archive") -> None:
    """The lease of a dead worker runs out."""
    Progress.objects.filter(recording_id=recording, stage=stage).update(until=now() - timedelta(seconds=1))


def test_one_of_many_workers_gets_the_stage(
    lasting_desks: tuple[str, ...], clerk: Scope, tmp_path: Path
) -> None:
    made = receive(scope=clerk, source="api", path=wav(tmp_path / "a.wav"), name="a.wav").recording
    assert made is not None
    together, claims = threading.Barrier(8), []

    def worker() -> None:
        together.wait()
        try:
            claims.append(progress.take(made, "archive", lease=60))
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert len(claims) == 8
    assert len([claim for claim in claims if claim]) == 1


def test_a_lost_lease_goes_to_another_and_the_first_cannot_settle(recording: UUID) -> None:
    first = progress.take(recording, "archive", lease=60)
    assert first is not None
    assert progress.take(recording, "archive", lease=60) is None
    lapse(recording)
    second = progress.take(recording, "archive", lease=60)
    assert second is not None
    with pytest.raises(Conflict), transaction.atomic():
        progress.settle(first)
    progress.settle(second)
    assert progress.done_stages(recording) == {"archive"}
    assert progress.take(recording, "archive", lease=60) is None
    with pytest.raises(Conflict):
        progress.settle(second)


def test_a_result_stands_only_with_its_settled_claim(recording: UUID) -> None:
    claim = progress.take(recording, "archive", lease=60)
    assert claim is not None
    lapse(recording)
    progress.take(recording, "archive", lease=60)

    @transaction.atomic
    def store_and_settle(claim: progress.Claim) -> None:
        Progress.objects.create(recording_id=recording, stage="a result", since=now())
        progress.settle(claim)

    with pytest.raises(Conflict):
        store_and_settle(claim)
    assert not Progress.objects.filter(stage="a result").exists()


def test_a_late_loser_cannot_put_back_what_another_does(recording: UUID) -> None:
    first = progress.take(recording, "archive", lease=60)
    assert first is not None
    lapse(recording)
    second = progress.take(recording, "archive", lease=60)
    assert second is not None
    progress.put_back(first, fault="late", cure="", pause=None)
    assert Progress.objects.get(stage="archive").state == "running"
    progress.settle(second)


def test_a_living_worker_keeps_its_lease(
    lasting_desks: tuple[str, ...], clerk: Scope, tmp_path: Path
) -> None:
    made = receive(scope=clerk, source="api", path=wav(tmp_path / "a.wav"), name="a.wav").recording
    assert made is not None
    claim = progress.take(made, "archive", lease=0.6)
    assert claim is not None
    with progress.kept(claim, lease=0.6):
        time.sleep(1.5)
        assert progress.take(made, "archive", lease=60) is None
    time.sleep(0.7)
    assert progress.take(made, "archive", lease=60) is not None


def test_what_is_put_back_rests_and_what_failed_waits_for_a_person(recording: UUID) -> None:
    claim = progress.take(recording, "archive", lease=60)
    assert claim is not None
    progress.put_back(claim, fault="the store is away", cure="wait", pause=50)
    assert progress.take(recording, "archive", lease=60) is None
    assert progress.standing_still(STAGES, patience=1) == []
    lapse(recording)
    claim = progress.take(recording, "archive", lease=60)
    assert claim is not None
    assert progress.rests(claim) == 1
    progress.put_back(claim, fault="broken", cure="mend it", pause=None)
    lapse(recording)
    assert progress.take(recording, "archive", lease=60) is None
    assert progress.standing_still(STAGES, patience=1) == []
    progress.reopen(recording, ["archive"])
    assert progress.standing_still(STAGES, patience=1) == [(recording, "archive")]
    assert progress.take(recording, "archive", lease=60) is not None


def test_a_recording_that_was_never_sent_on_is_noticed(recording: UUID) -> None:
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]


def test_a_message_under_way_is_given_time_and_longer_after_each_sending(recording: UUID) -> None:
    def sent_ago(seconds: float) -> None:
        Progress.objects.filter(stage="archive").update(sent_at=now() - timedelta(seconds=seconds))

    progress.note_sent(recording, "archive")
    assert progress.standing_still(STAGES, patience=30) == []
    sent_ago(31)
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]
    progress.note_sent(recording, "archive")
    sent_ago(31)
    assert progress.standing_still(STAGES, patience=30) == []
    sent_ago(61)
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]
    Progress.objects.filter(stage="archive").update(sends=40)
    sent_ago(3590)
    assert progress.standing_still(STAGES, patience=30) == []
    sent_ago(3610)
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]


def test_a_dead_worker_s_recording_stands_still_as_soon_as_its_lease_is_over(recording: UUID) -> None:
    progress.note_sent(recording, "archive")
    progress.take(recording, "archive", lease=60)
    assert progress.standing_still(STAGES, patience=30) == []
    lapse(recording)
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]


def test_the_next_stage_is_noticed_and_what_is_through_is_left_alone(recording: UUID) -> None:
    for stage in STAGES:
        assert progress.standing_still(STAGES, patience=30) == [(recording, stage)]
        claim = progress.take(recording, stage, lease=60)
        assert claim is not None
        progress.settle(claim)
    assert progress.standing_still(STAGES, patience=30) == []
    assert progress.counts([recording], STAGES) == ({"archive": 1, "transcription": 1}, 0)


def test_a_stage_that_kills_its_workers_is_given_up_and_says_so(recording: UUID) -> None:
    for _ in range(3):
        assert progress.take(recording, "archive", lease=60) is not None
        assert progress.give_up(deaths=3) == 0
        lapse(recording)
    assert progress.give_up(deaths=3) == 1
    row = Progress.objects.get(stage="archive")
    assert (row.state, bool(row.fault), bool(row.cure)) == ("failed", True, True)
    assert progress.counts([recording], STAGES)[1] == 1


def test_what_waited_for_a_service_counts_for_no_death(recording: UUID) -> None:
    for _ in range(5):
        claim = progress.take(recording, "archive", lease=60)
        assert claim is not None
        progress.put_back(claim, fault="the store is away", cure="", pause=0)
    for _ in range(2):
        assert progress.take(recording, "archive", lease=60) is not None
        lapse(recording)
    assert progress.give_up(deaths=3) == 0
    assert progress.take(recording, "archive", lease=60) is not None
    lapse(recording)
    assert progress.give_up(deaths=3) == 1


def test_deaths_lengthen_no_rest(recording: UUID) -> None:
    for _ in range(9):
        claim = progress.take(recording, "archive", lease=60)
        lapse(recording)
    assert claim is not None
    assert progress.rests(claim) == 0


def test_messages_lost_with_their_workers_are_sent_again_at_once(recording: UUID) -> None:
    for _ in range(9):
        progress.note_sent(recording, "archive")
    assert progress.standing_still(STAGES, patience=30) == []
    progress.forget_sent()
    assert progress.standing_still(STAGES, patience=30) == [(recording, "archive")]
