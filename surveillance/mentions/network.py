"""Who spoke with whom about what: people and lines joined by their calls, and the houses they spoke of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from uuid import UUID

from surveillance.access.scope import Power, Scope
from surveillance.capture.calls import CallRow
from surveillance.capture.selectors import spoken_within
from surveillance.mentions.selectors import MentionRow, naming

# What an edge can be about; a sum or a date alone is no subject.
SUBJECTS = ("organisation", "instrument", "place")
# The newest calls looked at: what one picture can still say. The page tells when there were more.
MOST_CALLS = 2000
TOLD = 3


@dataclass(frozen=True, kw_only=True)
class NetworkFilter:
    """What to draw; empty fields do not narrow. `named` is part of a name that a call mentions; UTC, `until` excluded.

    `only`, where it is not None, are the recordings to look at, as those flagged for a category.
    """

    desk: str = ""
    since: datetime | None = None
    until: datetime | None = None
    named: str = ""
    only: frozenset[UUID] | None = None


@dataclass(frozen=True, kw_only=True)
class Node:
    """A person, a line without a name, or a house that was spoken of; `calls` it is part of."""

    name: str
    kind: str  # person, line, house
    calls: int


@dataclass(kw_only=True)
class Edge:
    """Calls between two people, or of a person about a house (`about`). Minutes are those of the whole calls."""

    one: str
    other: str
    about: bool = False
    calls: list[CallRow] = field(default_factory=list)
    subjects: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return len(self.calls)

    @property
    def minutes(self) -> float:
        return sum(call.duration for call in self.calls) / 60

    @property
    def last(self) -> datetime:
        return max(call.started_at for call in self.calls)

    @property
    def told(self) -> list[str]:
        """The subjects spoken of most, each call counted once."""
        return [
            name for name, _ in sorted(self.subjects.items(), key=lambda pair: (-pair[1], pair[0]))[:TOLD]
        ]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Nodes and edges, the weightiest first; `calls` were looked at, `more` when there were further ones."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    calls: int
    more: bool


def network(scope: Scope, wanted: NetworkFilter, *, most: int) -> Network:
    """At most `most` nodes of the calls within the scope. Subjects come only from calls the scope may listen to.

    Raises:
        Refused: the scope may not see calls.
    """
    scope.require(Power.SEE)
    rows = spoken_within(
        scope, desk=wanted.desk, since=wanted.since, until=wanted.until, only=wanted.only, most=MOST_CALLS + 1
    )
    more, rows = len(rows) > MOST_CALLS, rows[:MOST_CALLS]
    named = naming(scope, [row.id for row in rows], SUBJECTS)
    if wanted.named:
        rows = [row for row in rows if _names(named.get(row.id, ()), wanted.named)]
    edges = _edges(rows, named)
    nodes = _nodes(rows, edges)[:most]
    kept = {node.name for node in nodes}
    shown = [edge for edge in edges if edge.one in kept and edge.other in kept]
    return Network(nodes=tuple(nodes), edges=tuple(shown), calls=len(rows), more=more)


def _names(rows: Iterable[MentionRow], part: str) -> bool:
    asked = part.casefold()
    return any(asked in row.value.casefold() or asked in row.text.casefold() for row in rows)


def _edges(rows: Sequence[CallRow], named: Mapping[UUID, Sequence[MentionRow]]) -> list[Edge]:
    edges: dict[tuple[str, str, bool], Edge] = {}
    for row in rows:
        people = sorted(set(row.people))
        mentions = named.get(row.id, ())
        subjects = {mention.value for mention in mentions}
        pairs = [(one, other, False) for one, other in combinations(people, 2)]
        houses = {mention.value for mention in mentions if mention.kind == "organisation"}
        speakers = {mention.speaker for mention in mentions if mention.kind == "organisation"}
        pairs += [
            (who, house, True)
            for house in sorted(houses)
            for who in people
            if who in speakers or len(people) == 1
        ]
        for one, other, about in pairs:
            edge = edges.setdefault((one, other, about), Edge(one=one, other=other, about=about))
            edge.calls.append(row)
            edge.subjects.update(subjects - {other})
    return sorted(
        edges.values(), key=lambda edge: (edge.about, -edge.count, -edge.minutes, edge.one, edge.other)
    )


def _nodes(rows: Sequence[CallRow], edges: Sequence[Edge]) -> list[Node]:
    people = Counter(name for row in rows for name in set(row.people))
    houses: dict[str, set[UUID]] = {}
    for edge in edges:
        if edge.about:
            houses.setdefault(edge.other, set()).update(call.id for call in edge.calls)
    joined = {name for edge in edges for name in (edge.one, edge.other)}
    nodes = [
        Node(name=name, kind="line" if name.lstrip("+").replace(" ", "").isdigit() else "person", calls=count)
        for name, count in people.items()
        if name in joined
    ]
    nodes += [
        Node(name=name, kind="house", calls=len(calls))
        for name, calls in houses.items()
        if name not in people
    ]
    return sorted(nodes, key=lambda node: (-node.calls, node.kind != "person", node.name))
