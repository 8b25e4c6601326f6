"""Two sets of policies over one call: does the change touch it at all, and what is gained and lost by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from detectors.noise import recognise, set_aside
from detectors.screen import Finding, Listened, Screener, call_risk
from policies.reading import Reader
from policies.schema import Policy, PolicySet
from search import compact
from search.many import Many
from search.query import Or, Query
from search.tokens import Streams
from search.transcript import Transcript

GAINED, LOST, ALTERED, SAME = "gained", "lost", "altered", "same"
# What makes a policy count otherwise although it hears the same words.
_BEARING: Final = ("category", "severity", "weight", "reach", "second_review", "supports", "needs_support")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What is found in one call before and after; `gained` and `lost` hold findings without a counterpart."""

    before: tuple[Finding, ...]
    after: tuple[Finding, ...]

    @property
    def gained(self) -> list[Finding]:
        return _without(self.after, self.before)

    @property
    def lost(self) -> list[Finding]:
        return _without(self.before, self.after)

    @property
    def effect(self) -> str:
        """The difference to whoever reviews: an alert more, an alert less, another alert, or none."""
        if self.after and not self.before:
            return GAINED
        if self.before and not self.after:
            return LOST
        return ALTERED if self.gained or self.lost else SAME

    @property
    def risks(self) -> tuple[float, float]:
        return call_risk(self.before), call_risk(self.after)


def _without(some: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Those of `some` that no other finding of their category stands beside."""
    return [
        finding
        for finding in some
        if not any(
            other.category == finding.category and other.start <= finding.end and finding.start <= other.end
            for other in others
        )
    ]


def told(finding: Finding) -> dict[str, Any]:
    """What a list of examples shows of a finding."""
    return {
        "category": finding.category,
        "policy": finding.policy,
        "version": finding.version,
        "score": finding.score,
        "start": finding.start,
        "end": finding.end,
        "speaker": finding.speaker,
        "words": finding.words,
        "why": finding.why,
    }


class Comparison:
    """A change made ready once for many calls: cheap questions first, the whole screening only where they say so.

    A call is touched where a policy of the change hears other places before than after, or hears any and counts
    otherwise now. Everything else about a call is the same on both sides, so what is found in it is too.
    """

    def __init__(self, before: Screener, after: Screener) -> None:
        self.before, self.after = before, after
        self._pairs = list(_changed(before.policy_set, after.policy_set))
        self._arms = Many(_arms(self._pairs))
        old = [policy for policy, _ in self._pairs if policy is not None]
        new = [policy for _, policy in self._pairs if policy is not None]
        self._readers = Reader(old), Reader(new)
        queries = [query for policy in (*old, *new) for query in _queries(policy)]
        self._by_line = all(map(compact.suffices, queries))
        self._bearing = frozenset(_name(pair) for pair in self._pairs if _bears_otherwise(*pair))

    @property
    def policies(self) -> tuple[str, ...]:
        """The ids of the policies that count or hear otherwise."""
        return tuple(_name(pair) for pair in self._pairs)

    @property
    def needs_whole(self) -> bool:
        """Must every call be read whole, because a query asks for seconds, a speaker or a confidence?"""
        return not self._by_line

    def touches_line(self, line: str) -> bool:
        """Does the change make a difference to what is heard in a call, by its line of tokens?"""
        return bool(self._pairs) and self.touches(compact.read(line))

    def touches(self, streams: Streams) -> bool:
        """The same of streams."""
        if not self._arms.match(streams):
            return False
        # Whether another policy supports it is asked of the whole set, later.
        old, new = (reader.heard(streams) for reader in self._readers)
        if any(place.policy.id in self._bearing for place in (*old, *new)):
            return True
        return _heard(old) != _heard(new)

    def compare(self, transcript: Transcript) -> Compared:
        """Screen a call by both sets; what recognised noise explains counts on neither side."""
        noise = recognise(transcript)
        listened = self.before.listen(transcript)
        before, _ = set_aside(self.before.judge(listened).findings, noise)
        after, _ = set_aside(self.after.judge(self._changed(listened)).findings, noise)
        return Compared(before=tuple(before), after=tuple(after))

    def _changed(self, listened: Listened) -> Listened:
        """What would be heard after: only policies that changed listen again, and a reader only if it is another."""
        if self.before.reader_sha256 != self.after.reader_sha256:
            return self.after.listen(listened.transcript)
        changed = frozenset(self.policies)
        kept = [place for place in listened.places if place.policy.id not in changed]
        return replace(listened, places=[*kept, *self._readers[1].heard(listened.streams)])


Pair = tuple[Policy | None, Policy | None]


def _changed(before: PolicySet, after: PolicySet) -> Iterable[Pair]:
    old = {policy.id: policy for policy in before.policies}
    new = {policy.id: policy for policy in after.policies}
    for name in sorted(old.keys() | new.keys()):
        pair = old.get(name), new.get(name)
        if pair[0] is None or pair[1] is None or pair[0].sha256 != pair[1].sha256:
            yield pair


def _name(pair: Pair) -> str:
    policy = pair[0] or pair[1]
    return policy.id if policy else ""


def _bears_otherwise(old: Policy | None, new: Policy | None) -> bool:
    if old is None or new is None:
        return True
    return any(getattr(old, name) != getattr(new, name) for name in _BEARING)


def _queries(policy: Policy) -> list[Query]:
    return [policy.expression] + ([policy.exclusion] if policy.exclusion is not None else [])


def _arms(pairs: Sequence[Pair]) -> Mapping[str, Query]:
    """The alternatives of the queries that one side has and the other has not; shared ones hear the same.

    A change of the exclusion matters only where the policy is heard, and a change of bearing wherever it is.
    """
    arms: dict[str, Query] = {}
    for old, new in pairs:
        sides = [set(_alternatives(policy.expression)) if policy else set() for policy in (old, new)]
        same_rest = (
            old is not None
            and new is not None
            and old.exclusion == new.exclusion
            and not _bears_otherwise(old, new)
        )
        wanted = sides[0] ^ sides[1] if same_rest else sides[0] | sides[1]
        arms |= {f"{_name((old, new))} {nth}": query for nth, query in enumerate(wanted)}
    return arms


def _alternatives(query: Query) -> tuple[Query, ...]:
    return query.parts if isinstance(query, Or) else (query,)


def _heard(places: Iterable[Any]) -> list[tuple[str, Any, Any]]:
    return [(place.policy.id, place.span, place.excuse) for place in places]
