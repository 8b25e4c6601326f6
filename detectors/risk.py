"""Policies over a transcript: what each one heard, with its seconds and words, and what excused it."""

from __future__ import annotations

from dataclasses import dataclass

from policies.reading import Reader
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
    """The policies of a set, made ready once; `hits` may be called from any thread."""

    def __init__(self, policy_set: PolicySet) -> None:
        self._reader = Reader(policy_set.policies)

    def hits(self, streams: Streams) -> list[Hit]:
        """Every hit in the order of talk, those set aside too."""
        return [
            Hit(
                policy=place.policy,
                span=place.span,
                heard=heard(place.span, streams),
                unless=heard(place.excuse, streams) if place.excuse else None,
            )
            for place in self._reader.places(streams)
        ]
