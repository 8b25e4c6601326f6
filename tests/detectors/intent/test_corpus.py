"""The corpus is as large, varied and divided as its datasheet says, and its pages hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from detectors.intent.examples import examples, part_of
from detectors.intent.lines import ENGLISHES, INTENTS, Said, read
from policies.schema import CATEGORIES


@pytest.fixture(scope="module")
def corpus() -> list[Said]:
    said, faults = read()
    assert not faults, faults[:10]
    return said


def test_there_is_enough_of_everything(corpus: list[Said]) -> None:
    assert sum(len(said.turns) for said in corpus) >= 12_000
    assert sum(len(said.turns) > 1 for said in corpus) >= 1_500
    lines = [said for said in corpus if len(said.turns) == 1]
    for category in CATEGORIES:
        assert sum(category in said.categories for said in lines) >= 500, category
        tempting = [s for s in lines if s.scene.category == category and s.kind == "tempting"]
        assert len(tempting) >= 500, category
        kinds = Counter(said.kind for said in lines if category in said.categories)
        assert min(kinds["direct"], kinds["coded"]) >= 150, category


def test_every_english_and_every_intent_is_spoken(corpus: list[Said]) -> None:
    assert {said.scene.english for said in corpus} == set(ENGLISHES)
    intents = Counter(name for said in corpus for name in said.scene.intents)
    # The intent to complain is learned from the complaints themselves.
    assert min(intents[name] for name in INTENTS if name != "complaint") >= 40


def test_no_line_stands_twice(corpus: list[Said]) -> None:
    texts = Counter(said.text.casefold() for said in corpus if len(said.turns) == 1)
    assert [text for text, times in texts.items() if times > 1] == []


def test_a_family_is_never_divided_and_every_part_holds_every_category(corpus: list[Said]) -> None:
    parts: dict[tuple[str, str], set[str]] = {}
    for said in corpus:
        parts.setdefault((said.scene.category, said.scene.family), set()).add(part_of(said))
    assert all(len(some) == 1 for some in parts.values())
    for part in ("training", "fitting", "reported"):
        held = {c for said in corpus if part_of(said) == part for c in said.categories}
        assert held == set(CATEGORIES), part


def test_what_is_learned_from_never_holds_a_reported_line(corpus: list[Said]) -> None:
    learned = {e.text for e in examples(said for said in corpus if part_of(said) == "training")}
    reported = {said.text for said in corpus if part_of(said) == "reported" and len(said.turns) == 1}
    assert not learned & reported


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("! stands alone\n", "stands before the first =="),
        ("== a | fx | martian\n", "no English called martian"),
        ("== a | fx | uk\n-+bribery innocent\n", "innocent talk bears no category"),
        ("== a | fx | uk\n- \n", "neither a head"),
        ("== a | fx | uk\n>>!\nA: one\nB: two\n", "marks its telling turns"),
        ("== a | fx | uk\n>>-\nA!: one\nB: two\n", "an innocent one marks none"),
        ("== a | fx | uk\n>>-\nA: one\n", "fewer than two turns"),
        ("== a | fx | uk\n!+theft takes it\n", "no such category: theft"),
        ("== a | fx | uk | dancing\n- line\n", "no such intent: dancing"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, page: str, fault: str) -> None:
    folder = tmp_path / "bribery"
    folder.mkdir()
    (folder / "page.txt").write_text(page, encoding="utf-8")
    _, faults = read([tmp_path])
    assert fault in faults[0]
    assert "page.txt" in faults[0]
