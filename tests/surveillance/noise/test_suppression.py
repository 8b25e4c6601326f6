"""Suppression that answers for itself: kept, counted, undone by one deed, sampled; and never a call lost to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from floor import START, Spoken, claim, receive_call, say, screened_again, take_through, write_policies

from surveillance.access.scope import Power, Scope, combine
from surveillance.audit.models import Entry
from surveillance.core.errors import Conflict, Hidden, Invalid, Missing, Refused
from surveillance.detection.models import Screening
from surveillance.detection.selectors import alert_of, findings
from surveillance.detection.services import screen
from surveillance.noise import selectors
from surveillance.noise.models import Recognition, Silenced, Twin
from surveillance.noise.selectors import recognitions, tally
from surveillance.noise.services import draw, join_twins, judge, part_twins, redo, undo
from surveillance.transcription.selectors import current

NOTICE = "this call is recorded for training and quality purposes"
# The notice alone would raise an alert; nothing else in it does.
QUIET = Spoken(name="quiet", turns=((0, f"{NOTICE} how can i help"), (1, "a meter reading please")))
# A violation right after a notice.
LOUD = Spoken(name="loud", turns=((0, f"{NOTICE} push the quokka"), (1, "done")), pitch=330)


@pytest.fixture
def rules(desks: tuple[str, ...], tmp_path: Path) -> Path:
    """A policy that hears notices, and one that hears quokkas."""
    folder = tmp_path / "policies"
    write_policies(
        folder,
        [
            ("recorded", "off_channel", '"call is recorded"'),
            ("quokka", "market_manipulation", "push w/3 quokka"),
        ],
    )
    settings.EARSHOT = replace(settings.EARSHOT, suppressed_share=100)
    return folder


@pytest.fixture
def quiet(rules: Path, tmp_path: Path) -> UUID:
    return take_through(tmp_path, "rates", QUIET)


def noise_of(scope: Scope, recording: UUID) -> selectors.RecognitionRow:
    words = current(scope, recording)
    assert words is not None
    [row] = recognitions(scope, recording, words.id)
    return row


def test_a_finding_inside_a_notice_raises_no_alert_and_is_kept_with_the_reason(
    quiet: UUID, rates_officer: Scope
) -> None:
    assert findings(rates_officer, quiet) == []
    assert alert_of(rates_officer, quiet) is None
    row = noise_of(rates_officer, quiet)
    assert (row.kind, row.silenced, row.standing) == ("recorded_notice", 1, True)
    [aside] = Screening.objects.get().set_aside
    assert (aside["policy"], aside["words"]) == ("conduct.recorded", "call is recorded")
    assert "notice" in aside["because"]
    assert Entry.objects.get(action="noise recognised").detail["silenced"] == ["conduct.recorded"]


def test_a_violation_right_after_a_notice_raises_its_alert(
    rules: Path, tmp_path: Path, rates_officer: Scope
) -> None:
    recording = take_through(tmp_path, "rates", LOUD)
    assert [row.policy for row in findings(rates_officer, recording)] == ["conduct.quokka"]
    assert alert_of(rates_officer, recording) is not None


def test_without_suppression_everything_stands(rules: Path, tmp_path: Path, rates_officer: Scope) -> None:
    recording = receive_call(tmp_path, "rates", QUIET)
    say(recording, QUIET)
    screen(claim(recording, "detection"), suppress=False)
    assert [row.policy for row in findings(rates_officer, recording)] == ["conduct.recorded"]
    assert not Recognition.objects.exists()
    assert Screening.objects.get().noise == "off"


def test_undone_the_call_is_screened_without_it_and_raises_its_alert(
    quiet: UUID, rates_officer: Scope
) -> None:
    number = noise_of(rates_officer, quiet).id
    assert undo(scope=rates_officer, recognition=number, reason="A trader says it.") == quiet
    screened_again(quiet)
    assert [row.policy for row in findings(rates_officer, quiet)] == ["conduct.recorded"]
    assert alert_of(rates_officer, quiet) is not None
    row = noise_of(rates_officer, quiet)
    assert not row.standing
    assert [(c.by, c.undone, c.reason) for c in row.changes] == [("rates-officer", True, "A trader says it.")]
    assert Entry.objects.get(action="noise undone").detail["reason"] == "A trader says it."


def test_the_undoing_can_be_undone_and_a_raised_alert_stays_raised(quiet: UUID, rates_officer: Scope) -> None:
    number = noise_of(rates_officer, quiet).id
    undo(scope=rates_officer, recognition=number, reason="A trader says it.")
    screened_again(quiet)
    redo(scope=rates_officer, recognition=number, reason="It was the machine.")
    screened_again(quiet)
    assert findings(rates_officer, quiet) == []
    assert alert_of(rates_officer, quiet) is not None
    assert [change.undone for change in noise_of(rates_officer, quiet).changes] == [True, False]


def test_an_undoing_holds_for_later_versions_of_the_words(quiet: UUID, rates_officer: Scope) -> None:
    undo(scope=rates_officer, recognition=noise_of(rates_officer, quiet).id, reason="A trader says it.")
    say(quiet, QUIET, model="script-2")
    screened_again(quiet)
    assert [row.policy for row in findings(rates_officer, quiet)] == ["conduct.recorded"]
    assert not noise_of(rates_officer, quiet).standing


def test_the_same_noise_is_kept_once_however_often_the_call_is_screened(quiet: UUID) -> None:
    screened_again(quiet)
    screened_again(quiet)
    assert (Recognition.objects.count(), Silenced.objects.count(), Screening.objects.count()) == (1, 1, 1)


def test_only_a_reviewer_of_the_desk_undoes_with_a_reason_and_once(
    quiet: UUID, rates_officer: Scope, fx_officer: Scope
) -> None:
    number = noise_of(rates_officer, quiet).id
    with pytest.raises(Hidden):
        undo(scope=fx_officer, recognition=number, reason="Mine?")
    with pytest.raises(Refused):
        undo(scope=combine("looker", [("investigator", "rates")]), recognition=number, reason="Mine?")
    with pytest.raises(Invalid):
        undo(scope=rates_officer, recognition=number, reason="  ")
    with pytest.raises(Missing):
        undo(scope=rates_officer, recognition=number + 1000, reason="What?")
    with pytest.raises(Conflict):
        redo(scope=rates_officer, recognition=number, reason="It never was undone.")
    undo(scope=rates_officer, recognition=number, reason="A trader says it.")
    with pytest.raises(Conflict):
        undo(scope=rates_officer, recognition=number, reason="Again.")
    assert Entry.objects.filter(action="noise undone").count() == 1


def test_whoever_may_not_listen_reads_no_noise(quiet: UUID, rates_officer: Scope) -> None:
    words = current(rates_officer, quiet)
    assert words is not None
    with pytest.raises(Refused):
        recognitions(combine("auditor", [("auditor", "rates")]), quiet, words.id)


def test_what_was_silenced_is_drawn_by_lot_and_judged(quiet: UUID, rates_officer: Scope) -> None:
    [row] = selectors.drawn(rates_officer)
    assert (row.kind, row.policy, row.words) == ("recorded_notice", "conduct.recorded", "call is recorded")
    assert judge(scope=rates_officer, silenced=row.id, verdict="rightly", note="A machine.") is None
    assert selectors.drawn(rates_officer) == []
    assert [one.judge for one in selectors.drawn(rates_officer, judged=True)] == ["rates-officer"]
    [told] = tally(rates_officer)
    assert (told.silenced, told.drawn, told.judged, told.wrongly) == (1, 1, 1, 0)
    assert told.share.interval[0] == 0.0
    assert Entry.objects.get(action="judged silenced").detail["verdict"] == "rightly"
    with pytest.raises(Conflict):
        judge(scope=rates_officer, silenced=row.id, verdict="wrongly")


def test_what_should_have_been_heard_is_undone_at_once(quiet: UUID, rates_officer: Scope) -> None:
    [row] = selectors.drawn(rates_officer)
    assert judge(scope=rates_officer, silenced=row.id, verdict="wrongly", note="A trader.") == quiet
    screened_again(quiet)
    assert alert_of(rates_officer, quiet) is not None
    [told] = tally(rates_officer)
    assert (told.wrongly, told.undone, told.most_wrongly) == (1, 1, 1)


def test_nothing_is_drawn_where_the_share_is_nought_until_someone_draws_more(
    rules: Path, tmp_path: Path, rates_officer: Scope, fx_officer: Scope
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, suppressed_share=0)
    take_through(tmp_path, "rates", QUIET)
    assert selectors.drawn(rates_officer) == []
    [told] = tally(rates_officer)
    assert told.most_wrongly == 1, "nothing was judged, so nothing is known"
    assert draw(scope=fx_officer, kind="recorded_notice") == 0
    assert draw(scope=rates_officer, kind="recorded_notice") == 1
    assert len(selectors.drawn(rates_officer)) == 1


def test_the_same_share_is_drawn_again_from_the_same_calls(rules: Path, tmp_path: Path) -> None:
    take_through(tmp_path, "rates", QUIET)
    silenced = Silenced.objects.get()
    before = silenced.lot
    silenced.delete()
    Screening.objects.all().update(noise="earlier")
    screened_again(Recognition.objects.get().recording_id)
    assert Silenced.objects.get().lot == before
    assert 0 <= before < 1


def test_judging_and_the_list_keep_to_the_desk(quiet: UUID, rates_officer: Scope, fx_officer: Scope) -> None:
    [row] = selectors.drawn(rates_officer)
    assert selectors.drawn(fx_officer) == []
    assert tally(fx_officer) == []
    with pytest.raises(Hidden):
        judge(scope=fx_officer, silenced=row.id, verdict="rightly")
    with pytest.raises(Refused):
        judge(scope=combine("looker", [("investigator", "rates")]), silenced=row.id, verdict="rightly")
    with pytest.raises(Invalid):
        judge(scope=rates_officer, silenced=row.id, verdict="perhaps")
    assert tally(rates_officer, power=Power.SECOND) == []


TALK = (
    (0, "could you show me two way in five year gilts for fifty million please and push the quokka today"),
    (1, "i am four twelve bid four fourteen offered and there is a little better interest on the left"),
    (0, "mine at fourteen then and send the ticket over to the back office when you have a moment"),
)


@pytest.fixture
def twins(rules: Path, tmp_path: Path) -> tuple[UUID, UUID]:
    """One call from the turret and from the hoot line, which began two seconds later."""
    turret = take_through(tmp_path, "rates", Spoken(name="turret", turns=TALK, pitch=440))
    late = Spoken(name="hoot", turns=TALK, pitch=550, started_at=START + timedelta(seconds=2))
    return turret, take_through(tmp_path, "rates", late)


def test_the_same_call_from_two_recorders_has_one_that_leads(
    twins: tuple[UUID, UUID], rates_officer: Scope
) -> None:
    turret, hoot = twins
    row = selectors.twin_of(rates_officer, hoot)
    assert row is not None
    assert (row.lead, row.standing) == (turret, True)
    assert "% of the words" in row.why
    assert selectors.twin_of(rates_officer, turret) is None
    assert [one.recording for one in selectors.followers_of(rates_officer, turret)] == [hoot]
    assert selectors.leads(rates_officer, twins) == {hoot: turret}
    assert alert_of(rates_officer, hoot) is not None, "the other alert points to it and stays"
    screened_again(turret)
    assert Twin.objects.count() == 1, "the one that leads does not follow"


def test_twins_can_be_parted_and_joined_again(twins: tuple[UUID, UUID], rates_officer: Scope) -> None:
    _, hoot = twins
    part_twins(scope=rates_officer, recording=hoot, reason="Two calls.")
    screened_again(hoot)
    assert selectors.leads(rates_officer, twins) == {}
    with pytest.raises(Conflict):
        part_twins(scope=rates_officer, recording=hoot, reason="Two calls.")
    join_twins(scope=rates_officer, recording=hoot, reason="One after all.")
    assert selectors.leads(rates_officer, twins) != {}
    assert {entry.action for entry in Entry.objects.filter(action__startswith="twin")} == {
        "twin recognised",
        "twin undone",
        "twin restored",
    }


def test_a_twin_on_another_desk_is_told_to_nobody_who_may_not_see_it(
    rules: Path, tmp_path: Path, rates_officer: Scope, fx_officer: Scope
) -> None:
    turret = take_through(tmp_path, "rates", Spoken(name="turret", turns=TALK, pitch=440))
    hoot = take_through(tmp_path, "fx", Spoken(name="hoot", turns=TALK, pitch=550))
    assert Twin.objects.get().lead_id == turret
    assert selectors.twin_of(fx_officer, hoot) is None
    assert selectors.leads(fx_officer, [hoot]) == {}
    assert selectors.followers_of(rates_officer, turret) == []


def test_other_people_at_the_same_time_are_another_call(rules: Path, tmp_path: Path) -> None:
    take_through(tmp_path, "rates", Spoken(name="turret", turns=TALK, pitch=440))
    others = Spoken(
        name="other",
        turns=TALK,
        pitch=550,
        people=("Cid Cedar", "Dora Dogwood"),
        numbers=("+44 20 7946 0003", "+44 20 7946 0004"),
    )
    take_through(tmp_path, "rates", others)
    assert not Twin.objects.exists()
