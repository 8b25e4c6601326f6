"""Spoken names, sums, dates and numbers: what is read, what is not, and how well on lines nobody tuned to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.entities import reader as reading
from detectors.entities.digits import numbers
from detectors.entities.directory import Directory, DirectoryUnreadable, Entry, is_lei, read_counterparties
from detectors.entities.entity import Entity, masked
from detectors.entities.marked import CALLED, measure, read_lines
from detectors.entities.reader import EntityReader, ModelUnusable, english
from search.transcript import Transcript, Turn, Word


@pytest.fixture(scope="module")
def reader() -> EntityReader:
    return EntityReader()


def read(reader: EntityReader, text: str, called: datetime = CALLED) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in reader.read(Transcript.from_text(text), called)]


def test_the_labelled_lines_are_read_well_also_those_nobody_looked_at(reader: EntityReader) -> None:
    def found(transcript: Transcript) -> Sequence[Entity]:
        return reader.read(transcript, CALLED)

    lines = read_lines()
    assert len(lines) >= 150
    held = [line for line in lines if line.held]
    assert 0.35 < len(held) / len(lines) < 0.65
    told = measure(held, found)
    assert told.whole.precision.value >= 0.85
    assert told.whole.recall.value >= 0.8
    assert told.values.value >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "order number four two four two four two four two four two four two four two four three",
        "the reference is four one one one one one one one one one one one one one one two",
        "my account is not a card 4111 1111 1111 1112",
    ],
)
def test_a_number_whose_check_digit_is_wrong_is_no_card(text: str, reader: EntityReader) -> None:
    assert "card" not in {kind for kind, _ in read(reader, text)}


@pytest.mark.parametrize(
    "text",
    [
        "card four double two double two double two double two double two double two double two double two two",
        "the spot on the carpet and the tens of people who may march",
        "I told him to mark it and bill it to the client with a will of iron and good grace",
        "black cable to black white cable to white",
    ],
)
def test_words_of_everyday_name_nothing(text: str, reader: EntityReader) -> None:
    assert read(reader, text) == []


def test_a_check_digit_decides() -> None:
    luhn = "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2".split()
    assert [found.kind for found in numbers(luhn)] == ["card"]
    assert numbers([*luhn[:-1], "3"]) == []
    assert [found.kind for found in numbers("gb82 west 1234 5698 7654 32".split())] == ["account"]
    assert [found.kind for found in numbers("gb83 west 1234 5698 7654 32".split())] == []


def test_a_number_goes_on_over_the_other_partys_yes(reader: EntityReader) -> None:
    halves = ("four two four two four two four two", "yes", "four two four two four two four two")
    turns, second = [], 0.0
    for nth, text in enumerate(halves):
        words = []
        for said in text.split():
            words.append(Word(text=said, start=second, end=second + 0.3, channel=nth % 2))
            second += 0.4
        turns.append(Turn(speaker=f"channel {nth % 2}", channel=nth % 2, words=tuple(words)))
    cards = [one for one in reader.read(Transcript(turns=tuple(turns)), CALLED) if one.kind == "card"]
    assert [one.turn for one in cards] == [0, 2]
    assert {one.text for one in cards} == {"424242••••••4242"}


def test_dates_are_told_from_the_start_of_the_call(reader: EntityReader) -> None:
    new_year = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert read(reader, "we settle tomorrow", new_year) == [("date", "2027-01-01")]
    assert read(reader, "by next Tuesday", new_year) == [("date", "2027-01-05")]


def test_short_and_long_numbers_are_masked() -> None:
    assert masked("4242424242424242") == "424242••••••4242"
    assert masked("204560") == "••••60"
    assert sum(sign.isdigit() for sign in masked("12345678")) <= 4


def test_weights_that_are_not_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MODEL_SHA256", "0" * 64)
    english.cache_clear()
    try:
        with pytest.raises(ModelUnusable):
            EntityReader()
    finally:
        monkeypatch.undo()
        english.cache_clear()


DIRECTORY = Directory(
    entries=(
        Entry(id="1", kind="person", name="Sophie Lindqvist", lines=("+44 20 7946 0533",)),
        Entry(id="2", kind="person", name="Ben Hart"),
        Entry(id="3", kind="person", name="Ben Wood"),
        Entry(id="4", kind="organisation", name="Aldersgate Bank", aliases=("alders gate",)),
    )
)


@pytest.mark.parametrize(
    ("kind", "value", "id_"),
    [
        ("person", "Sophie Lindquist", "1"),
        ("person", "Sofie", "1"),
        ("person", "Ben", ""),
        ("person", "Marcus", ""),
        ("organisation", "Alders Gate", "4"),
        ("organisation", "Barclays", ""),
        ("phone", "02079460533", "1"),
        ("phone", "02079460534", ""),
    ],
)
def test_names_are_linked_by_sound_and_left_open_where_two_fit(kind: str, value: str, id_: str) -> None:
    assert DIRECTORY.link(kind, value).id == id_


def test_who_is_on_the_call_is_meant() -> None:
    assert DIRECTORY.link("person", "Ben").candidates == ("2", "3")
    assert DIRECTORY.link("person", "Ben", present=["Ben Wood"]).id == "3"


def test_every_fault_of_the_counterparties_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "houses.toml"
    path.write_text(
        '[[counterparty]]\nlei = "X"\n[[counterparty]]\nname = "A"\nlei = "969500CALDERVALEMA69"\n'
    )
    with pytest.raises(DirectoryUnreadable) as told:
        read_counterparties(path)
    assert "counterparty 1 has no name" in str(told.value)
    assert "969500CALDERVALEMA69 is no LEI" in str(told.value)
    assert is_lei("969500CALDERVALEMA68")
