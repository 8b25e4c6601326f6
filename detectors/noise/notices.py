"""What machines and scripts say: notices, read-outs, menus, hold messages, greetings, exercises, quotations.

A stretch ends where its last form ends, so that what is said right after a notice is never part of it; only words of
no meaning (a greeting, a thank you) between it and the edge of its turn are taken with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.noise.kinds import Span
from detectors.noise.said import Between, Chain, forms, names
from search.match import Heard, heard
from search.match import Span as Found
from search.tokens import TURN_MARK, Streams

# A warning of the recorder this many words from a "notice" makes it no notice.
_NEVER_WITHIN = 8
# Words around a quotation that must name a text.
_BESIDE_WITHIN = 14
# Seconds of pause over which a machine goes on with the same message.
_PAUSE = 12.0
_STRONG, _WEAK = 0.85, 0.5
_EDGE = 6  # words of no meaning at the edge of a turn that go with the stretch beside them
_NO_MEANING = frozenset(
    """a and at by er erm for good goodbye bye morning afternoon evening hello hi okay ok right now in of on or our
    please so sorry thank thanks the to um uh welcome well will with yeah yes you your is it this that we us be sir
    madam madame dear customer ladies gentlemen before start""".split()
)

# First and last token, both inclusive.
_Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Form:
    """One place where an expression of a kind was heard."""

    first: int
    last: int
    name: str
    strong: bool


def notices(streams: Streams) -> list[Span]:
    """Every stretch that is said by a form, in the order of talk."""
    known = forms()
    found = known.queries.match(streams)
    spans = [
        *(span for chain in known.chains for span in _chained(chain, found, streams)),
        *(span for between in known.betweens for span in _enclosed(between, found, streams)),
    ]
    return sorted(spans, key=lambda span: (span.start, span.kind))


def _chained(chain: Chain, found: Mapping[str, Sequence[Found]], streams: Streams) -> Iterator[Span]:
    places = sorted(
        (
            _Form(place.first, place.last, name, part == "strong")
            for part, expressions in (("strong", chain.strong), ("weak", chain.weak))
            for name in names(chain.kind, part, expressions)
            for place in found.get(name, ())
            if TURN_MARK not in streams.words[place.first : place.last + 1]
        ),
        key=lambda form: (form.first, form.last),
    )
    warnings = [place for name in names(chain.kind, "never", [""]) for place in found.get(name, ())]
    for run in _runs(places, chain.bridge, streams):
        first, last = _edges(run[0].first, max(form.last for form in run), streams)
        if not _enough(run) or _near((first, last), warnings, _NEVER_WITHIN):
            continue
        yield _span(
            chain.kind,
            chain.because,
            (first, last),
            [(f.first, f.last) for f in run],
            streams,
            _confidence(run),
        )


def _runs(places: Sequence[_Form], bridge: int, streams: Streams) -> Iterator[list[_Form]]:
    """Forms of one kind that follow each other closely, by the same voice."""
    run: list[_Form] = []
    for form in places:
        if run and not _goes_on(max(one.last for one in run), form.first, bridge, streams):
            yield run
            run = []
        run.append(form)
    if run:
        yield run


def _goes_on(last: int, first: int, bridge: int, streams: Streams) -> bool:
    between = streams.words[last + 1 : first]
    if len(between) > bridge:
        return False
    if TURN_MARK not in between:
        return True
    # A machine pauses between its sentences; the pause makes a new turn of the same voice.
    before, after = _turn_of(last, streams), _turn_of(first, streams)
    turns = streams.transcript.turns
    same = turns[before].channel == turns[after].channel and turns[before].speaker == turns[after].speaker
    return same and turns[after].start - turns[before].end <= _PAUSE


def _turn_of(token: int, streams: Streams) -> int:
    place = streams.where[token]
    return place.turn if place is not None else 0


def _enough(run: Sequence[_Form]) -> bool:
    """One strong form, or two weak ones of different words: the same words said twice prove no more."""
    return any(form.strong for form in run) or any(
        one.name != other.name and one.last < other.first for one in run for other in run
    )


def _confidence(run: Sequence[_Form]) -> float:
    doubt = 1.0
    for _, strong in {(form.name, form.strong) for form in run}:
        doubt *= 1 - (_STRONG if strong else _WEAK)
    return round(1 - doubt, 3)


def _near(here: _Range, others: Sequence[Found], within: int) -> bool:
    first, last = here
    return any(other.first <= last + within and first - within <= other.last for other in others)


def _edges(first: int, last: int, streams: Streams) -> _Range:
    """The stretch widened to an edge of its turn over words of no meaning; never over any other."""
    words = streams.words
    at = first
    while at > 0 and first - at < _EDGE and words[at - 1] in _NO_MEANING:
        at -= 1
    if at == 0 or words[at - 1] == TURN_MARK:
        first = at
    at = last
    while at + 1 < len(words) and at - last < _EDGE and words[at + 1] in _NO_MEANING:
        at += 1
    if at + 1 == len(words) or words[at + 1] == TURN_MARK:
        last = at
    return first, last


def _enclosed(between: Between, found: Mapping[str, Sequence[Found]], streams: Streams) -> Iterator[Span]:
    opens = _places(between.kind, "opens", between.opens, found)
    closes = _places(between.kind, "closes", between.closes, found)
    beside = _places(between.kind, "beside", (between.beside,), found)
    done = -1
    for opening in opens:
        closing = next((one for one in closes if one.first > opening.last), None)
        if closing is None or opening.first <= done:
            continue
        inside = (opening.first, closing.last)
        crosses = TURN_MARK in streams.words[opening.first : closing.last + 1]
        if closing.last - opening.first > between.longest or (crosses and not between.across_turns):
            continue
        if between.beside and not _near(inside, beside, _BESIDE_WITHIN):
            continue
        done = closing.last
        yield _span(between.kind, between.because, inside, [inside], streams, _STRONG)


def _places(
    kind: str, part: str, expressions: Sequence[str], found: Mapping[str, Sequence[Found]]
) -> list[Found]:
    return sorted(place for name in names(kind, part, expressions) for place in found.get(name, ()))


def _span(
    kind: str, because: str, whole: _Range, held: Sequence[_Range], streams: Streams, confidence: float
) -> Span:
    told = _heard(whole, streams)
    said = [_heard(part, streams) for part in held]
    strongest = max(said, key=lambda part: len(part.words))
    return Span(
        kind=kind,
        turn=told.turn,
        channel=told.channel,
        start=told.start,
        end=told.end,
        words=told.words,
        held=tuple((part.start, part.end) for part in said),
        why=f"“{_short(strongest.words)}” is {because}.",
        confidence=round(confidence * min(1.0, 0.5 + told.confidence / 2), 3),
    )


def _heard(place: _Range, streams: Streams) -> Heard:
    return heard(Found(place[0], place[1], _turn_of(place[0], streams)), streams)


def _short(words: str, most: int = 14) -> str:
    said = words.split()
    return " ".join(said[:most]) + ("…" if len(said) > most else "")
