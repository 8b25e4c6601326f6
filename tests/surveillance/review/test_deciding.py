"""Decisions: reviewer, call, date, action and reason; two people where the policy says so; all of it on record."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from floor import Spoken, take_through
from told_clock import Clock

from surveillance.access.scope import Scope, combine
from surveillance.audit.models import Entry
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.detection.selectors import QueueFilter, alerts
from surveillance.review.models import Disposition, Listening
from surveillance.review.selectors import decisions, next_alert, seconds_heard, standing
from surveillance.review.services import begin_playing, decide, heard, reopen

pytestmark = pytest.mark.django_db


def _queue(scope: Scope, state: str = "open") -> list[UUID]:
    return [row.recording for row in alerts(scope, QueueFilter(state=state))]


def test_a_decision_closes_the_alert_and_keeps_reviewer_date_action_and_reason(
    flagged: UUID, rates_officer: Scope
) -> None:
    assert decide(scope=rates_officer, recording=flagged, action="no_concern", reason=" A joke. ") == "closed"
    [made] = decisions(rates_officer, flagged)
    assert (made.reviewer, made.action, made.reason, made.second) == (
        "rates-officer",
        "no_concern",
        "A joke.",
        False,
    )
    entry = Entry.objects.get(action="decided")
    assert (entry.actor, entry.subject, entry.detail["reason"]) == (
        "rates-officer",
        f"recording:{flagged}",
        "A joke.",
    )
    assert _queue(rates_officer) == []


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_decision_without_a_reason_changes_nothing(
    flagged: UUID, rates_officer: Scope, reason: str
) -> None:
    with pytest.raises(Invalid):
        decide(scope=rates_officer, recording=flagged, action="no_concern", reason=reason)
    assert _queue(rates_officer) == [flagged]
    assert not Disposition.objects.exists()
    assert not Entry.objects.filter(action="decided").exists()


@pytest.mark.parametrize("action", ["", "shrug", "reopened"])
def test_only_the_actions_of_the_house_can_be_chosen(
    flagged: UUID, rates_officer: Scope, action: str
) -> None:
    with pytest.raises(Invalid):
        decide(scope=rates_officer, recording=flagged, action=action, reason="Because.")


def test_a_closed_alert_is_not_decided_again_until_it_is_opened_with_a_reason(
    flagged: UUID, rates_officer: Scope
) -> None:
    decide(scope=rates_officer, recording=flagged, action="no_concern", reason="A joke.")
    with pytest.raises(Conflict):
        decide(scope=rates_officer, recording=flagged, action="breach", reason="No joke.")
    with pytest.raises(Invalid):
        reopen(scope=rates_officer, recording=flagged, reason=" ")
    reopen(scope=rates_officer, recording=flagged, reason="The client complained.")
    assert _queue(rates_officer) == [flagged]
    decide(scope=rates_officer, recording=flagged, action="breach", reason="No joke.")
    assert [one.action for one in decisions(rates_officer, flagged)] == ["no_concern", "reopened", "breach"]
    assert Entry.objects.filter(action="reopened", subject=f"recording:{flagged}").count() == 1


def test_an_open_alert_cannot_be_opened(flagged: UUID, rates_officer: Scope) -> None:
    with pytest.raises(Conflict):
        reopen(scope=rates_officer, recording=flagged, reason="By mistake.")


def test_where_two_must_agree_the_second_is_someone_else_with_the_power(
    grave: UUID, rates_officer: Scope, supervisor: Scope
) -> None:
    assert decide(scope=rates_officer, recording=grave, action="escalate", reason="Both of them.") == "second"
    assert _queue(rates_officer) == []
    assert _queue(rates_officer, "second") == [grave]
    with pytest.raises(Refused):
        decide(scope=rates_officer, recording=grave, action="breach", reason="Sure of it.")
    assert decide(scope=supervisor, recording=grave, action="breach", reason="Agreed.") == "closed"
    assert [one.second for one in decisions(supervisor, grave)] == [False, True]


def test_nobody_is_their_own_second_pair_of_eyes(
    grave: UUID, supervisor: Scope, other_supervisor: Scope
) -> None:
    decide(scope=supervisor, recording=grave, action="no_concern", reason="Banter.")
    [row] = alerts(supervisor, QueueFilter(state="second"))
    assert not standing(supervisor, row).may_decide
    with pytest.raises(Refused):
        decide(scope=supervisor, recording=grave, action="no_concern", reason="Banter, still.")
    assert decide(scope=other_supervisor, recording=grave, action="no_concern", reason="Banter.") == "closed"


def test_another_desk_cannot_decide_nor_learn_that_there_is_anything_to_decide(
    flagged: UUID, fx_officer: Scope
) -> None:
    with pytest.raises(Hidden):
        decide(scope=fx_officer, recording=flagged, action="no_concern", reason="Mine now.")
    with pytest.raises(Hidden):
        decisions(fx_officer, flagged)
    assert _queue(fx_officer) == []


def test_whoever_only_sees_does_not_decide(flagged: UUID) -> None:
    auditor = combine("auditor", [("auditor", None)])
    with pytest.raises(Refused):
        decide(scope=auditor, recording=flagged, action="no_concern", reason="I looked.")


def test_opening_is_not_reviewing_and_playing_is_counted(
    flagged: UUID, rates_officer: Scope, clock: Clock
) -> None:
    assert seconds_heard(rates_officer, flagged) == 0.0
    begin_playing(scope=rates_officer, recording=flagged, position=0.0)
    clock.wait(2.0)
    assert heard(scope=rates_officer, recording=flagged, start=0.0, end=2.0) == pytest.approx(2.0)
    clock.wait(1.0)
    begin_playing(scope=rates_officer, recording=flagged, position=1.0)
    clock.wait(1.0)
    heard(scope=rates_officer, recording=flagged, start=1.0, end=2.0)
    assert seconds_heard(rates_officer, flagged) == pytest.approx(2.0)
    decide(scope=rates_officer, recording=flagged, action="coach", reason="Careless words.")
    assert decisions(rates_officer, flagged)[0].seconds_heard == pytest.approx(2.0)
    assert Entry.objects.filter(action="played", subject=f"recording:{flagged}").count() == 2


def test_nothing_is_heard_that_was_never_played(flagged: UUID, rates_officer: Scope, clock: Clock) -> None:
    clock.wait(100.0)
    assert heard(scope=rates_officer, recording=flagged, start=0.0, end=2.0) == 0.0


def test_nobody_hears_a_call_in_no_time(flagged: UUID, rates_officer: Scope, clock: Clock) -> None:
    begin_playing(scope=rates_officer, recording=flagged, position=0.0)
    clock.wait(0.2)
    heard(scope=rates_officer, recording=flagged, start=0.0, end=2.5)
    clock.wait(10.0)
    heard(scope=rates_officer, recording=flagged, start=0.0, end=500.0)
    assert not Listening.objects.exists()


def test_what_one_person_heard_is_not_credited_to_another(
    flagged: UUID, rates_officer: Scope, supervisor: Scope, clock: Clock
) -> None:
    begin_playing(scope=rates_officer, recording=flagged, position=0.0)
    clock.wait(2.0)
    heard(scope=rates_officer, recording=flagged, start=0.0, end=2.0)
    assert seconds_heard(supervisor, flagged) == 0.0
    assert seconds_heard(supervisor, flagged, listener="rates-officer") == pytest.approx(2.0)


def test_the_next_call_is_one_the_reader_may_decide(
    flagged: UUID, grave: UUID, rates_officer: Scope, supervisor: Scope
) -> None:
    following = next_alert(rates_officer, after=flagged, wanted=QueueFilter())
    assert following is not None
    assert following.recording == grave
    decide(scope=rates_officer, recording=grave, action="escalate", reason="Both of them.")
    assert next_alert(rates_officer, after=flagged, wanted=QueueFilter()) is None
    assert next_alert(rates_officer, after=flagged, wanted=QueueFilter(state="second")) is None
    second = next_alert(supervisor, after=flagged, wanted=QueueFilter(state="second"))
    assert second is not None
    assert second.recording == grave


def test_the_next_call_is_the_one_behind_and_past_the_end_the_first(
    flagged: UUID, grave: UUID, tmp_path: Path, rates_officer: Scope
) -> None:
    third = take_through(
        tmp_path, "rates", Spoken(name="three", turns=((0, "push the quokka"), (1, "done")), pitch=440)
    )
    by_age = QueueFilter(order="age")

    def following(after: UUID) -> UUID | None:
        row = next_alert(rates_officer, after=after, wanted=by_age)
        return row.recording if row else None

    assert [following(flagged), following(grave), following(third)] == [grave, third, flagged]
    decide(scope=rates_officer, recording=grave, action="escalate", reason="Both of them.")
    assert following(grave) == third, "from where it stood, though it has left the queue"
    assert next_alert(rates_officer, after=flagged, wanted=QueueFilter(state="closed")) is None


def test_whoever_decided_first_is_not_led_to_that_call_again(
    flagged: UUID, grave: UUID, supervisor: Scope, other_supervisor: Scope
) -> None:
    decide(scope=supervisor, recording=grave, action="escalate", reason="Both of them.")
    waiting = QueueFilter(state="second")
    assert next_alert(supervisor, after=flagged, wanted=waiting) is None
    row = next_alert(other_supervisor, after=flagged, wanted=waiting)
    assert row is not None
    assert row.recording == grave
