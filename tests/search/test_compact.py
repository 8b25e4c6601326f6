"""A call on one line of tokens answers a query as the whole transcript does."""

from __future__ import annotations

import pytest

from search import compact
from search.grammar import parse
from search.match import match
from search.tokens import streams
from search.transcript import Transcript

SAID = Transcript.from_turns(
    [
        ("A", "let's move the fixing to fifty before noon"),
        ("B", "I cannot manipulate that; ring Smyth on the other line"),
        ("A", "fine delete the message after"),
    ]
)


@pytest.mark.parametrize(
    "query",
    [
        "fixing",
        "move w/5 fixing",
        '"before noon"',
        "manipulat*",
        "moved~",
        "#smith",
        "fixing w/30 delete",
        "move and not whatsapp",
        "noon pre/3 cannot",
        "quokka",
    ],
)
def test_a_line_finds_what_the_transcript_finds(query: str) -> None:
    asked = parse(query)
    whole = streams(SAID)
    line = compact.read(compact.line(whole))
    assert compact.suffices(asked)
    assert [span[:2] for span in match(asked, line)] == [span[:2] for span in match(asked, whole)]


@pytest.mark.parametrize("query", ["move w/3s fixing", "fixing or (noon w/2s move)"])
def test_a_query_that_asks_for_seconds_is_not_asked_of_a_line(query: str) -> None:
    assert not compact.suffices(parse(query))
