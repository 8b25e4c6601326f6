"""Drills: caught or missed, why, and what the change gate is told."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from drilling import STAGES, drilled, nothing_of_it, sent, take_on
from floor import CLERK, in_force_as_on_disk, write_policies

from detectors.screen import Screener
from policies.loader import load
from search.transcript import Transcript
from surveillance.access.scope import Scope, among_drills, combine, program
from surveillance.assurance.library import Wanted, drills
from surveillance.assurance.models import DrillRun
from surveillance.assurance.selectors import drill_state, library, one_run, recall, runs_of
from surveillance.assurance.services import ask_daily, ask_drills, conclude, rehearse, send_drill
from surveillance.capture.selectors import call
from surveillance.core.errors import Hidden, Invalid, Refused
from surveillance.detection.selectors import alert_of, findings

pytestmark = pytest.mark.usefixtures("floor_of_policies")


def test_a_drill_that_is_heard_and_flagged_passes() -> None:
    run = drilled("conduct.off-channel")
    assert (run.passed, run.heard, run.by_policy, run.right_category) == (True, True, True, True)
    assert run.word_error == 0
    assert run.findable
    assert run.policies_sha256
    assert run.policy_version == 1


def test_a_drill_the_recogniser_misheard_says_so() -> None:
    run = drilled("conduct.off-channel", nothing_of_it)
    assert (run.passed, run.heard, run.flagged) == (False, False, False)
    assert run.cause == "misheard"
    assert run.word_error is not None
    assert run.word_error > 0.8


def test_a_drill_that_no_policy_covers_says_so() -> None:
    run = drilled("conduct.private-mail")
    assert (run.passed, run.heard, run.cause) == (False, True, "policy")


def test_a_drill_whose_hit_is_excused_says_so(floor_of_policies: Path) -> None:
    path = floor_of_policies / "rules" / "conduct" / "off_channel.toml"
    text = path.read_text().replace("version = 1", "version = 2")
    path.write_text(text + 'unless = "terminal"\nreach = 40\n')
    in_force_as_on_disk()
    run = drilled("conduct.off-channel")
    assert (run.passed, run.cause) == (False, "excused")


def test_a_drill_that_suppression_costs_says_so_and_keeps_both_outcomes() -> None:
    run, recording = sent("conduct.off-channel")
    menu = "to message us on whatsapp press one to report a power cut press two to hear this again press nine"
    take_on(recording, Transcript.from_turns([("B", menu)]))
    conclude(recording=recording, stages=STAGES)
    judged = one_run(CLERK, run)
    assert (judged.right_category, judged.by_policy) == (False, False)
    assert (judged.bare_category, judged.bare_policy) == (True, True)
    assert judged.cause == "suppressed"


def test_an_innocent_twin_passes_when_nothing_is_found_and_fails_when_something_is(
    floor_of_policies: Path,
) -> None:
    assert drilled("conduct.off-channel.innocent").passed
    write_policies(floor_of_policies, [("off-channel", "off_channel", "whatsapp")])
    path = floor_of_policies / "rules" / "conduct" / "off_channel.toml"
    path.write_text(path.read_text().replace("version = 1", "version = 2"))
    in_force_as_on_disk()
    flagged = drilled("conduct.off-channel.innocent")
    assert (flagged.passed, flagged.cause) == (False, "false alarm")


def test_a_drill_in_a_language_nobody_watches_is_a_known_gap_and_counts_in_no_recall() -> None:
    run = drilled("conduct.off-channel.fr", nothing_of_it)
    assert (run.passed, run.cause, run.surveilled) == (False, "language", False)
    told = recall(CLERK)
    assert told.overall.total == 0
    assert told.by["language"]["fr"].total == 1


@pytest.mark.parametrize("codec", ["mulaw", "alaw", "amr", "opus", "mp3", "babble"])
def test_every_codec_comes_in_through_the_door_of_calls(codec: str) -> None:
    _, recording = sent("conduct.off-channel", codec=codec)
    facts = call(program("test"), recording)
    assert (facts.source, facts.desk) == ("drill", "drills")
    assert facts.channels == (1 if codec == "amr" else 2)


def test_each_run_is_a_recording_of_its_own_and_the_same_run_is_sent_once() -> None:
    first, one = sent("conduct.off-channel")
    _, two = sent("conduct.off-channel")
    assert one != two
    assert send_drill(run=first) is None


def test_a_drill_raises_no_alert_and_is_hidden_from_everyone_on_the_desks() -> None:
    run = drilled("conduct.off-channel")
    assert run.recording is not None
    assert findings(program("test"), run.recording)
    assert alert_of(program("test"), run.recording) is None
    everyone = combine(
        "boss", [(role, None) for role in ("officer", "supervisor", "records", "auditor", "admin")]
    )
    with pytest.raises(Hidden):
        call(everyone, run.recording)
    assert call(among_drills(everyone), run.recording).source == "drill"


def test_only_supervisors_and_administrators_run_drills(rates_officer: Scope) -> None:
    with pytest.raises(Refused):
        ask_drills(scope=rates_officer, wanted=Wanted(every=True), codecs=["mulaw"])
    with pytest.raises(Refused):
        recall(rates_officer)
    supervisor = combine("s", [("supervisor", "rates")])
    assert ask_drills(scope=supervisor, wanted=Wanted(names=("conduct.off-channel.fr",)), codecs=["mulaw"])


def test_a_drill_or_codec_nobody_knows_is_refused_with_the_cure() -> None:
    with pytest.raises(Invalid, match="no drill"):
        ask_drills(scope=CLERK, wanted=Wanted(names=("conduct.pigeons",)), codecs=["mulaw"])
    with pytest.raises(Invalid, match="no codec"):
        ask_drills(scope=CLERK, wanted=Wanted(every=True), codecs=["wax"])


def test_a_drill_that_does_not_get_through_is_lost_and_counts_as_missed() -> None:
    run, recording = sent("conduct.off-channel")
    conclude(recording=recording, stages=STAGES)
    assert one_run(CLERK, run).state == "sent"
    DrillRun.objects.filter(pk=run).update(asked_at="2026-01-01T00:00:00Z")
    conclude(stages=STAGES)
    assert one_run(CLERK, run).cause == "lost"
    assert (recall(CLERK).overall.count, recall(CLERK).overall.total) == (0, 1)


def test_recall_takes_the_newest_run_of_each_drill_with_its_interval() -> None:
    drilled("conduct.off-channel", nothing_of_it)
    drilled("conduct.off-channel")
    drilled("conduct.private-mail")
    told = recall(CLERK)
    assert (told.overall.count, told.overall.total) == (1, 2)
    assert told.overall.interval == pytest.approx((0.0945, 0.9055), abs=1e-3)
    assert told.by["policy"]["conduct.off-channel"].count == 1
    assert told.missed == {"policy": 1}


def test_failing_drills_stand_first() -> None:
    drilled("conduct.off-channel")
    drilled("conduct.private-mail")
    rows = library(CLERK)
    assert rows[0].drill.id == "conduct.private-mail"
    assert rows[-1].drill.id == "conduct.off-channel"


def test_the_change_gate_is_told_passing_failing_or_never() -> None:
    assert drill_state("conduct.off-channel", 1) == "never"
    drilled("conduct.off-channel")
    drilled("conduct.private-mail")
    assert drill_state("conduct.off-channel", 1) == "passing"
    assert drill_state("conduct.off-channel", 2) == "never"
    assert drill_state("conduct.private-mail", 1) == "failing"


def test_a_policy_not_yet_in_force_is_rehearsed_on_what_was_heard(
    floor_of_policies: Path, tmp_path: Path
) -> None:
    drilled("conduct.private-mail")
    better = tmp_path / "better"
    write_policies(better, [("private-mail", "off_channel", "gmail")])
    path = better / "rules" / "conduct" / "private_mail.toml"
    path.write_text(path.read_text().replace("version = 1", "version = 2"))
    verdicts = rehearse(scope=CLERK, screener=Screener(load(better)), policies=["conduct.private-mail"])
    assert [verdict.by_policy for verdict in verdicts] == [True]
    assert drill_state("conduct.private-mail", 2) == "passing"
    assert drill_state("conduct.private-mail", 1) == "failing"
    assert recall(CLERK).overall.count == 0, "a rehearsal is no production run"


def test_every_drill_comes_round_and_none_twice_a_day() -> None:
    first = {one_run(CLERK, run).drill for run in ask_daily(most=5)}
    assert ask_daily(most=5) == []
    DrillRun.objects.update(asked_at="2026-01-01T00:00:00Z")
    second = {one_run(CLERK, run).drill for run in ask_daily(most=5)}
    assert not first & second
    assert len(first) == len(second) == 5
    assert ask_daily(most=0) == []


def test_a_run_asked_for_and_gone_from_the_library_is_lost_with_the_reason() -> None:
    run = DrillRun.objects.create(
        id=uuid4(), drill="conduct.gone", drill_version=1, drill_sha256="0" * 64, policy="conduct.gone",
        category="off_channel", innocent=False, language="en-GB", surveilled=True, codec="mulaw",
        asked_at="2026-01-01T00:00:00Z", asked_by="x",
    )  # fmt: skip
    assert send_drill(run=run.id) is None
    assert "taken out" in runs_of(CLERK, "conduct.gone")[0].fault


def test_what_was_heard_is_judged_whatever_the_words_of_the_twin() -> None:
    run, recording = sent("conduct.off-channel")
    take_on(recording, drills()["conduct.off-channel.innocent"].as_read())
    conclude(recording=recording, stages=STAGES)
    assert one_run(CLERK, run).cause == "misheard"
