"""The laws over all policies: sentences hold, versions move with the text, every category is covered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policies.laws import broken_laws, main
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
    (fault,) = spoil(copy, "version = 1", "version = 2")
    assert "is not locked" in fault.problem
    assert lock(load(copy), copy) == []
    assert spoil(copy, "version = 2", "version = 2") == []


def test_a_version_that_goes_back_is_a_fault(copy: Path) -> None:
    spoil(copy, "version = 1", "version = 2")
    lock(load(copy), copy)
    (fault,) = spoil(copy, "version = 2", "version = 1")
    assert "went back" in fault.problem


def test_too_few_sentences_and_the_same_one_twice_are_faults(copy: Path) -> None:
    faults = spoil(
        copy,
        '{ say = "I\'ve complained three times already" }',
        '{ say = "put me through to your manager right now" }',
    )
    assert [fault.place for fault in faults] == ["sentences"]


def test_a_category_without_three_policies_is_a_fault(copy: Path) -> None:
    faults = broken_laws(load(copy), copy)
    assert {fault.place for fault in faults if fault.file == "rules"} >= {"bribery", "safety"}


def test_the_laws_are_checked_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "policies keep every law" in capsys.readouterr().out
