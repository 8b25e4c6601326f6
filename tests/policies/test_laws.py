"""The laws over all policies: sentences hold, versions move with the text, every category is covered."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from policies.laws import ORDINARY, broken_laws, main, ordinary_lines
from policies.loader import HOME, load
from policies.schema import Fault
from policies.versions import lock


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped policies of one family, to be spoiled."""
    for part in ("lists", "rules/complaint"):
        shutil.copytree(HOME / part, tmp_path / part)
    assert lock(load(tmp_path), tmp_path) == []
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> list[Fault]:
    path = folder / "rules" / "complaint" / "formal.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    faults = broken_laws(load(folder), folder)
    return [fault for fault in faults if "complaint.formal" in fault.place or "formal.toml" in fault.file]


def test_every_shipped_policy_keeps_every_law() -> None:
    assert broken_laws(load()) == []


def test_a_sentence_that_should_fire_and_does_not_is_a_fault(copy: Path) -> None:
    (fault,) = spoil(copy, "I want to make a formal complaint about this", "what lovely weather")
    assert fault.place == "fires 1"
    assert "does not hear “what lovely weather”" in fault.problem


def test_a_sentence_that_should_be_silent_and_fires_is_a_fault(copy: Path) -> None:
    (fault,) = spoil(copy, "no complaints at all, lovely driver", "I want to raise a complaint")
    assert fault.place == "silent 1"


def test_an_exclusion_that_swallows_a_sentence_is_a_fault(copy: Path) -> None:
    faults = spoil(copy, "unless = '''\n   ", "unless = '''\n   formal or ")
    assert any("`unless` excuses" in fault.problem for fault in faults)


def test_a_text_that_changed_without_its_version_is_a_fault_and_is_not_locked(copy: Path) -> None:
    (fault,) = spoil(copy, "weight = 0.75", "weight = 0.8")
    assert "did not; raise it" in fault.problem
    assert [refused.place for refused in lock(load(copy), copy)] == ["complaint.formal"]


def test_a_text_that_changed_with_its_version_can_be_locked(copy: Path) -> None:
    spoil(copy, "weight = 0.75", "weight = 0.8")
    (fault,) = spoil(copy, "version = 2", "version = 3")
    assert "is not locked" in fault.problem
    assert lock(load(copy), copy) == []
    assert spoil(copy, "version = 3", "version = 3") == []


def test_a_version_that_goes_back_is_a_fault(copy: Path) -> None:
    spoil(copy, "version = 2", "version = 3")
    lock(load(copy), copy)
    (fault,) = spoil(copy, "version = 3", "version = 1")
    assert "went back" in fault.problem


def test_too_few_sentences_and_the_same_one_twice_are_faults(copy: Path) -> None:
    faults = spoil(
        copy,
        '{ say = "I\'ve complained three times already" }',
        '{ say = "put me through to your manager right now" }',
    )
    assert [fault.place for fault in faults] == ["sentences"]


def added(folder: Path, clause: str, **other: str) -> list[str]:
    """What breaks a law once the query of complaint.formal has one more clause, its version raised and locked."""
    path = folder / "rules" / "complaint" / "formal.toml"
    text = path.read_text(encoding="utf-8").replace("query = '''\n", f"query = '''\n   {clause} or\n", 1)
    for old, new in other.items():
        text = re.sub(rf"^{old} = .*$", f"{old} = {new}", text, count=1, flags=re.MULTILINE)
    raised = re.sub(
        r"^version = (\d+)$", lambda was: f"version = {int(was[1]) + 1}", text, flags=re.MULTILINE
    )
    path.write_text(raised, encoding="utf-8")
    assert lock(load(folder), folder) == []
    faults = broken_laws(load(folder), folder)
    return [f"{fault.place}: {fault.problem}" for fault in faults if "formal.toml" in fault.file]


@pytest.mark.parametrize(
    "clause",
    [
        "(zebra not w/9 (zebra or lion))",
        "((zebra and not zebra) or (lion and not (lion or tiger)))",
        '("sell a formal gown")',
    ],
)
def test_a_clause_that_can_never_fire_is_a_fault(copy: Path, clause: str) -> None:
    spoil(copy, "unless = '''\n   ", "unless = '''\n   gown or ")
    (fault,) = added(copy, clause)
    assert fault.startswith("query, alternative 1: can never fire")


@pytest.mark.parametrize(
    "clause", ["(zebra not w/9 lion)", "(zebra and not lion)", "zebr* w/3 (gown or tiger)"]
)
def test_a_clause_that_can_fire_is_none(copy: Path, clause: str) -> None:
    spoil(copy, "unless = '''\n   ", "unless = '''\n   gown or ")
    assert added(copy, clause) == []


def test_a_policy_that_waits_for_support_no_other_gives_is_a_fault(copy: Path) -> None:
    assert any(
        "so it can never fire" in fault for fault in added(copy, "zebra", weight="0.3\nneeds_support = true")
    )


def test_ordinary_talk_is_long_and_no_line_stands_twice() -> None:
    said = ordinary_lines()
    assert len(said) >= 600
    assert len({line.lower() for line in said}) == len(said)
    assert ORDINARY.parent.name == "policies"


def test_a_policy_that_fires_on_ordinary_talk_is_a_fault_that_quotes_it(copy: Path) -> None:
    (fault,) = added(copy, "kettle or train or platform or lift or parcel")
    assert fault.startswith("query: fires on ")
    assert "0.5% is the most" in fault
    assert "put the kettle on, I'm parched" in fault


def test_each_line_is_a_call_to_a_policy_that_looks_at_a_whole_one(copy: Path) -> None:
    faults = added(copy, "(the and not kettle)")
    assert any(fault.startswith("query: fires on ") for fault in faults)


def test_fires_without_a_recognisers_error_are_a_fault(copy: Path) -> None:
    path = copy / "rules" / "complaint" / "formal.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("misheard = true", "misheard = false"), encoding="utf-8"
    )
    (fault,) = (fault for fault in broken_laws(load(copy), copy) if "formal.toml" in fault.file)
    assert fault.place == "fires"
    assert "0 are marked misheard = true; at least 2" in fault.problem


def test_a_hint_may_hear_more_of_it(copy: Path) -> None:
    assert added(copy, "lift or raffle", weight="0.45") == []
    faults = added(copy, "lift or raffle or train or shop or the", weight="0.45")
    assert any("2.0% is the most" in fault for fault in faults)


def test_a_category_without_three_policies_is_a_fault(copy: Path) -> None:
    faults = broken_laws(load(copy), copy)
    assert {fault.place for fault in faults if fault.file == "rules"} >= {"bribery", "safety"}


def test_the_laws_are_checked_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "policies keep every law" in capsys.readouterr().out
