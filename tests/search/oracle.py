"""A slow and plain reading of a query, and made-up calls and queries to hold the matcher against it."""

from __future__ import annotations

from hypothesis import strategies as st

from search.alike import is_alike
from search.named import fits, spans
from search.query import And, Fuzzy, Mention, Near, Not, Only, Or, Phrase, Query, Reach, Wild, Word
from search.tokens import TURN_MARK, Streams, normal, stem
from search.transcript import Named, Transcript, Turn
from search.transcript import Word as Said

VOCABULARY = [
    "ping",
    "pinging",
    "text",
    "texted",
    "whatsapp",
    "delete",
    "deleted",
    "front",
    "run",
    "five",
    "oh",
    "bank",
]


@st.composite
def calls(draw: st.DrawFn) -> Transcript:
    """A short call of two speakers with pauses and doubtful words."""
    turns = []
    clock = 0.0
    for _ in range(draw(st.integers(1, 4))):
        channel = draw(st.integers(0, 1))
        words = []
        for text in draw(st.lists(st.sampled_from(VOCABULARY), min_size=0, max_size=7)):
            clock += draw(st.sampled_from([0.0, 0.0, 0.0, 1.5, 5.0]))
            confidence = draw(st.sampled_from([0.3, 0.9]))
            words.append(
                Said(text=text, start=clock, end=clock + 0.5, confidence=confidence, channel=channel)
            )
            clock += 0.5
        turns.append(Turn(speaker=("Anna Smith", "Bob")[channel], channel=channel, words=tuple(words)))
    made = tuple(turns)
    return Transcript(turns=made, named=named_in(made))


def named_in(turns: tuple[Turn, ...]) -> tuple[Named, ...]:
    """What the words of made-up calls name."""
    values = {
        "bank": ("organisation", "Grey Bank", None, ""),
        "ping": ("person", "Anna Ping", None, ""),
        "five": ("amount", "50 GBP", 50.0, "GBP"),
        "oh": ("amount", "20", 20.0, ""),
    }
    return tuple(
        Named(kind=kind, value=value, turn=nth, first=at, last=at, amount=amount, unit=unit)
        for nth, turn in enumerate(turns)
        for at, word in enumerate(turn.words)
        if word.text in values
        for kind, value, amount, unit in [values[word.text]]
    )


LEAVES: st.SearchStrategy[Query] = st.one_of(
    st.sampled_from([*VOCABULARY[:9], "bank", "50"]).map(Word),
    st.sampled_from(["ping", "text", "delete"]).map(lambda text: Word(stem(text), "stems", text)),
    st.just(Word("rn", "sounds", "run")),
    st.sampled_from([Wild("ping*"), Wild("*ed"), Wild("?ank"), Wild("d*e*")]),
    st.sampled_from(
        [
            Mention("organisation", ("bank",)),
            Mention("organisation", ("grey", "bank")),
            Mention("person", ("anna",)),
            Mention("amount", least=40.0),
            Mention("amount", least=50.0, most=50.0, even=True, unit="GBP"),
        ]
    ),
    st.sampled_from([Fuzzy("texts", 1, 1), Fuzzy("bonk", 1, 1), Fuzzy("pings", 2, 0)]),
)
REACHES = st.one_of(
    st.integers(1, 5).map(Reach),
    st.integers(1, 6).map(lambda n: Reach(n, "seconds")),
    st.just(Reach(unit="turn")),
)


def _wider(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(Phrase),
        several.map(Or),
        st.builds(Near, inner, inner, REACHES, st.booleans(), st.sampled_from([False, False, True])),
    )


LOCAL = st.recursive(LEAVES, _wider, max_leaves=5)
LIMITS = st.sampled_from([("anna", 0.0), ("bob", 0.0), ("", 0.6)])


def _whole(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(And),
        several.map(Or),
        st.tuples(inner, inner).map(lambda pair: And((pair[0], Not(pair[1])))),
        st.tuples(inner, LIMITS).map(lambda pair: Only(pair[0], *pair[1])),
    )


QUERIES = st.recursive(LOCAL, _whole, max_leaves=4)


def holds(query: Query, streams: Streams, allowed: frozenset[int] | None = None) -> bool:
    """Whether a query holds of a call, by trying everything."""
    if allowed is None:
        allowed = frozenset(n for n, place in enumerate(streams.where) if place is not None)
    match query:
        case And(parts):
            return all(holds(part, streams, allowed) for part in parts)
        case Or(parts) if not all(map(_local, parts)):
            return any(holds(part, streams, allowed) for part in parts)
        case Not(part):
            return not holds(part, streams, allowed)
        case Only(part, speaker, confidence):
            return holds(
                part, streams, frozenset(n for n in allowed if _kept(n, streams, speaker, confidence))
            )
        case _:
            return bool(places(query, streams, allowed))


def _local(query: Query) -> bool:
    return isinstance(query, Word | Wild | Fuzzy | Mention | Phrase | Near) or (
        isinstance(query, Or) and all(map(_local, query.parts))
    )


def _kept(at: int, streams: Streams, speaker: str, confidence: float) -> bool:
    place = streams.where[at]
    assert place is not None
    turn = streams.transcript.turns[place.turn]
    said = turn.words[place.first : place.last + 1]
    by_them = not speaker or set(normal(speaker)) <= set(normal(turn.speaker))
    return by_them and all(word.confidence >= confidence for word in said)


def places(query: Query, streams: Streams, allowed: frozenset[int]) -> set[tuple[int, int]]:
    """All token ranges of a local query."""
    match query:
        case Word(token, stream):
            tokens = {"words": streams.words, "stems": streams.stems, "sounds": streams.sounds}[stream]
            return {(n, n) for n in allowed if tokens[n] == token}
        case Wild() | Fuzzy():
            return {(n, n) for n in allowed if is_alike(query, streams.words[n])}
        case Mention():
            return {
                (first, last)
                for first, last, named in spans(streams)
                if fits(query, named, streams.words[first : last + 1])
                and allowed.issuperset(range(first, last + 1))
            }
        case Or(parts):
            return {found for part in parts for found in places(part, streams, allowed)}
        case Phrase(parts):
            found = places(parts[0], streams, allowed)
            for part in parts[1:]:
                follow = places(part, streams, allowed)
                found = {(a, d) for a, b in found for c, d in follow if c == b + 1}
            return found
        case Near(left, right, _, _, absent):
            ones, others = places(left, streams, allowed), places(right, streams, allowed)
            if absent:
                return {
                    one
                    for one in ones
                    if not any(_overlap(one, other) or _near(query, one, other, streams) for other in others)
                }
            return {
                (min(one[0], other[0]), max(one[1], other[1]))
                for one in ones
                for other in others
                if not _overlap(one, other) and _near(query, one, other, streams)
            }
    raise AssertionError(query)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _near(query: Near, one: tuple[int, int], other: tuple[int, int], streams: Streams) -> bool:
    before, after = sorted([one, other])
    if query.reach.unit == "seconds":
        (start, end), (begin, finish) = _seconds(one, streams), _seconds(other, streams)
        if query.ordered and begin < start:
            return False
        return max(0.0, begin - end, start - finish) <= query.reach.size
    if query.ordered and one > other:
        return False
    if query.reach.unit == "turn":
        return TURN_MARK not in streams.words[before[0] : after[1] + 1]
    return after[0] - before[1] <= query.reach.size


def _seconds(found: tuple[int, int], streams: Streams) -> tuple[float, float]:
    first, last = streams.where[found[0]], streams.where[found[1]]
    assert first is not None
    assert last is not None
    turns = streams.transcript.turns
    return turns[first.turn].words[first.first].start, turns[last.turn].words[last.last].end
