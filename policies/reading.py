"""Policies read a transcript: every place a query finds, and the words that excuse it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policies.schema import Policy
from search.many import Many
from search.match import Span
from search.positions import Positions
from search.tokens import Streams

# Tokens within which a sign of knowing better speaks for the words beside it: about twenty seconds of talk.
_SUPPORT_REACH: Final = 50


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place a policy was heard at; `excuse` is where its `unless` was heard within reach, if it was."""

    policy: Policy
    span: Span
    excuse: Span | None


class Reader:
    """Policies made ready once; safe between threads."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._policies = {policy.id: policy for policy in policies}
        self._queries = Many({policy.id: policy.expression for policy in self._policies.values()})
        self._excuses = Many(
            {
                policy.id: policy.exclusion
                for policy in self._policies.values()
                if policy.exclusion is not None
            }
        )

    def places(self, streams: Streams) -> list[Place]:
        """Every place in the order of talk, the excused ones too: noise is never dropped silently."""
        return supported(self.heard(streams))

    def heard(self, streams: Streams) -> list[Place]:
        """Every place, those too of policies that count only where another supports them."""
        positions = Positions(streams)
        found = self._queries.among(positions)
        # Only what was heard needs excusing.
        excuses = self._excuses.among(positions, found.keys()) if found else {}
        return [
            Place(
                policy=policy,
                span=span,
                excuse=excuse_of(span, excuses.get(policy_id, ()), policy.reach),
            )
            for policy_id, policy in self._policies.items()
            for span in found.get(policy_id, ())
        ]


def supported(places: Iterable[Place]) -> list[Place]:
    """Those that count among the others, in the order of talk."""
    places = list(places)
    supports = [place.span for place in places if place.policy.supports and place.excuse is None]
    held = [place for place in places if not place.policy.needs_support or _supported(place.span, supports)]
    return sorted(held, key=lambda place: (place.span.first, place.span.last, place.policy.id))


def _supported(span: Span, supports: Sequence[Span]) -> bool:
    return any(_tokens_between(span, support) <= _SUPPORT_REACH for support in supports)


def excuse_of(span: Span, excuses: Sequence[Span], reach: int) -> Span | None:
    """The first excuse heard within `reach` tokens of a span."""
    return next((excuse for excuse in excuses if _tokens_between(span, excuse) <= reach), None)


def _tokens_between(one: Span, other: Span) -> int:
    """How many tokens stand between two spans; 0 where they touch or overlap."""
    return max(0, other.first - one.last - 1, one.first - other.last - 1)
