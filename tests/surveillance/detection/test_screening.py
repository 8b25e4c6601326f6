"""Screening: done once per words and policies, told in full, and an alert that never gets lost."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import pytest
from floor import Spoken, claim, receive_call, say, screened_again, write_policies

from surveillance.access.scope import Scope, combine
from surveillance.audit.models import Entry
from surveillance.capture.progress import take
from surveillance.core.errors import Broken, Conflict, Hidden, Missing, Transient
from surveillance.detection.models import Alert, Finding, Screening
from surveillance.detection.rules import folder_screener
from surveillance.detection.selectors import QueueFilter, alert, alert_of, alerts, findings
from surveillance.detection.services import move_alert, screen

CALL = Spoken(
    name="call-1", turns=((0, "let us push the quokka before noon"), (1, "no not the wombat I said"))
)


@pytest.fixture
def rules(desks: tuple[str, ...], tmp_path: Path) -> Path:
    """One policy about quokkas, to begin with."""
    folder = tmp_path / "policies"
    write_policies(folder, [("quokka", "market_manipulation", "push w/3 quokka")])
    return folder


@pytest.fixture
def recording(rules: Path, tmp_path: Path) -> UUID:
    """A call on the rates desk with its words, not yet screened."""
    made = receive_call(tmp_path, "rates", CALL)
    say(made, CALL)
    return made


def test_a_finding_tells_policy_words_seconds_speaker_and_why(recording: UUID, rates_officer: Scope) -> None:
    screened_again(recording)
    [row] = findings(rates_officer, recording)
    assert (row.category, row.policy, row.policy_version) == ("market_manipulation", "conduct.quokka", 1)
    assert (row.words, row.speaker, row.channel, row.turn) == ("push the quokka", "Ann Alder", 0, 0)
    assert (row.start, row.end) == (1.0, 2.4)
    assert row.score == pytest.approx(0.9)
    assert "MAR art. 16" in str(row.why)


def test_the_same_words_under_the_same_policies_are_screened_once(recording: UUID) -> None:
    screened_again(recording)
    screened_again(recording)
    assert (Screening.objects.count(), Finding.objects.count(), Alert.objects.count()) == (1, 1, 1)


def test_new_words_or_new_policies_are_screened_anew(recording: UUID, rules: Path) -> None:
    screened_again(recording)
    say(recording, CALL, model="script-2")
    screened_again(recording)
    assert Screening.objects.count() == 2
    write_policies(rules, [("wombat", "secrecy", "wombat")])
    screened_again(recording)
    assert Screening.objects.count() == 3


def test_a_recording_with_findings_raises_one_alert(recording: UUID, rates_officer: Scope) -> None:
    screened_again(recording)
    [row] = alerts(rates_officer, QueueFilter())
    assert (row.recording, row.desk, row.state) == (recording, "rates", "open")
    assert row.categories == ("market_manipulation",)
    assert row.top_words == "push the quokka"
    assert row.risk == pytest.approx(0.9)


def test_an_innocent_call_raises_none(rules: Path, tmp_path: Path) -> None:
    innocent = receive_call(tmp_path, "rates", Spoken(name="innocent"))
    say(innocent, Spoken(name="innocent"))
    screened_again(innocent)
    assert Screening.objects.get().findings.count() == 0
    assert not Alert.objects.exists()


def test_a_closed_alert_stays_closed_when_nothing_new_is_found(recording: UUID) -> None:
    screened_again(recording)
    move_alert(alert=Alert.objects.get().pk, expected="open", to="closed")
    say(recording, CALL, model="script-2")
    screened_again(recording)
    renewed = Alert.objects.get()
    assert renewed.state == "closed"
    assert renewed.screening == Screening.objects.order_by("-pk")[0]


def test_a_closed_alert_opens_again_when_another_policy_fires(recording: UUID, rules: Path) -> None:
    screened_again(recording)
    move_alert(alert=Alert.objects.get().pk, expected="open", to="closed")
    write_policies(rules, [("wombat", "secrecy", "wombat")])
    screened_again(recording)
    reopened = Alert.objects.get()
    assert reopened.state == "open"
    assert reopened.categories == ["market_manipulation", "secrecy"]


def test_an_open_alert_outlives_policies_that_no_longer_fire(recording: UUID, rules: Path) -> None:
    screened_again(recording)
    write_policies(rules, [("quokka", "market_manipulation", "unheard")])
    screened_again(recording)
    assert Screening.objects.count() == 2
    assert Alert.objects.get().state == "open"


def test_a_second_pair_of_eyes_is_asked_for_where_the_policy_says_so(recording: UUID, rules: Path) -> None:
    write_policies(rules, [("quokka", "market_manipulation", "push w/3 quokka")], second=True)
    screened_again(recording)
    assert Alert.objects.get().second_eyes
    assert Finding.objects.get().second_eyes


def test_an_alert_moves_only_from_where_the_mover_saw_it(recording: UUID) -> None:
    screened_again(recording)
    number = Alert.objects.get().pk
    move_alert(alert=number, expected="open", to="closed")
    with pytest.raises(Conflict):
        move_alert(alert=number, expected="open", to="second")


def test_a_call_without_words_is_not_called_screened(rules: Path, tmp_path: Path) -> None:
    silent = receive_call(tmp_path, "rates", CALL)
    with pytest.raises(Broken):
        screen(claim(silent, "detection"))
    assert not Screening.objects.exists()


def test_policies_with_faults_keep_the_first_call_waiting_and_are_all_told(
    recording: UUID, rules: Path
) -> None:
    (rules / "rules" / "conduct" / "quokka.toml").write_text('id = "x"\nquery = "a and b or c"')
    with pytest.raises(Transient) as told:
        screened_again(recording)
    assert "quokka.toml" in told.value.message
    assert told.value.message.count("is missing") > 5
    assert told.value.cure
    assert not Screening.objects.exists()


def test_a_file_that_changed_on_disk_changes_nothing_in_force(recording: UUID, rules: Path) -> None:
    screened_again(recording)
    (rules / "rules" / "conduct" / "quokka.toml").write_text("this is no policy")
    (rules / "rules" / "conduct" / "wombat.toml").write_text("nor is this")
    say(recording, CALL, model="script-2")
    screened_again(recording)
    newer, older = Screening.objects.order_by("-pk")
    assert newer.policies_sha256 == older.policies_sha256
    assert [finding.policy for finding in newer.findings.all()] == ["conduct.quokka"]


def test_a_worker_that_lost_its_claim_leaves_nothing_behind(recording: UUID) -> None:
    lost = claim(recording, "detection")
    claim(recording, "detection")  # another worker has it now
    with pytest.raises(Conflict):
        screen(lost)
    assert not Screening.objects.exists()
    assert not Entry.objects.filter(action="screened").exists()


def test_two_workers_cannot_hold_the_same_stage(recording: UUID) -> None:
    claim(recording, "detection")
    assert take(recording, "detection", lease=60) is None


def test_the_screening_stands_in_the_ledger_with_what_fired(recording: UUID) -> None:
    screened_again(recording)
    entry = Entry.objects.get(action="screened")
    assert (entry.actor, entry.subject) == ("program:screen", f"recording:{recording}")
    assert entry.detail["findings"] == ["conduct.quokka"]


def test_alerts_and_findings_of_another_desk_do_not_exist(
    recording: UUID, rates_officer: Scope, fx_officer: Scope
) -> None:
    screened_again(recording)
    number = alerts(rates_officer, QueueFilter())[0].id
    assert alerts(fx_officer, QueueFilter(state="")) == []
    assert alerts(fx_officer, QueueFilter(desk="rates")) == []
    for look in (
        lambda: alert(fx_officer, number),
        lambda: alert_of(fx_officer, recording),
        lambda: findings(fx_officer, recording),
    ):
        with pytest.raises(Hidden):
            look()


def test_hidden_and_missing_cannot_be_told_apart(
    recording: UUID, fx_officer: Scope, rates_officer: Scope
) -> None:
    screened_again(recording)
    number = alerts(rates_officer, QueueFilter())[0].id
    with pytest.raises(Hidden) as hidden:
        alert(fx_officer, number)
    with pytest.raises(Missing) as missing:
        alert(fx_officer, 987654)
    told = [
        (fault.value.status, fault.value.code, fault.value.message, fault.value.cure)
        for fault in (hidden, missing)
    ]
    assert told[0] == told[1]


def test_a_desk_may_have_officers_that_another_role_widens(recording: UUID) -> None:
    screened_again(recording)
    both = combine("both", [("officer", "fx"), ("auditor", "rates")])
    assert [row.desk for row in alerts(both, QueueFilter())] == ["rates"]


def test_on_the_command_line_a_policy_put_back_with_an_older_date_is_noticed(rules: Path) -> None:
    assert len(folder_screener().policy_set) == 1
    [file] = rules.rglob("*.toml")
    before = file.stat()
    file.write_text("this is no policy")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    with pytest.raises(Transient):
        folder_screener()
