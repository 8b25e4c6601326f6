"""Policies read a transcript: every place a query finds, and the words that excuse it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policies.schema import Policy
from search.many import Many
from search.match import Span
from search.tokens import Streams

# A name no policy can have (ids hold small letters, hyphens and one full stop).
_EXCLUSION: Final = "unless "
# Tokens within which a sign of knowing better speaks for the words beside it: about twenty seconds of talk.
_SUPPORT_REACH: Final = 50


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place a policy was heard at; `excuse` is where its `unless` was heard within reach, if it was."""

    policy: Policy
    span: Span
    excuse: Span | None


class Reader:
    """Policies made ready once; `places` may be called from any thread."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._policies = {policy.id: policy for policy in policies}
        queries = {policy.id: policy.expression for policy in self._policies.values()}
        for policy in self._policies.values():
            if policy.exclusion is not None:
                queries[_EXCLUSION + policy.id] = policy.exclusion
        self._queries = Many(queries)

    def places(self, streams: Streams) -> list[Place]:
        """Every place in the order of talk, the excused ones too: noise is never dropped silently."""
        found = self._queries.match(streams)
        places = [
            Place(
                policy=policy,
                span=span,
                excuse=excuse_of(span, found.get(_EXCLUSION + policy_id, ()), policy.reach),
            )
            for policy_id, policy in self._policies.items()
            for span in found.get(policy_id, ())
        ]
        supports = [place.span for place in places if place.policy.supports and place.excuse is None]
        held = [
            place for place in places if not place.policy.needs_support or _supported(place.span, supports)
        ]
        return sorted(held, key=lambda place: (place.span.first, place.span.last, place.policy.id))


def _supported(span: Span, supports: Sequence[Span]) -> bool:
    return any(_tokens_between(span, support) <= _SUPPORT_REACH for support in supports)


def excuse_of(span: Span, excuses: Sequence[Span], reach: int) -> Span | None:
    """The first excuse heard within `reach` tokens of a span."""
    return next((excuse for excuse in excuses if _tokens_between(span, excuse) <= reach), None)


def _tokens_between(one: Span, other: Span) -> int:
    """How many tokens stand between two spans; 0 where they touch or overlap."""
    return max(0, other.first - one.last - 1, one.first - other.last - 1)
