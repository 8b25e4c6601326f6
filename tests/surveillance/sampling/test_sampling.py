"""A random sample of silent calls: drawn again from its seed, heard blind, bounded honestly."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from floor import screened_again
from sampled import WANTED

from surveillance.access.scope import Scope, program
from surveillance.audit.models import Entry
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.detection.selectors import alert_of, findings, raised_for
from surveillance.review.services import begin_playing
from surveillance.sampling import selectors
from surveillance.sampling.models import Drawn, Judgement, Round
from surveillance.sampling.services import close_round, draw_round, judge, take_back
from surveillance.sampling.told import Heard

pytestmark = pytest.mark.django_db
NOTHING = Heard(verdict="nothing")
MISSED = Heard(
    verdict="missed", category="secrecy", start=1.0, end=2.5, words="bury the wombat", reason="Hides it."
)


def items_of(number: int) -> dict[UUID, UUID]:
    """Recording → drawn call."""
    return dict(Drawn.objects.filter(round=number).values_list("recording_id", "pk"))


def test_only_screened_calls_without_an_alert_are_in_the_frame(
    archive: dict[str, UUID], supervisor: Scope
) -> None:
    told = selectors.plan(supervisor, WANTED)
    drawn = {call for part in told.parts for call in part.calls}
    assert drawn == {archive[name] for name in ("silent-0", "silent-1", "silent-2", "fx")}
    assert told.flagged == 1
    assert {part.key for part in told.parts} == {"rates/2026-03", "fx/2026-03"}


def test_a_round_is_drawn_again_from_its_seed_and_only_from_it(
    archive: dict[str, UUID], supervisor: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=replace(WANTED, size=2), seed="a seed")
    everywhere = program("verify")
    assert selectors.verification(everywhere, number).identical
    assert selectors.verification(everywhere, number, seed="a seed").identical
    assert not all(selectors.verification(everywhere, number, seed=f"other {n}").identical for n in range(8))
    assert Round.objects.get().seed_given


def test_the_denominator_stays_as_it_was_when_an_alert_is_raised_later(
    archive: dict[str, UUID], supervisor: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    before = selectors.round_of(supervisor, number).population
    judge(scope=supervisor, item=items_of(number)[archive["silent-0"]], heard=MISSED)
    assert selectors.round_of(supervisor, number).population == before == 4
    assert selectors.verification(program("verify"), number).identical


def test_what_was_missed_becomes_an_alert_that_survives_screening_again(
    archive: dict[str, UUID], supervisor: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    raised = judge(scope=supervisor, item=items_of(number)[archive["silent-0"]], heard=MISSED)
    assert raised == archive["silent-0"]
    alert = alert_of(supervisor, raised)
    assert alert is not None
    assert (alert.state, alert.second_eyes, alert.categories) == ("open", True, ("secrecy",))
    [found] = findings(supervisor, raised)
    assert (found.policy, found.words) == ("reviewer", "bury the wombat")
    screened_again(raised)
    assert [row.policy for row in raised_for(supervisor, raised)] == ["reviewer"]
    assert alert_of(supervisor, raised) is not None


def test_a_known_positive_is_in_no_denominator_raises_nothing_and_is_told_only_at_the_end(
    archive: dict[str, UUID], supervisor: Scope, rates_officer: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=replace(WANTED, planted=5))
    row = selectors.round_of(supervisor, number)
    assert (row.population, row.to_hear) == (4, 5)
    planted = items_of(number)[archive["flagged"]]
    assert judge(scope=rates_officer, item=planted, heard=MISSED) is None
    assert selectors.hearing(supervisor, number).planted is None
    assert selectors.round_of(supervisor, number).missed == 0
    for item in set(items_of(number).values()) - {planted}:
        judge(scope=supervisor, item=item, heard=NOTHING)
    told = selectors.hearing(supervisor, number).planted
    assert told is not None
    assert (told.count, told.total) == (1, 1)


def test_whoever_decided_on_a_call_is_not_given_it_to_hear_blind(
    archive: dict[str, UUID], supervisor: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=replace(WANTED, planted=5))
    heard = set()
    while (item := selectors.next_item(supervisor, number)) is not None:
        heard.add(item)
        judge(scope=supervisor, item=item, heard=NOTHING)
    assert len(heard) == 4
    assert items_of(number)[archive["flagged"]] not in heard


def test_every_judgement_stands_with_the_seconds_heard_and_whether_it_was_blind(
    archive: dict[str, UUID], supervisor: Scope, rates_officer: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    begin_playing(scope=rates_officer, recording=archive["silent-1"], position=0)
    judge(scope=rates_officer, item=items_of(number)[archive["silent-1"]], heard=NOTHING)
    kept = Judgement.objects.get()
    assert (kept.reviewer, kept.seconds_heard, kept.unblinded) == ("rates-officer", 0.0, False)
    told = Entry.objects.get(action="sample judged").detail
    assert told["verdict"] == "nothing"
    assert told["seconds_heard"] == 0.0


def test_a_judgement_says_enough_or_is_refused(archive: dict[str, UUID], supervisor: Scope) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    item = items_of(number)[archive["silent-0"]]
    for poor in (
        Heard(verdict="perhaps"),
        Heard(verdict="cannot"),
        replace(MISSED, category="treason"),
        replace(MISSED, start=None),
        replace(MISSED, end=5000.0),
        replace(MISSED, reason=" "),
    ):
        with pytest.raises(Invalid):
            judge(scope=supervisor, item=item, heard=poor)
    judge(scope=supervisor, item=item, heard=NOTHING)
    with pytest.raises(Conflict):
        judge(scope=supervisor, item=item, heard=NOTHING)


def test_what_is_taken_back_is_heard_again_and_stays_on_record(
    archive: dict[str, UUID], supervisor: Scope, rates_officer: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    item = items_of(number)[archive["silent-0"]]
    judge(scope=rates_officer, item=item, heard=NOTHING)
    with pytest.raises(Refused):
        take_back(scope=rates_officer, item=item, reason="Was in a hurry.")
    take_back(scope=supervisor, item=item, reason="Was in a hurry.")
    judge(scope=rates_officer, item=item, heard=MISSED)
    assert list(Judgement.objects.values_list("verdict", "standing")) == [
        ("nothing", False),
        ("missed", True),
    ]


def test_what_was_not_heard_counts_as_missed_when_a_round_is_closed_early(
    archive: dict[str, UUID], supervisor: Scope, rates_officer: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    judge(scope=supervisor, item=items_of(number)[archive["silent-0"]], heard=NOTHING)
    with pytest.raises(Refused):
        close_round(scope=rates_officer, round_number=number, reason="Enough.")
    close_round(scope=supervisor, round_number=number, reason="Enough.")
    row = selectors.round_of(supervisor, number)
    assert row.bound is not None
    assert row.bound.at_most == pytest.approx(0.75)
    assert row.bound.low == 0.0


def test_a_round_heard_whole_closes_itself_and_is_exact(archive: dict[str, UUID], supervisor: Scope) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=WANTED)
    for recording, item in items_of(number).items():
        judge(scope=supervisor, item=item, heard=MISSED if recording == archive["silent-2"] else NOTHING)
    row = selectors.round_of(supervisor, number)
    assert (row.state, row.closed_by) == ("closed", "program:sampling")
    assert row.bound is not None
    assert row.bound.at_most == row.bound.estimate == 0.25


def test_desks_are_walls_for_rounds_strata_and_drawn_calls(
    archive: dict[str, UUID], supervisor: Scope, rates_officer: Scope, fx_officer: Scope
) -> None:
    number = draw_round(scope=supervisor, title="March", wanted=replace(WANTED, planted=5))
    assert {row.desk for row in selectors.round_of(fx_officer, number).strata} == {"fx"}
    assert not selectors.round_of(fx_officer, number).whole
    with pytest.raises(Hidden):
        selectors.item(fx_officer, items_of(number)[archive["silent-0"]])
    assert selectors.next_item(fx_officer, number) == items_of(number)[archive["fx"]]
    rates_only = draw_round(scope=supervisor, title="Rates", wanted=replace(WANTED, desks=("rates",)))
    with pytest.raises(Hidden):
        selectors.round_of(fx_officer, rates_only)
    assert [row.id for row in selectors.rounds(fx_officer)] == [number]
    with pytest.raises(Refused):
        draw_round(scope=rates_officer, title="Mine", wanted=WANTED)
