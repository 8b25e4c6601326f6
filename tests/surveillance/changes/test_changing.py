"""The gate: proposed by one, tried on the archive, put in force by another; and every way round it closed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from changes_scene import NARROWER, WIDER, policy_text, proposed, tried
from django.db import IntegrityError, transaction
from floor import screened_again

from surveillance.access.scope import Scope, combine, program
from surveillance.audit.models import Entry
from surveillance.changes import services
from surveillance.changes.models import Change, Outcome, Run
from surveillance.changes.proposals import Proposal, drafted
from surveillance.changes.selectors import change, changes, examples, obstacles, standing, standing_still
from surveillance.changes.services import Walk, activate, advance, begin, cancel, propose, withdraw
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict, Invalid, Missing, Refused
from surveillance.detection.models import Screening
from surveillance.detection.selectors import findings
from surveillance.rulebook.selectors import mark, one_in_force
from surveillance.transcription.models import Tokens
from surveillance.transcription.services import fill_tokens

CLERK = program("clerk")
NUMBATS = ("we could hold the numbat until four", "hold the numbat and say nothing")


def test_a_back_test_tells_alerts_gained_with_their_seconds(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, WIDER)
    run = tried(officer, number)
    row = change(officer, number).back_test
    assert row is not None
    assert (row.number, row.state, row.done, row.total) == (run, "done", 5, 5)
    assert (row.counts.gained, row.counts.lost, row.counts.alerts) == (2, 0, [2, 4])
    assert row.counts.categories["market_manipulation"] == [2, 4, 2, 4]
    assert row.counts.months == {"2026-03": [2, 4]}
    told, here, everywhere = examples(supervisor, run, effect="gained")
    assert (here, everywhere) == (2, 2)
    assert {example.recording for example in told} == {archive[words] for words in NUMBATS}
    assert all(finding["words"].startswith("hold the numbat") for one in told for finding in one.gained)


def test_examples_are_told_only_on_desks_one_may_listen_on(archive: dict[str, UUID], officer: Scope) -> None:
    run = tried(officer, proposed(officer, WIDER))
    told, here, everywhere = examples(officer, run, effect="gained")
    assert [example.recording for example in told] == [archive[NUMBATS[0]]]
    assert (here, everywhere) == (1, 2)
    assert examples(combine("auditor", [("auditor", None)]), run, effect="gained")[0] == []


def test_a_back_test_tells_alerts_lost(archive: dict[str, UUID], officer: Scope) -> None:
    run = tried(officer, proposed(officer, NARROWER))
    told, _, _ = examples(officer, run, effect="lost")
    assert [example.recording for example in told] == [archive["push the quokka in the training only"]]
    assert Run.objects.get().counts["alerts"] == [2, 1]


def test_a_change_of_title_touches_no_call(archive: dict[str, UUID], officer: Scope) -> None:
    tried(officer, proposed(officer, policy_text("quokka", "push w/3 quokka", title="Pushed about")))
    assert (Run.objects.get().counts["touched"], Outcome.objects.count()) == (0, 0)


def test_a_change_of_weight_touches_exactly_the_calls_where_it_is_heard(
    archive: dict[str, UUID], officer: Scope
) -> None:
    lighter = policy_text("quokka", "push w/3 quokka", version=2).replace("weight = 0.9", "weight = 0.3")
    tried(officer, proposed(officer, lighter))
    counts = Run.objects.get().counts
    assert (counts["touched"], counts["lost"]) == (2, 2)


def test_a_new_policy_and_a_retirement_are_tried_together(archive: dict[str, UUID], officer: Scope) -> None:
    proposal = Proposal(
        title="Numbats instead",
        reason="The quokka is gone.",
        wordings=[drafted(policy_text("numbat", "(push or hold) w/3 numbat"))],
        retired=[("policy", "conduct.quokka")],
    )
    tried(officer, propose(scope=officer, proposal=proposal))
    counts = Run.objects.get().counts
    assert (counts["gained"], counts["lost"], counts["alerts"]) == (2, 2, [2, 2])


def test_nothing_is_in_force_by_being_proposed_or_tried(archive: dict[str, UUID], officer: Scope) -> None:
    before = mark()
    tried(officer, proposed(officer, WIDER))
    assert mark() == before


def test_a_second_person_puts_it_in_force_and_the_next_call_is_screened_by_it(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, WIDER)
    tried(officer, number)
    activate(scope=supervisor, change=number, reason="Two true ones, no false.")
    standing_now = one_in_force("policy", "conduct.quokka")
    assert standing_now is not None
    assert (standing_now.version, standing_now.terms[-1].activated_by) == (2, "supervisor")
    assert standing_now.terms[-1].change == number
    recording = archive[NUMBATS[0]]
    screened_again(recording)
    [found] = findings(CLERK, recording)
    assert (found.policy, found.policy_version) == ("conduct.quokka", 2)
    entry = Entry.objects.get(action="change put in force")
    assert (entry.actor, entry.detail["proposed_by"]) == ("supervisor", "officer")


def test_the_proposer_may_not_put_it_in_force(archive: dict[str, UUID], supervisor: Scope) -> None:
    number = proposed(supervisor, WIDER)
    tried(supervisor, number)
    with pytest.raises(Refused, match="second person"):
        activate(scope=supervisor, change=number, reason="I am sure.")
    assert not standing(supervisor, change(supervisor, number)).may_activate
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=number).update(state="active", decided_by="supervisor")


def test_an_officer_may_not_put_anything_in_force(archive: dict[str, UUID], officer: Scope) -> None:
    number = proposed(officer, WIDER)
    tried(officer, number)
    with pytest.raises(Refused):
        activate(scope=combine("other", [("officer", "rates")]), change=number, reason="x")


def test_without_a_finished_back_test_nothing_comes_into_force(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, WIDER)
    with pytest.raises(Conflict, match="not been tried") as refused:
        activate(scope=supervisor, change=number, reason="In a hurry.")
    assert "Run a back-test" in refused.value.cure
    run = begin(scope=officer, change=number, walk=Walk())
    with pytest.raises(Conflict, match="under way"):
        activate(scope=supervisor, change=number, reason="In a hurry.")
    cancel(scope=officer, run=run)
    with pytest.raises(Conflict, match="not finished"):
        activate(scope=supervisor, change=number, reason="In a hurry.")


def test_a_back_test_against_another_set_counts_no_more(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    first, second = proposed(officer, WIDER), proposed(officer, policy_text("numbat", "numbat"))
    for number in (first, second):
        tried(officer, number)
    activate(scope=supervisor, change=second, reason="Yes.")
    with pytest.raises(Conflict, match="after its back-test"):
        activate(scope=supervisor, change=first, reason="Yes.")
    tried(officer, first)
    activate(scope=supervisor, change=first, reason="Yes.")


def test_what_changed_meanwhile_must_be_proposed_anew(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    mine, theirs = proposed(officer, WIDER), proposed(officer, NARROWER.replace("version = 2", "version = 3"))
    tried(officer, mine)
    activate(scope=supervisor, change=mine, reason="Yes.")
    assert "propose it anew" in obstacles(theirs)[0].cure


def test_an_earlier_edition_comes_back_as_a_change_of_its_own(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    before = mark()
    earlier = one_in_force("policy", "conduct.quokka")
    assert earlier is not None
    number = proposed(officer, WIDER)
    tried(officer, number)
    activate(scope=supervisor, change=number, reason="Yes.")
    back = propose(scope=officer, proposal=Proposal(title="Back", reason="Too wide.", editions=[earlier.id]))
    tried(officer, back)
    assert Run.objects.first() is not None
    activate(scope=supervisor, change=back, reason="Yes.")
    assert mark() == before


def test_a_change_may_take_effect_later(archive: dict[str, UUID], officer: Scope, supervisor: Scope) -> None:
    number, before, monday = proposed(officer, WIDER), mark(), now() + timedelta(days=3)
    tried(officer, number)
    activate(scope=supervisor, change=number, reason="From Monday.", effective_from=monday)
    assert mark() == before != mark(monday)
    with pytest.raises(Conflict, match="not in force yet"):
        begin(scope=supervisor, change=number, walk=Walk(), purpose="retro_scan")


def test_a_proposal_is_withdrawn_with_a_reason_and_stays_on_record(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, WIDER)
    begin(scope=officer, change=number, walk=Walk())
    with pytest.raises(Invalid):
        withdraw(scope=officer, change=number, reason=" ")
    with pytest.raises(Refused):
        withdraw(scope=combine("other", [("officer", "rates")]), change=number, reason="Not mine.")
    withdraw(scope=officer, change=number, reason="Too wide.")
    row = change(officer, number)
    assert (row.state, row.decision, row.runs[0].state) == ("withdrawn", "Too wide.", "cancelled")
    with pytest.raises(Conflict):
        activate(scope=supervisor, change=number, reason="Yes.")


def test_a_policy_that_breaks_a_law_is_refused_with_every_fault(
    archive: dict[str, UUID], officer: Scope
) -> None:
    deaf = WIDER.replace("push the quokka before number 3", "nothing to be heard").replace(
        "good morning number 4", "hold the quokka"
    )
    with pytest.raises(Invalid) as told:
        proposed(officer, deaf)
    assert "does not hear “nothing to be heard”" in told.value.message
    assert "hears “hold the quokka”" in told.value.message
    assert not Change.objects.exists()


def test_a_text_that_moved_must_move_its_version(archive: dict[str, UUID], officer: Scope) -> None:
    with pytest.raises(Invalid, match="raise it to 2"):
        proposed(officer, WIDER.replace("version = 2", "version = 1"))


def test_what_does_not_differ_is_no_change(archive: dict[str, UUID], officer: Scope) -> None:
    with pytest.raises(Invalid, match="Nothing in it differs"):
        proposed(officer, policy_text("quokka", "push w/3 quokka"))


def test_a_change_needs_a_reason_and_someone_who_may(archive: dict[str, UUID], officer: Scope) -> None:
    wording = drafted(WIDER)
    with pytest.raises(Invalid):
        propose(scope=officer, proposal=Proposal(title="x", reason="  ", wordings=[wording]))
    investigator = combine("investigator", [("investigator", "rates")])
    with pytest.raises(Refused):
        propose(scope=investigator, proposal=Proposal(title="x", reason="y", wordings=[wording]))
    with pytest.raises(Refused):
        changes(investigator)


def test_a_run_goes_on_where_a_killed_worker_left_it(
    archive: dict[str, UUID], officer: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "CALLS_A_STEP", 2)
    run = begin(scope=officer, change=proposed(officer, WIDER), walk=Walk())
    assert advance(run=run, seconds=0)
    assert Run.objects.get().done == 2
    # A worker that took the run and died: its hold stands until the lease has run out.
    Run.objects.update(holder="dead", touched_at=now())
    assert not advance(run=run)
    assert Run.objects.get().done == 2
    Run.objects.update(touched_at=now() - services.LEASE - timedelta(seconds=1))
    assert standing_still(patience=60) == [run]
    advance(run=run, seconds=60)
    row = Run.objects.get()
    assert (row.state, row.done, row.counts["gained"]) == ("done", 5, 2)
    assert Entry.objects.filter(action="back-test finished").count() == 1


def test_a_step_of_a_cancelled_run_leaves_nothing(
    archive: dict[str, UUID], officer: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(scope=officer, change=proposed(officer, WIDER), walk=Walk())
    whole = services.step

    def cancelled_meanwhile(*given: object) -> object:
        found = whole(*given)  # type: ignore[arg-type]
        cancel(scope=officer, run=run)
        return found

    monkeypatch.setattr(services, "step", cancelled_meanwhile)
    assert not advance(run=run)
    assert (Run.objects.get().done, Outcome.objects.count()) == (0, 0)


def test_a_sample_is_drawn_again_by_its_seed(archive: dict[str, UUID], officer: Scope) -> None:
    number = proposed(officer, WIDER)
    for _ in range(2):
        tried(officer, number, walk=Walk(sample=3, seed=11))
    newer, older = Run.objects.all()
    assert newer.frame == older.frame
    assert (newer.total, newer.archive) == (3, 5)


def test_a_span_of_days_narrows_the_archive(archive: dict[str, UUID], officer: Scope) -> None:
    number = proposed(officer, WIDER)
    tried(officer, number, walk=Walk(until=now() - timedelta(days=36500)))
    assert Run.objects.get().total == 0


def test_a_back_test_has_no_call_screened_again(archive: dict[str, UUID], officer: Scope) -> None:
    told: list[UUID] = []
    advance(run=begin(scope=officer, change=proposed(officer, WIDER), walk=Walk()), screen_again=told.append)
    assert told == []


def test_a_run_that_cannot_go_on_says_why(archive: dict[str, UUID], officer: Scope) -> None:
    number = proposed(officer, WIDER)
    run = begin(scope=officer, change=number, walk=Walk())
    services.halt(run=run, fault=Broken("The disk is gone.", cure="Put it back."))
    row = change(officer, number).back_test
    assert row is not None
    assert (row.state, row.fault) == ("failed", "The disk is gone. Put it back.")
    assert not advance(run=run)


def test_calls_whose_lines_were_never_made_are_walked_over_too(
    archive: dict[str, UUID], officer: Scope
) -> None:
    Tokens.objects.all().delete()
    tried(officer, proposed(officer, WIDER))
    assert (Run.objects.get().counts["calls"], Run.objects.get().counts["gained"]) == (5, 2)
    assert Tokens.objects.count() == 5
    Tokens.objects.update(forms=0, line="")
    fill_tokens(versions=list(Tokens.objects.values_list("pk", flat=True)))
    assert not Tokens.objects.filter(line="").exists()


def test_one_run_of_a_change_at_a_time(archive: dict[str, UUID], officer: Scope) -> None:
    number = proposed(officer, WIDER)
    begin(scope=officer, change=number, walk=Walk())
    with pytest.raises(Conflict):
        begin(scope=officer, change=number, walk=Walk())


def test_a_retro_scan_names_the_calls_to_be_screened_again(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    number = proposed(officer, WIDER)
    with pytest.raises(Conflict):
        begin(scope=supervisor, change=number, walk=Walk(), purpose="retro_scan")
    tried(officer, number)
    activate(scope=supervisor, change=number, reason="Yes.")
    with pytest.raises(Refused):
        begin(scope=officer, change=number, walk=Walk(), purpose="retro_scan")
    run = begin(scope=supervisor, change=number, walk=Walk(), purpose="retro_scan")
    told: list[UUID] = []
    advance(run=run, seconds=60, screen_again=told.append)
    assert set(told) == {archive[words] for words in NUMBATS}
    assert Screening.objects.count() == 5  # screening them is the pipeline's


def test_there_is_no_change_of_an_unknown_number(archive: dict[str, UUID], officer: Scope) -> None:
    with pytest.raises(Missing):
        change(officer, 4711)
