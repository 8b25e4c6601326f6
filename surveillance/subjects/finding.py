"""Finding everybody's calls: who is meant, on which calls they are, and why each was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from surveillance.access.identities import Known
from surveillance.access.names import number_of, words
from surveillance.access.scope import program
from surveillance.capture.walls import calls_of
from surveillance.indexing.services import Question, find
from surveillance.mentions.selectors import calls_naming, calls_telling

PARTY, NAMED, NUMBER, SAID = "party", "named", "number", "said"
WHYS: Mapping[str, str] = {
    PARTY: "is on the call",
    NAMED: "is named in it",
    NUMBER: "has their number told in it",
    SAID: "is heard by name in it",
}
PAGE = 100
ACTOR = "subjects"


def who(names: Sequence[str], numbers: Sequence[str]) -> Known:
    """A person by their names and numbers, as calls are held against them."""
    return Known(
        username="",
        why="subject",
        names=frozenset(filter(None, map(words, names))),
        numbers=frozenset(filter(None, map(number_of, numbers))),
    )


def calls_on(person: Known, names: Sequence[str]) -> dict[UUID, list[str]]:
    """The calls a person is found on, with the reasons of WHYS: drills left out, what is withheld among them.

    By the parties, by the people and numbers that the words name, and by a search for each whole name, which finds
    one that no recogniser took for a name.

    Raises:
        Transient: the index is away. Broken: it has lost recordings, so that what it finds proves nothing.
    """
    ways = {
        PARTY: calls_of(person),
        NAMED: _named(person),
        NUMBER: {recording for number in person.numbers for recording in calls_telling(number)},
        SAID: {recording for name in names if len(words(name)) > 1 for recording in _heard(name)},
    }
    found: dict[UUID, list[str]] = {}
    for why, recordings in ways.items():
        for recording in recordings:
            found.setdefault(recording, []).append(why)
    return found


def _named(person: Known) -> set[UUID]:
    """Calls in which a recogniser took words for their whole name."""
    return {
        recording
        for name in person.names
        if len(name) > 1
        for recording, told in calls_naming(max(name, key=len)).items()
        if any(map(person.is_named, told))
    }


def _heard(name: str) -> list[UUID]:
    """Calls in which the words of a name are said in a row, whoever they mean."""
    plain = " ".join(re.findall(r"[\w'’-]+", name))
    found: list[UUID] = []
    cursor = ""
    while True:
        page = find(scope=program(ACTOR), question=Question(query=f'"{plain}"', limit=PAGE, cursor=cursor))
        found += [one.call.id for one in page.hits]
        cursor = page.cursor
        if not cursor:
            return found
