"""Where the words of one transcript stand, counted once and asked by every query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from search.alike import words_alike
from search.effort import Effort
from search.named import fits, spans
from search.query import Fuzzy, Mention, Only, Or, Query, Stream, Wild, Word
from search.tokens import TURN_MARK, Place, Streams, normal
from search.transcript import Named

# First and last token, both inclusive.
Range = tuple[int, int]


class Positions:
    """The places of every token; `allowed` keeps only some of them (one speaker's, the clear ones).

    With an `effort`, a query that costs more is refused; screening has none, for it must miss nothing.
    """

    def __init__(self, streams: Streams, allowed: bytes | None = None, effort: Effort | None = None) -> None:
        self.streams = streams
        self.allowed = allowed
        self.effort = effort
        self._alike: dict[Wild | Fuzzy, list[int]] = {}
        # By identity: rules that share a list share the object (`many.shared`), and comparing trees costs more.
        self._known: dict[int, tuple[Query, list[Range]]] = {}
        self._merged: dict[int, tuple[Query, list[int] | None]] = {}

    def spend(self, steps: int) -> None:
        """Count steps of looking; QueryFault when a search has taken too many."""
        if self.effort is not None:
            self.effort.spend(steps)

    def of_stream(self, stream: Stream) -> dict[str, list[int]]:
        match stream:
            case "words":
                return self._words
            case "stems":
                return self._stems
            case "sounds":
                return self._sounds

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        return self._count(self.streams.words)

    @cached_property
    def _stems(self) -> dict[str, list[int]]:
        return self._count(self.streams.stems)

    @cached_property
    def _sounds(self) -> dict[str, list[int]]:
        return self._count(self.streams.sounds)

    def _count(self, tokens: Iterable[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for nth, token in enumerate(tokens):
            if self.allowed is None or self.allowed[nth]:
                found.setdefault(token, []).append(nth)
        found.pop(TURN_MARK, None)
        return found

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._words)

    def of_words(self, query: Query) -> list[int] | None:
        """Sorted places of a query that is one token wide; None when it is not."""
        match query:
            case Word(token, stream):
                return self.of_stream(stream).get(token, [])
            case Wild() | Fuzzy():
                if query not in self._alike:
                    tokens = words_alike(query, self._vocabulary)
                    self._alike[query] = sorted(at for token in tokens for at in self._words[token])
                return self._alike[query]
            case Or():
                known = self._merged.get(id(query))
                if known is None:
                    known = self._merged[id(query)] = query, self._of_any(query)
                return known[1]
            case _:
                return None

    def _of_any(self, query: Or) -> list[int] | None:
        found: set[int] = set()
        for part in query.parts:
            places = self.of_words(part)
            if places is None:
                return None
            found.update(places)
        return sorted(found)

    def once(self, query: Query, look: Callable[[Query, Positions], list[Range]]) -> list[Range]:
        """What `look` finds, looked for once. Not where looking is counted: a search pays for each of its parts."""
        if self.effort is not None:
            return look(query, self)
        known = self._known.get(id(query))
        if known is None:
            known = self._known[id(query)] = query, look(query, self)
        return known[1]

    def of_mention(self, query: Mention) -> list[Range]:
        """Where what is asked for is named, by somebody and as clearly as is allowed."""
        return [
            (first, last)
            for first, last, named in self._named
            if fits(query, named, self.streams.words[first : last + 1])
            and (self.allowed is None or all(self.allowed[first : last + 1]))
        ]

    @cached_property
    def _named(self) -> list[tuple[int, int, Named]]:
        return spans(self.streams)

    @cached_property
    def runs(self) -> list[int]:
        """For every token, the number of its turn between marks."""
        run = 0
        runs = []
        for token in self.streams.words:
            run += token == TURN_MARK
            runs.append(run)
        return runs

    def seconds(self, found: Range) -> tuple[float, float]:
        """When a range begins and ends, in seconds."""
        first, last = self._place(found[0]), self._place(found[1])
        turns = self.streams.transcript.turns
        return turns[first.turn].words[first.first].start, turns[last.turn].words[last.last].end

    def _place(self, at: int) -> Place:
        place = self.streams.where[at]
        if place is None:
            raise ValueError("a turn mark was not heard at any time")
        return place

    def limited(self, query: Only) -> Positions:
        """The same transcript as if nothing else had been said."""
        checks: list[Callable[[Place], bool]] = []
        if query.speaker:
            speakers = self._turns_of(query.speaker)
            checks.append(lambda place: place.turn in speakers)
        if query.confidence:
            checks.append(lambda place: self.confidence(place) >= query.confidence)
        before = self.allowed or b"\x01" * len(self.streams)
        return Positions(
            self.streams,
            bytes(
                1 if was and place is not None and all(check(place) for check in checks) else 0
                for was, place in zip(before, self.streams.where, strict=True)
            ),
            self.effort,
        )

    def _turns_of(self, name: str) -> frozenset[int]:
        asked = set(normal(name))
        turns = self.streams.transcript.turns
        known = {speaker: asked <= set(normal(speaker)) for speaker in {turn.speaker for turn in turns}}
        return frozenset(nth for nth, turn in enumerate(turns) if known[turn.speaker])

    def confidence(self, place: Place) -> float:
        """The least confidence (0–1) of the words a token came from."""
        words = self.streams.transcript.turns[place.turn].words[place.first : place.last + 1]
        return min(word.confidence for word in words)
