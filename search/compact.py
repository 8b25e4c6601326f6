"""A transcript as one line of tokens: enough to ask whether a query finds anything, without its times.

Reading one such line costs a fiftieth of reading the transcript; a change of a policy is tried over an archive so.
"""

from __future__ import annotations

from search.query import And, Mention, Near, Not, Only, Or, Phrase, Query
from search.sounds import sound_key
from search.tokens import TURN_MARK, Place, Streams, stem
from search.transcript import Transcript

_SILENCE = Transcript(turns=())


def line(streams: Streams) -> str:
    """The words of a transcript as they are searched, turn marks among them."""
    return " ".join(streams.words)


def read(told: str, *, stems: bool = True, sounds: bool = True) -> Streams:
    """The streams of a line. Their places tell words from turn marks and nothing more: no turn, no second.

    Without `stems` or `sounds` that stream holds the words; say so only where no query asks for it.
    """
    words = tuple(told.split())
    return Streams(
        words=words,
        stems=tuple(map(stem, words)) if stems else words,
        sounds=tuple(map(sound_key, words)) if sounds else words,
        where=tuple(None if word == TURN_MARK else _SOMEWHERE for word in words),
        transcript=_SILENCE,
    )


_SOMEWHERE = Place(0, 0, 0)


def suffices(query: Query) -> bool:
    """Can a line answer the query? Not where it asks for seconds, a speaker, an entity, how surely it was heard."""
    match query:
        case Only() | Mention():
            return False
        case Near(left, right, reach):
            return reach.unit != "seconds" and suffices(left) and suffices(right)
        case Phrase(parts) | And(parts) | Or(parts):
            return all(map(suffices, parts))
        case Not(part):
            return suffices(part)
        case _:
            return True
