"""Learning from decisions: labels that come and go with them, editions two people stand for, shadows that stay dark."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from floor import START, Spoken, take_through, write_policies

from search.transcript import Transcript
from surveillance.access.scope import Scope, combine, program
from surveillance.assurance.models import Incident
from surveillance.audit.models import Entry
from surveillance.core.errors import Conflict, Invalid, Refused
from surveillance.detection.models import Alert
from surveillance.learning import challenging, drift, selectors, watching
from surveillance.learning.comparing import Both, compared, mcnemar
from surveillance.learning.models import Label, Shadow
from surveillance.learning.services import (
    approve_data_set,
    exclude_desk,
    export_data_set,
    freeze_data_set,
    gather,
    lift_exclusion,
    move_challenger,
    read_weeks,
    register_challenger,
    set_baseline,
    shadow,
)
from surveillance.learning.words import Span, side, span_of, text_of
from surveillance.review.services import decide, reopen
from surveillance.sampling.models import Drawn
from surveillance.sampling.services import draw_round, judge
from surveillance.sampling.strata import Wanted
from surveillance.sampling.told import Heard

pytestmark = pytest.mark.django_db
ONE = combine("head-one", [("supervisor", None)])
OTHER = combine("head-two", [("supervisor", None)])
TALK = Spoken(name="one", turns=((0, "good morning my friend"), (1, "please push the okapi now for me")))


@pytest.fixture
def calls(desks: tuple[str, ...], tmp_path: Path) -> dict[str, UUID]:
    """A breach and a false alarm on rates, and a silent call."""
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi")])
    made = {
        "breach": take_through(tmp_path, "rates", replace(TALK, name="breach", pitch=240)),
        "false": take_through(tmp_path, "rates", replace(TALK, name="false", pitch=320)),
        "silent": take_through(tmp_path, "fx", Spoken(name="silent", pitch=420)),
    }
    decide(scope=ONE, recording=made["breach"], action="breach", reason="It is.")
    decide(scope=ONE, recording=made["false"], action="false_alarm", reason="A zoo.")
    return made


def test_decisions_become_labels_that_point_at_the_words(calls: dict[str, UUID]) -> None:
    assert gather().made == 2
    assert gather().made == 0
    breach, false = Label.objects.order_by("decided_at")
    assert (breach.recording_id, breach.violating, breach.verdict) == (calls["breach"], True, "breach")
    assert (false.recording_id, false.violating, false.verdict) == (calls["false"], False, "false_alarm")
    from surveillance.transcription.lines import transcript_of

    span = Span(first=breach.first_word, last=breach.last_word)
    before, text = text_of(transcript_of(breach.version_id), span)
    assert before == "good morning my friend"
    assert "push the okapi" in text


def test_a_decision_taken_back_takes_its_labels_along(calls: dict[str, UUID]) -> None:
    gather()
    reopen(scope=ONE, recording=calls["breach"], reason="Heard again.")
    assert gather().withdrawn == 1
    gone = Label.objects.get(withdrawn_at__isnull=False)
    assert (gone.recording_id, gone.withdrawn_because) == (calls["breach"], "the decision was taken back")
    decide(scope=ONE, recording=calls["breach"], action="no_concern", reason="After all.")
    assert gather().made == 1
    assert not Label.objects.get(recording=calls["breach"], withdrawn_at__isnull=True).violating


def test_nothing_is_learnt_from_an_excluded_desk_until_it_is_admitted_again(calls: dict[str, UUID]) -> None:
    gather()
    exclude_desk(scope=ONE, desk="rates", reason="A restricted mandate.")
    assert not Label.objects.filter(withdrawn_at__isnull=True).exists()
    assert gather().made == 0
    lift_exclusion(scope=ONE, desk="rates")
    assert gather().made == 2
    with pytest.raises(Refused):
        exclude_desk(scope=combine("x", [("supervisor", "fx")]), desk="rates", reason="Mine.")


def test_a_blind_hearing_becomes_a_label_of_the_whole_call_or_of_what_was_missed(
    calls: dict[str, UUID],
) -> None:
    wanted = Wanted(since=START - timedelta(days=1), until=START + timedelta(days=1))
    number = draw_round(scope=ONE, title="March", wanted=wanted)
    [item] = Drawn.objects.filter(round=number)
    judge(scope=ONE, item=item.pk, heard=Heard(verdict="nothing"))
    gather()
    label = Label.objects.get(source="sampling")
    assert (label.category, label.violating, label.recording_id) == ("", False, calls["silent"])
    assert (label.first_word, label.last_word) == (0, 8)


def test_an_edition_leaves_only_after_a_second_person_approved_it(calls: dict[str, UUID]) -> None:
    number = freeze_data_set(scope=ONE, title="First", reason="To train.")
    with pytest.raises(Refused, match="Nobody approved"):
        export_data_set(scope=ONE, number=number)
    with pytest.raises(Refused, match="You froze"):
        approve_data_set(scope=ONE, number=number)
    with pytest.raises(Refused):
        approve_data_set(scope=combine("rates-head", [("supervisor", "rates")]), number=number)
    approve_data_set(scope=OTHER, number=number)
    made = export_data_set(scope=ONE, number=number)
    rows = [json.loads(line) for line in made.lines]
    assert {row["violating"] for row in rows} == {True, False}
    assert all("okapi" in row["text"] for row in rows)
    assert "head-one" not in "".join(made.lines), "a model needs no names"
    assert made.whole
    assert Entry.objects.filter(action="data set exported").count() == 1


def test_what_was_withdrawn_since_is_left_out_of_an_export(calls: dict[str, UUID]) -> None:
    number = freeze_data_set(scope=ONE, title="First", reason="To train.")
    approve_data_set(scope=OTHER, number=number)
    exclude_desk(scope=ONE, desk="rates", reason="A restricted mandate.")
    made = export_data_set(scope=ONE, number=number)
    assert (made.lines, made.left_out) == ((), 2)


def test_the_command_writes_a_file_once_and_tells_what_is_in_it(
    calls: dict[str, UUID], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = freeze_data_set(scope=ONE, title="First", reason="To train.")
    target = tmp_path / "labels.jsonl"
    with pytest.raises(CommandError, match="Nobody approved"):
        call_command("labels", export=[str(number), str(target)])
    assert not target.exists()
    approve_data_set(scope=OTHER, number=number)
    call_command("labels", export=[str(number), str(target)])
    assert len(target.read_text().splitlines()) == 2
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="exists"):
        call_command("labels", export=[str(number), str(target)])


def test_a_recording_lies_on_one_side_of_the_split_for_ever() -> None:
    ids = [UUID(int=number) for number in range(2000)]
    sides = [side(one) for one in ids]
    assert sides == [side(one) for one in ids]
    assert 0.15 < sides.count("test") / 2000 < 0.25


def test_a_span_and_its_text_agree() -> None:
    talk = Transcript.from_turns([("a", "one two three"), ("b", "four five")])
    assert text_of(talk, Span(first=1, last=3)) == ("", "two three\nfour")
    assert text_of(talk, Span(first=4, last=4)) == ("one two three", "five")
    assert span_of(Transcript(turns=()), 0, 1) is None


def test_a_challenger_scores_in_the_shadow_and_never_raises_or_closes_anything(
    calls: dict[str, UUID],
) -> None:
    number = register_challenger(
        scope=ONE, name="Strict", kind="threshold", settings={"value": 0.99}, reason="Fewer false alarms."
    )
    before = list(Alert.objects.order_by("pk").values_list("state", "risk", "changed_at"))
    later = datetime.now(tz=UTC) + timedelta(minutes=1)
    assert shadow(until=later) == 3
    assert shadow(until=later) == 0
    assert list(Alert.objects.order_by("pk").values_list("state", "risk", "changed_at")) == before
    gather()
    [row] = selectors.challengers(ONE)
    told = row.comparison
    assert (row.id, told.calls, told.lost, told.gained) == (number, 3, 2, 0)
    assert (told.champion_precision.count, told.champion_precision.total) == (1, 2)
    assert (told.only_champion, told.only_challenger) == (1, 1)
    assert {tuple(one.challenged) for one in Shadow.objects.all()} == {()}


def test_a_challenger_is_proposed_only_after_it_scored_and_never_put_in_force(calls: dict[str, UUID]) -> None:
    number = register_challenger(scope=ONE, name="Bare", kind="lexicon", settings={}, reason="A yardstick.")
    with pytest.raises(Conflict, match="scored no call"):
        move_challenger(scope=ONE, number=number, to="proposed", reason="Better.")
    shadow(until=datetime.now(tz=UTC) + timedelta(minutes=1))
    move_challenger(scope=ONE, number=number, to="proposed", reason="As good.")
    [row] = selectors.challengers(ONE)
    assert row.standing == "proposed"
    assert row.comparison.agree.count == row.comparison.agree.total == 3
    move_challenger(scope=ONE, number=number, to="withdrawn", reason="Enough.")
    with pytest.raises(Conflict):
        move_challenger(scope=ONE, number=number, to="proposed", reason="Again.")


def test_what_makes_no_challenger_is_refused(home: object) -> None:
    for kind, told in (
        ("threshold", {"value": 2}),
        ("reader", {"folder": "../etc"}),
        ("reader", {"folder": "nowhere"}),
        ("magic", {}),
    ):
        with pytest.raises(Invalid):
            challenging.identity(kind, told)


def test_mcnemar_is_exact() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 5) == pytest.approx(2 / 32)
    assert mcnemar(1, 9) == pytest.approx(2 * 11 / 1024)


def test_only_judged_calls_say_who_is_right() -> None:
    told = compared(
        [
            Both(champion=True, challenger=False, violating=False),
            Both(champion=True, challenger=True, violating=True),
            Both(champion=False, challenger=True),
        ]
    )
    assert (told.gained, told.lost, told.judged) == (1, 1, 2)
    assert (told.challenger_precision.count, told.challenger_precision.total) == (1, 1)
    assert (told.only_champion, told.only_challenger) == (0, 1)


def test_the_index_knows_a_shift_from_none_and_from_chance() -> None:
    even = {"a": 500, "b": 500}
    assert drift.psi(even, {"a": 50, "b": 50}) == pytest.approx(0.0)
    assert drift.psi(even, {"a": 900, "b": 100}) == pytest.approx(0.4 * 2.1972246, rel=1e-6)
    assert drift.crossed(0.3, 0.01) == "marked"
    assert drift.crossed(0.15, 0.01) == "shifted"
    assert drift.crossed(0.3, drift.chance(10, 1000, 20)) == ""
    # χ² with one degree of freedom, 95 %: 3.84, by an approximation good to some per cent
    assert drift.chance(2, 1000, 1000) == pytest.approx(3.84 * 2 / 1000, rel=0.05)


def test_the_distance_of_two_distributions_is_the_greatest_gap() -> None:
    order = drift.bands((1.0, 2.0))
    first, second = drift.band(0.5, (1.0, 2.0)), drift.band(2.5, (1.0, 2.0))
    assert drift.ks({first: 10}, {second: 10}, order) == 1.0
    assert drift.ks({first: 5, second: 5}, {first: 10, second: 10}, order) == 0.0


def test_a_week_unlike_the_baseline_raises_one_incident_and_stays_on_record(
    calls: dict[str, UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline is this week's calls; the week before it, by a moved clock, is what was screened then."""
    monkeypatch.setattr(watching, "FEWEST", 1)
    today = datetime.now(tz=UTC)
    set_baseline(
        scope=ONE, since=today - timedelta(hours=1), until=today + timedelta(hours=1), reason="Calm."
    )
    for nth in range(4):
        odd = Spoken(
            name=f"odd-{nth}", turns=((0, "zwei drei vier"), (1, "sieben acht")), pitch=700.0 + 30 * nth
        )
        take_through(tmp_path, "energy", odd)
    monkeypatch.setattr(watching, "now", lambda: today + timedelta(days=7))
    monkeypatch.setattr(drift, "chance", lambda bins, n, m: 0.0)
    assert read_weeks() >= 1
    titles = list(Incident.objects.filter(kind="drift").values_list("subject", flat=True))
    assert "desk" in titles
    again = read_weeks()
    assert again >= 1
    assert Incident.objects.filter(kind="drift").count() == len(titles)
    assert {one.feature for one in selectors.drifts(ONE)} >= {
        "desk",
        "length",
        "risk",
        "alerts",
        "vocabulary",
    }


def test_a_baseline_of_too_few_calls_is_refused(calls: dict[str, UUID]) -> None:
    today = datetime.now(tz=UTC)
    with pytest.raises(Invalid, match="Only 3 calls"):
        set_baseline(
            scope=ONE, since=today - timedelta(hours=1), until=today + timedelta(hours=1), reason="x"
        )
    with pytest.raises(Refused):
        set_baseline(
            scope=combine("x", [("supervisor", "rates")]), since=today, until=today, reason="Not everywhere."
        )


def test_counts_are_told_within_the_desks_of_whoever_asks(calls: dict[str, UUID], fx_officer: Scope) -> None:
    gather()
    assert selectors.tally(fx_officer) == []
    assert [row.category for row in selectors.tally(program("x"))] == ["secrecy"]
