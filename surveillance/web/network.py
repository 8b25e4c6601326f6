"""The network page: who spoke with whom about what, drawn, and told again in a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks
from surveillance.detection.selectors import flagged_for
from surveillance.mentions.network import Edge, Network, NetworkFilter, Node, network
from surveillance.web.dates import day, day_after
from surveillance.web.door import is_part, seen, signed_in
from surveillance.web.layout import Point, laid_out

DRAWN = 36  # nodes: more cannot be told apart
FILTERS = ("desk", "category", "since", "until", "named")
WIDTH, MARGIN = 1000, 60
LOW, HIGH = 260, 620  # of the picture: few people need no tall one


@dataclass(frozen=True, kw_only=True)
class NodeDrawn:
    """A node at its place; its radius grows with the root of its calls."""

    node: Node
    at: Point
    radius: float

    @property
    def label_y(self) -> float:
        return self.at.y + self.radius + 16


@dataclass(frozen=True, kw_only=True)
class EdgeDrawn:
    """An edge from place to place; `width` grows with its calls."""

    edge: Edge
    one: Point
    other: Point
    width: float
    chosen: bool

    @property
    def middle(self) -> Point:
        return Point((self.one.x + self.other.x) / 2, (self.one.y + self.other.y) / 2)


@require_GET
@signed_in
def network_page(request: HttpRequest) -> HttpResponseBase:
    """The picture, the table that says the same, and the calls of one edge where one was chosen."""
    scope = scope_at(request)
    scope.require(Power.SEE)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    category = asked["category"] if asked["category"] in CATEGORIES else ""
    wanted = NetworkFilter(
        desk=asked["desk"],
        since=day(asked["since"]),
        until=day_after(asked["until"]),
        named=asked["named"],
        only=flagged_for(scope, category) if category else None,
    )
    found = network(scope, wanted, most=DRAWN)
    pair = (request.GET.get("one", ""), request.GET.get("other", ""))
    chosen = next((edge for edge in found.edges if (edge.one, edge.other) == pair), None)
    seen(
        request,
        "page:network",
        **{name: value for name, value in asked.items() if value},
        calls=found.calls,
        edge=" – ".join(pair) if chosen else "",
    )
    shown: dict[str, Any] = {
        "network": found,
        "chosen": chosen,
        "asked": asked,
        "narrowed": any(asked.values()),
        "desks": desks(scope),
        "categories": CATEGORIES,
        "listens": scope.may(Power.LISTEN),
        **_drawn(found, chosen),
    }
    return render(request, "web/part_network.html" if is_part(request) else "web/network.html", shown)


def _drawn(found: Network, chosen: Edge | None) -> dict[str, Any]:
    names = tuple(node.name for node in found.nodes)
    ties = tuple((edge.one, edge.other, float(edge.count)) for edge in found.edges)
    height = min(HIGH, LOW + 12 * len(names))
    places = laid_out(names, ties, width=WIDTH, height=height, margin=MARGIN)
    return {
        "view": f"0 0 {WIDTH} {height}",
        "nodes": _nodes(found.nodes, places),
        "edges": _edges(found.edges, places, chosen),
    }


def _nodes(nodes: Sequence[Node], places: dict[str, Point]) -> list[NodeDrawn]:
    return [
        NodeDrawn(node=node, at=places[node.name], radius=round(min(26.0, 7 + 3 * math.sqrt(node.calls)), 1))
        for node in nodes
    ]


def _edges(edges: Sequence[Edge], places: dict[str, Point], chosen: Edge | None) -> list[EdgeDrawn]:
    return [
        EdgeDrawn(
            edge=edge,
            one=places[edge.one],
            other=places[edge.other],
            width=round(min(10.0, 1 + 1.5 * math.sqrt(edge.count)), 1),
            chosen=edge is chosen,
        )
        for edge in edges
    ]
