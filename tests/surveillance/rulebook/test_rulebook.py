"""The rulebook: what is in force since when, on whose word, and exactly which words stood there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from floor import POLICY, write_policies
from pytest_django import Settings

from surveillance.access.scope import Power, Scope, combine, program
from surveillance.audit.models import Entry
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing, Refused, Transient
from surveillance.rulebook.disk import differences, wordings
from surveillance.rulebook.editions import READER, SPEECH, THRESHOLD
from surveillance.rulebook.models import Edition, Term
from surveillance.rulebook.selectors import (
    PolicyFilter,
    editions,
    in_force,
    mark,
    one_in_force,
    owners,
    policies,
    policy_set,
    review_state,
)
from surveillance.rulebook.services import enact, open_book, propose_edition, take_in_settings

CLERK = program("clerk")
OFFICER = combine("officer", [("officer", "rates")])
SUPERVISOR = combine("supervisor", [("supervisor", "rates")])


@pytest.fixture
def folder(desks: tuple[str, ...], tmp_path: Path) -> Path:
    """Two policies on disk, nothing in force yet."""
    where = tmp_path / "policies"
    write_policies(where, [("quokka", "market_manipulation", "quokka"), ("wombat", "secrecy", "wombat")])
    return where


@pytest.fixture
def book(folder: Path) -> Path:
    open_book()
    return folder


def reword(folder: Path, name: str, query: str, version: int) -> None:
    text = POLICY.format(name=name, category="secrecy", query=query, second="false", say=query)
    path = folder / "rules" / "conduct" / f"{name}.toml"
    path.write_text(text.replace("version = 1", f"version = {version}"))


def proposed(folder: Path, name: str, scope: Scope = OFFICER) -> int:
    return propose_edition(scope=scope, wording=wordings(folder)[name], reason="Wider.")


def test_what_stands_in_the_folder_is_in_force_from_the_first_start(book: Path) -> None:
    assert [edition.name for edition in in_force("policy")] == ["conduct.quokka", "conduct.wombat"]
    assert {edition.kind for edition in in_force()} == {"policy", THRESHOLD, READER, SPEECH}
    entry = Entry.objects.get(action="rulebook opened")
    assert entry.actor == "program:rulebook"
    assert entry.detail["policies"] == 2


def test_the_book_is_opened_once(book: Path) -> None:
    reword(book, "quokka", "numbat", 2)
    open_book()
    assert Term.objects.filter(kind="policy").count() == 2
    assert Entry.objects.filter(action="rulebook opened").count() == 1


def test_a_folder_with_faults_opens_no_book(folder: Path) -> None:
    (folder / "rules" / "conduct" / "quokka.toml").write_text('id = "x"')
    with pytest.raises(Transient) as told:
        open_book()
    assert "quokka.toml" in told.value.message
    assert not Term.objects.exists()


def test_another_speech_engine_in_the_settings_is_dated_and_on_record(book: Path, settings: Settings) -> None:
    before = now()
    assert take_in_settings() == []
    settings.EARSHOT = replace(settings.EARSHOT, speech_model="tiny.en")
    assert take_in_settings() == ["engine"]
    older, newer = (one_in_force(SPEECH, "engine", at) for at in (before, None))
    assert older is not None
    assert newer is not None
    assert (older.settings["model"], newer.settings["model"]) == ("base", "tiny.en")
    assert Entry.objects.get(action="settings taken in").detail["was"]["model"] == "base"
    settings.EARSHOT = replace(settings.EARSHOT, speech_model="base")
    assert take_in_settings() == ["engine"]
    assert Edition.objects.filter(kind=SPEECH).count() == 2


def test_files_that_differ_are_told_apart_and_change_nothing(book: Path) -> None:
    before = mark()
    reword(book, "quokka", "numbat", 2)
    reword(book, "okapi", "okapi", 1)
    (book / "rules" / "conduct" / "wombat.toml").unlink()
    told = {one.name: one.state for one in differences()}
    assert told == {"conduct.okapi": "new", "conduct.quokka": "changed", "conduct.wombat": "gone"}
    assert mark() == before


def test_an_earlier_wording_on_disk_is_known_as_such(book: Path) -> None:
    reword(book, "quokka", "numbat", 2)
    enact(scope=SUPERVISOR, editions=[proposed(book, "conduct.quokka")], reason="Wider.")
    assert differences() == []
    write_policies_back(book)
    assert [one.state for one in differences()] == ["earlier"]


def write_policies_back(folder: Path) -> None:
    text = POLICY.format(
        name="quokka", category="market_manipulation", query="quokka", second="false", say="quokka"
    )
    (folder / "rules" / "conduct" / "quokka.toml").write_text(text)


def test_the_set_at_any_moment_is_exactly_what_was_in_force_then(book: Path) -> None:
    before, first = now(), mark()
    reword(book, "quokka", "numbat", 2)
    enact(scope=SUPERVISOR, editions=[proposed(book, "conduct.quokka")], reason="Wider.")
    assert mark(before) == first != mark()
    assert policy_set(mark(before))["conduct.quokka"].query == "quokka"
    assert policy_set(mark())["conduct.quokka"].query == "numbat"
    older, newer = (one_in_force("policy", "conduct.quokka", at) for at in (before, None))
    assert older is not None
    assert newer is not None
    assert (older.version, newer.version) == (1, 2)
    assert older.terms[-1].until == newer.terms[-1].effective_from


def test_an_edition_may_take_effect_later(book: Path) -> None:
    first, monday = mark(), now() + timedelta(days=3)
    reword(book, "quokka", "numbat", 2)
    enact(scope=SUPERVISOR, editions=[proposed(book, "conduct.quokka")], reason="x", effective_from=monday)
    assert mark() == first
    assert policy_set(mark(monday))["conduct.quokka"].version == 2
    reword(book, "quokka", "bilby", 3)
    with pytest.raises(Conflict):
        enact(scope=SUPERVISOR, editions=[proposed(book, "conduct.quokka")], reason="x")


def test_nothing_in_force_is_changed_backwards(book: Path) -> None:
    reword(book, "quokka", "numbat", 2)
    edition = proposed(book, "conduct.quokka")
    with pytest.raises(Invalid):
        enact(scope=SUPERVISOR, editions=[edition], reason="x", effective_from=now() - timedelta(hours=1))


def test_a_retired_policy_is_out_of_force_and_still_in_the_book(book: Path) -> None:
    enact(scope=SUPERVISOR, editions=[], retired=[("policy", "conduct.wombat")], reason="No longer traded.")
    assert [edition.name for edition in in_force("policy")] == ["conduct.quokka"]
    [row] = policies(OFFICER, PolicyFilter(retired=True))
    assert (row.edition.name, row.edition.terms[-1].ended_by) == ("conduct.wombat", "supervisor")
    with pytest.raises(Missing):
        enact(scope=SUPERVISOR, editions=[], retired=[("policy", "conduct.wombat")], reason="Again.")


def test_the_same_wording_is_one_edition(book: Path) -> None:
    reword(book, "quokka", "numbat", 2)
    assert proposed(book, "conduct.quokka") == proposed(book, "conduct.quokka", SUPERVISOR)
    assert Edition.objects.filter(name="conduct.quokka").count() == 2


def test_only_who_may_proposes_reads_or_puts_in_force(book: Path) -> None:
    investigator = combine("investigator", [("investigator", "rates")])
    reword(book, "quokka", "numbat", 2)
    with pytest.raises(Refused):
        proposed(book, "conduct.quokka", investigator)
    with pytest.raises(Refused):
        policies(investigator, PolicyFilter())
    edition = proposed(book, "conduct.quokka")
    with pytest.raises(Refused):
        enact(scope=OFFICER, editions=[edition], reason="x")
    assert combine("auditor", [("auditor", None)]).may(Power.RULES)


def test_the_list_is_narrowed_by_category_owner_and_words(book: Path) -> None:
    def names(**asked: str) -> list[str]:
        return [row.edition.name for row in policies(OFFICER, PolicyFilter(**asked))]  # type: ignore[arg-type]

    assert names() == ["conduct.quokka", "conduct.wombat"]
    assert names(category="secrecy") == ["conduct.wombat"]
    assert names(words="QUOK") == ["conduct.quokka"]
    assert names(owner="Somebody else") == []
    assert owners(policies(OFFICER, PolicyFilter())) == ["Tests"]
    [edition] = editions(OFFICER, "policy", "conduct.quokka")
    assert edition.facts["fires"] == ["quokka"]


def test_a_review_is_overdue_the_day_after_its_date() -> None:
    today = now().date()
    assert review_state(today - timedelta(days=1), today) == "overdue"
    assert review_state(today, today) == "soon"
    assert review_state(today + timedelta(days=90), today) == ""
