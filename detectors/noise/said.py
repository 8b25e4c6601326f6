"""How each kind of notice is said: one TOML file a kind, its expressions in the language of search and policies."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detectors.noise.kinds import KINDS
from search.grammar import QueryFault, parse
from search.many import Many
from search.query import Query

FOLDER = Path(__file__).parent / "forms"


class FormFault(ValueError):
    """A file of forms says something that cannot be looked for."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A kind that is recognised by its own words: strong ones, or two different weak ones close together."""

    kind: str
    because: str
    bridge: int  # words between two of them that still make one stretch
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    never_beside: str


@dataclass(frozen=True, kw_only=True)
class Between:
    """A kind that is recognised by a spoken beginning and a spoken end."""

    kind: str
    because: str
    longest: int  # words
    across_turns: bool
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    beside: str


@dataclass(frozen=True, kw_only=True)
class Forms:
    """All kinds, with every expression of theirs made ready once; names tell them apart."""

    chains: tuple[Chain, ...]
    betweens: tuple[Between, ...]
    queries: Many


def names(kind: str, part: str, expressions: Sequence[str]) -> list[str]:
    """The names under which the expressions of one part of a kind are asked for."""
    return [f"{kind} {part} {nth}" for nth in range(len(expressions))]


@cache
def forms() -> Forms:
    """The forms of this folder.

    Raises:
        FormFault: a file is none, names an unknown kind, or holds an expression that does not parse.
    """
    told = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))
    }
    strangers = told.keys() - KINDS.keys()
    if strangers:
        raise FormFault(f"no such kind: {', '.join(sorted(strangers))}")
    chains = tuple(_chain(kind, item) for kind, item in told.items() if "strong" in item)
    betweens = tuple(_between(kind, item) for kind, item in told.items() if "opens" in item)
    queries: dict[str, Query] = {}
    for chain in chains:
        queries |= _parsed(chain.kind, strong=chain.strong, weak=chain.weak, never=_one(chain.never_beside))
    for item in betweens:
        queries |= _parsed(item.kind, opens=item.opens, closes=item.closes, beside=_one(item.beside))
    return Forms(chains=chains, betweens=betweens, queries=Many(queries))


def _chain(kind: str, told: Mapping[str, Any]) -> Chain:
    return Chain(
        kind=kind,
        because=str(told["because"]),
        bridge=int(told["bridge"]),
        strong=tuple(told["strong"]),
        weak=tuple(told.get("weak", ())),
        never_beside=str(told.get("never_beside", "")),
    )


def _between(kind: str, told: Mapping[str, Any]) -> Between:
    return Between(
        kind=kind,
        because=str(told["because"]),
        longest=int(told["longest"]),
        across_turns=bool(told["across_turns"]),
        opens=tuple(told["opens"]),
        closes=tuple(told["closes"]),
        beside=str(told.get("beside", "")),
    )


def _one(expression: str) -> tuple[str, ...]:
    return (expression,) if expression else ()


def _parsed(kind: str, **parts: Sequence[str]) -> dict[str, Query]:
    queries = {}
    for part, expressions in parts.items():
        for name, expression in zip(names(kind, part, expressions), expressions, strict=True):
            try:
                queries[name] = parse(" ".join(expression.split()))
            except QueryFault as fault:
                raise FormFault(f"{kind}.toml, {part}: {fault} in {expression!r}") from fault
    return queries
