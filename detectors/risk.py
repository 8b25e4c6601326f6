"""Policies over a transcript: what each one heard, with its seconds and words, and what excused it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.reading import Place, Reader, supported
from policies.schema import Policy, PolicySet
from search.match import Heard, Span, heard
from search.tokens import Streams


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One policy heard at one place; `unless` holds the words that set it aside, if any did."""

    policy: Policy
    span: Span
    heard: Heard
    unless: Heard | None = None


class Lexicon:
    """The policies of a set, made ready once; safe between threads."""

    def __init__(self, policy_set: PolicySet) -> None:
        self._reader = Reader(policy_set.policies)

    def heard(self, streams: Streams) -> list[Place]:
        """Where every policy was heard, whether or not it counts there."""
        return self._reader.heard(streams)

    def hits(self, streams: Streams) -> list[Hit]:
        """Every hit in the order of talk, those set aside too."""
        return hits_of(self.heard(streams), streams)


def hits_of(places: Iterable[Place], streams: Streams) -> list[Hit]:
    """The places that count, with their words, in the order of talk."""
    return [
        Hit(
            policy=place.policy,
            span=place.span,
            heard=heard(place.span, streams),
            unless=heard(place.excuse, streams) if place.excuse else None,
        )
        for place in supported(places)
    ]
