"""What is named is asked for by field: its kind, its name as kept and as said, sums by their size."""

from __future__ import annotations

import pytest

from search.grammar import QueryFault, parse
from search.match import match
from search.query import in_words
from search.tokens import streams
from search.transcript import Named, Transcript

SAID = Transcript.from_turns(
    [
        ("anna", "show me cable in fifty mio"),
        ("bob", "goldman took two million dollars of it"),
    ]
)
CALL = Transcript(
    turns=SAID.turns,
    named=(
        Named(kind="instrument", value="GBPUSD", turn=0, first=2, last=2),
        Named(kind="amount", value="50000000", turn=0, first=4, last=5, amount=50e6),
        Named(kind="organisation", value="Goldman Sachs", turn=1, first=0, last=0),
        Named(kind="amount", value="2000000 USD", turn=1, first=2, last=4, amount=2e6, unit="USD"),
    ),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("instrument:gbpusd", True),
        ("instrument:cable", True),
        ("cable and org:cable", False),
        ('org:"goldman sachs"', True),
        ("org:goldman and not org:barclays", True),
        ("org:goldman w/3 took", True),
        ("org:goldman w/2 show", False),
        ("speaker:anna and org:goldman", False),
        ("speaker:bob and org:goldman", True),
        ("amount>10m", True),
        ("amount>50m", False),
        ("amount>=50m", True),
        ("amount<3mUSD", True),
        ("amount<1m", False),
        ("amount=50m", True),
        ("sum>1mGBP", False),
        ("instrument:cable w/5 amount>10m", True),
    ],
)
def test_a_field_finds_what_is_named_and_nothing_else(query: str, found: bool) -> None:
    assert bool(match(parse(query), streams(CALL))) is found


def test_a_field_points_at_the_words_that_name_it() -> None:
    [span] = match(parse("amount<3mUSD"), streams(CALL))
    assert streams(CALL).words[span.first : span.last + 1] == ("2", "million", "dollar")


@pytest.mark.parametrize("query", ["amount>lots", "org:gold*", "org:goldman fix", "colour:red"])
def test_a_field_that_cannot_be_read_is_refused_with_a_cure(query: str) -> None:
    with pytest.raises(QueryFault) as told:
        parse(query)
    assert told.value.cure


def test_a_field_is_told_back_in_words() -> None:
    assert in_words(parse("amount>=250kUSD")) == "a sum of at least 250,000 USD"
    assert in_words(parse("org:goldman")) == "an organisation named “goldman”"


def test_what_is_named_comes_back_from_storage() -> None:
    assert Transcript.from_json(CALL.to_json()) == CALL
