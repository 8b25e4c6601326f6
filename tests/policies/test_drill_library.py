"""The library of drills: one for every policy, in other words than its own, spoken as it is written."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest

from detectors.drill_codecs import CODECS
from detectors.drill_sound import is_spoken, recorded, spoken_now
from policies.library import LANGUAGES, SPOKEN, SURVEILLED, Drill, DrillFaults, read_drills
from policies.loader import load
from policies.schema import CATEGORIES

DRILLS = read_drills()
POLICIES = {policy.id: policy for policy in load().policies}
MOST_BYTES = 12_000_000
# As alike as a drill's turn may be to a sentence that its policy was written with.
ALIKE = 0.85


def test_every_policy_has_a_drill_and_every_drill_its_policy() -> None:
    drilled = {drill.policy for drill in DRILLS if not drill.innocent and drill.surveilled}
    assert sorted(POLICIES.keys() - drilled) == []
    assert sorted({drill.policy for drill in DRILLS} - POLICIES.keys()) == []
    assert [drill.id for drill in DRILLS if drill.category != POLICIES[drill.policy].category] == []


def test_every_category_has_innocent_twins() -> None:
    twins = [drill.category for drill in DRILLS if drill.innocent]
    assert {category for category in CATEGORIES if twins.count(category) < 2} == set()


def test_a_drill_does_not_copy_the_sentences_of_its_policy() -> None:
    assert [drill.id for drill in DRILLS if not drill.innocent and _nearest(drill) >= ALIKE] == []


def _nearest(drill: Drill) -> float:
    """How alike its nearest turn is to a sentence of its policy, 0–1."""
    known = [said.casefold() for example in POLICIES[drill.policy].fires for _, said in example.turns]
    return max(
        SequenceMatcher(None, said.casefold(), one).ratio() for _, said in drill.turns for one in known
    )


def test_every_drill_is_spoken_as_it_is_written_and_small() -> None:
    assert [drill.id for drill in DRILLS if not is_spoken(drill)] == []
    assert spoken_now().keys() == {drill.id for drill in DRILLS}
    assert sum(path.stat().st_size for path in SPOKEN.glob("*.opus")) < MOST_BYTES
    assert all(2 <= len(drill.turns) <= 4 for drill in DRILLS)


def test_languages_without_policies_are_marked() -> None:
    assert {drill.language for drill in DRILLS if not drill.surveilled} == set(LANGUAGES) - SURVEILLED


@pytest.mark.parametrize("codec", list(CODECS))
def test_the_same_drill_in_another_run_is_other_bytes_of_the_same_length(codec: str) -> None:
    drill = next(drill for drill in DRILLS if drill.id == "market.spoofing")
    one, length = recorded(drill, codec, seed="one", others=DRILLS)
    two, same = recorded(drill, codec, seed="two", others=DRILLS)
    assert one != two
    assert length == same
    assert recorded(drill, codec, seed="one", others=DRILLS)[0] == one or codec in {"opus"}  # a serial number


def test_all_faults_of_a_library_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[[drill]]\nid = "a.b"\nversion = 1\ncategory = "knitting"\nlanguage = "tlh"\nvoices = ["x"]\n'
        'turns = ["Hello"]\n[[drill]]\nid = "a.c"\n'
    )
    (tmp_path / "b.toml").write_text("[[drill]\n")
    with pytest.raises(DrillFaults) as told:
        read_drills(tmp_path)
    for part in ("knitting", "tlh", "two voices", "without its speaker", "lacks", "b.toml"):
        assert part in str(told.value)
