"""A folder of policies becomes a set, or all its faults at once with file and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.loader import Texts, load, load_texts, texts_of
from policies.schema import CATEGORIES, PolicyFaults

POLICY = """
id = "market.example"
version = 1
title = "An example"
category = "market_manipulation"
severity = "low"
weight = 0.7
duty = ["EU/UK MAR art. 12"]
owner = "Markets surveillance"
review_by = 2027-11-30
query = '@fixings w/5 (lower or higher)'
unless = 'think'
reach = 4
fires = [{ say = "put the fixing lower" }, { turns = ["A: the fixing", "B: lower"] }]
silent = [{ say = "the fixing came out" }]
"""
LISTS = """
[fixings]
about = "What is fixed"
words = ["fixing", "libor fixing"]
"""


def folder(tmp_path: Path, policy: str = POLICY, lists: str = LISTS) -> Path:
    (tmp_path / "rules" / "market").mkdir(parents=True)
    (tmp_path / "lists").mkdir()
    (tmp_path / "rules" / "market" / "example.toml").write_text(policy, encoding="utf-8")
    (tmp_path / "lists" / "market.toml").write_text(lists, encoding="utf-8")
    return tmp_path


def faults_of(path: Path) -> str:
    with pytest.raises(PolicyFaults) as caught:
        load(path)
    return str(caught.value)


def test_a_policy_file_is_read_with_its_lists_written_out(tmp_path: Path) -> None:
    policy = load(folder(tmp_path))["market.example"]
    assert policy.query == '(fixing or "libor fixing") w/5 (lower or higher)'
    assert policy.reach == 4
    assert policy.fires[1].turns == (("A", "the fixing"), ("B", "lower"))
    assert not policy.is_hint


def test_all_faults_of_a_folder_are_told_at_once_with_file_and_place(tmp_path: Path) -> None:
    broken = (
        POLICY.replace('"market_manipulation"', '"mischief"')
        .replace("@fixings", "@nonsense")
        .replace('duty = ["EU/UK MAR art. 12"]', "duty = []")
        .replace('{ say = "the fixing came out" }', '{ shout = "the fixing" }')
    )
    told = faults_of(folder(tmp_path, broken))
    assert "rules/market/example.toml: category: 'mischief' is none of" in told
    assert "rules/market/example.toml: query: there is no list @nonsense" in told
    assert "rules/market/example.toml: duty: cites no duty" in told
    assert "rules/market/example.toml: silent 1: is neither" in told


def test_an_ambiguous_query_is_refused_with_its_place_and_a_cure(tmp_path: Path) -> None:
    told = faults_of(folder(tmp_path, POLICY.replace("@fixings w/5 (lower or higher)", "a and b or c")))
    assert "query, character" in told
    assert "(a and b) or c" in told


def test_an_unknown_key_and_a_missing_key_are_faults(tmp_path: Path) -> None:
    told = faults_of(folder(tmp_path, POLICY.replace('owner = "Markets surveillance"', 'onwer = "Markets"')))
    assert "owner: is missing" in told
    assert "onwer: is not a key of a policy" in told


def test_a_policy_stands_in_the_file_its_id_names(tmp_path: Path) -> None:
    told = faults_of(folder(tmp_path, POLICY.replace('"market.example"', '"market.sample"')))
    assert "market.sample belongs in rules/market/sample.toml" in told


def test_a_file_that_is_not_toml_does_not_hide_the_faults_of_others(tmp_path: Path) -> None:
    path = folder(tmp_path, POLICY.replace('"low"', '"dreadful"'))
    (path / "rules" / "market" / "torn.toml").write_text('id = "mar', encoding="utf-8")
    told = faults_of(path)
    assert "torn.toml: file: is not TOML" in told
    assert "'dreadful' is none of low, medium, high" in told


def test_the_hash_of_a_set_moves_with_a_list_and_not_with_a_sentence(tmp_path: Path) -> None:
    before = load(folder(tmp_path / "a")).sha256
    reworded = load(folder(tmp_path / "b", POLICY.replace("put the fixing", "set the fixing"))).sha256
    widened = load(folder(tmp_path / "c", lists=LISTS.replace('"fixing",', '"fixing", "fix",'))).sha256
    assert reworded == before
    assert widened != before


def test_the_hash_of_a_set_moves_with_whatever_a_finding_quotes(tmp_path: Path) -> None:
    before = load(folder(tmp_path / "a")).sha256
    retitled = load(folder(tmp_path / "b", POLICY.replace("An example", "Another example"))).sha256
    assert retitled != before


def test_texts_kept_elsewhere_are_the_same_set_as_their_folder(tmp_path: Path) -> None:
    assert load_texts([texts_of(folder(tmp_path))]) == load(tmp_path)


def test_policies_of_one_set_are_each_read_with_the_lists_they_were_written_with() -> None:
    other = POLICY.replace("market.example", "market.other")
    policies = load_texts(
        [
            Texts(rules={"rules/market/example.toml": POLICY}, lists={"lists/a.toml": LISTS}),
            Texts(
                rules={"rules/market/other.toml": other},
                lists={"lists/a.toml": LISTS.replace('"libor fixing"', '"rate"')},
            ),
        ]
    )
    assert '"libor fixing"' in policies["market.example"].query
    assert "(fixing or rate)" in policies["market.other"].query


def test_the_shipped_policies_cover_every_category_with_at_least_three() -> None:
    policies = load().policies
    for category in CATEGORIES:
        assert sum(p.category == category and not p.is_hint for p in policies) >= 3, category
