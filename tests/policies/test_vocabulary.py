"""Named lists and three cues in any order are written out into the query language."""

from __future__ import annotations

import pytest

from policies.vocabulary import NotWritable, WordList, read_lists, write_out
from search.grammar import parse
from search.match import match
from search.tokens import streams
from search.transcript import Transcript


def lists(**words: list[str]) -> dict[str, WordList]:
    return {name: WordList(name=name, about="", words=tuple(entries)) for name, entries in words.items()}


def test_a_list_name_stands_for_its_words_and_phrases() -> None:
    assert (
        write_out("@app w/3 me", lists(app=["telegram", "green app"])) == '(telegram or "green app") w/3 me'
    )


def test_a_list_may_hold_another_list_and_a_small_query() -> None:
    known = lists(all=["@some", "(a w/2 b)"], some=["x"])
    assert write_out("@all", known) == "(((x)) or ((a w/2 b)))"


def test_a_phrase_with_and_in_it_stays_a_phrase() -> None:
    assert write_out("@hush", lists(hush=["between you and me"])) == '("between you and me")'


@pytest.mark.parametrize("known", [{}, lists(app=["@app"])])
def test_an_unknown_list_and_one_that_holds_itself_are_refused(known: dict[str, WordList]) -> None:
    with pytest.raises(NotWritable):
        write_out("@app", known)


@pytest.mark.parametrize(
    "said", ["slip the inspector cash", "cash slip inspector", "inspector slip cash", "inspector cash slip"]
)
def test_three_cues_are_heard_in_any_order(said: str) -> None:
    query = parse(write_out("anyorder(slip w/4 cash w/6 inspector)", {}))
    assert match(query, streams(Transcript.from_text(said)))


def test_any_order_of_two_or_four_cues_is_refused() -> None:
    for text in ("anyorder(a w/2 b)", "anyorder(a w/2 b w/2 c w/2 d)", "anyorder(a w/2 b w/3 c"):
        with pytest.raises(NotWritable):
            write_out(text, {})


def test_every_fault_of_the_list_files_is_told() -> None:
    one = '[a]\nabout = "x"\nwords = ["p", "p"]\n[b]\nwords = ["q"]\n'
    _, faults = read_lists({"lists/one.toml": one, "lists/two.toml": "[c\n"})
    assert sorted(fault.place for fault in faults) == ["a", "b", "file"]
