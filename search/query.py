"""The tree a query is: what may stand in it, what it needs, and how it reads in plain English."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from search.filed import Filed

Stream = Literal["words", "stems", "sounds"]
Unit = Literal["words", "seconds", "turn"]


@dataclass(frozen=True, slots=True)
class Word:
    """One token of one stream; `said` is how the asker wrote it."""

    token: str
    stream: Stream = "words"
    said: str = ""


@dataclass(frozen=True, slots=True)
class Wild:
    """A word with `*` for any letters and `?` for exactly one."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word within `errors` letter edits, whose first `fixed` letters are certain."""

    token: str
    errors: int
    fixed: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name something of a kind: one whose name holds all `tokens`, or a sum between two figures.

    `least` and `most` are left out of what is found unless `even`; `unit` is a currency or "lots", "" for any.
    """

    kind: str
    tokens: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    even: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One part directly after the other, in one turn."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far: `size` words (5: at most four between), `size` seconds of pause, or within one turn."""

    size: float = 0
    unit: Unit = "words"


@dataclass(frozen=True, slots=True)
class Near:
    """Left and right within reach; `ordered`: left first; `absent`: left where right is not."""

    left: Query
    right: Query
    reach: Reach
    ordered: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All parts somewhere in the recording."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; `filed` finds the parts of a long list that can hold at all, where somebody filed them."""

    parts: tuple[Query, ...]
    filed: Filed | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The part nowhere in the recording; stands only beside something to find."""

    part: Query


@dataclass(frozen=True, slots=True)
class Only:
    """The part within words of one speaker, or within words heard with some confidence (0–1)."""

    part: Query
    speaker: str = ""
    confidence: float = 0.0


Query: TypeAlias = Word | Wild | Fuzzy | Mention | Phrase | Near | And | Or | Not | Only


def finds_something(query: Query) -> bool:
    """Whether a hit would have words to point at."""
    match query:
        case Not():
            return False
        case And(parts):
            return any(map(finds_something, parts))
        case Or(parts):
            return all(map(finds_something, parts))
        case Only(part):
            return finds_something(part)
        case _:
            return True


def is_local(query: Query) -> bool:
    """Whether the query speaks of one place, so that it can stand in a phrase or a proximity."""
    match query:
        case Word() | Wild() | Fuzzy() | Mention():
            return True
        case Phrase(parts) | Or(parts):
            return all(map(is_local, parts))
        case Near(left, right):
            return is_local(left) and is_local(right)
        case _:
            return False


def in_words(query: Query) -> str:
    """The query in plain English, so that an asker sees what was understood."""
    match query:
        case Word() | Wild() | Fuzzy():
            return _word_in_words(query)
        case Mention():
            return _mention_in_words(query)
        case Phrase(parts):
            return _phrase_in_words(parts)
        case Near():
            return _near_in_words(query)
        case And(parts):
            wanted = [_inside(part) for part in parts if not isinstance(part, Not)]
            unwanted = [_inside(part.part) for part in parts if isinstance(part, Not)]
            return " and ".join(wanted) + "".join(f", but nowhere {part}" for part in unwanted)
        case Or(parts):
            return " or ".join(map(_inside, parts))
        case Not(part):
            return f"nowhere {_inside(part)}"
        case Only():
            return _only_in_words(query)


def _inside(query: Query) -> str:
    text = in_words(query)
    return text if isinstance(query, Word | Wild | Fuzzy | Mention | Phrase) else f"({text})"


def _word_in_words(query: Word | Wild | Fuzzy) -> str:
    match query:
        case Word(token, "stems", said):
            return f"any form of “{said or token}”"
        case Word(token, "sounds", said):
            return f"a word that sounds like “{said or token}”"
        case Word(token):
            return f"“{token}”"
        case Wild("*"):
            return "any one word"
        case Wild(pattern):
            return f"a word like “{pattern}”"
        case Fuzzy(token, errors, fixed):
            letters = "one letter" if errors == 1 else f"{errors} letters"
            begins = f", beginning “{token[:fixed]}”" if fixed else ""
            return f"“{token}” give or take {letters}{begins}"


def _mention_in_words(query: Mention) -> str:
    if query.kind != "amount":
        return f"{_article(query.kind)} {query.kind} named “{' '.join(query.tokens)}”"
    unit = f" {query.unit}" if query.unit else ""
    bounds = []
    if query.least is not None and query.least == query.most:
        bounds = [f"of {query.least:,.10g}{unit}"]
    else:
        if query.least is not None:
            bounds.append(f"{'of at least' if query.even else 'above'} {query.least:,.10g}{unit}")
        if query.most is not None:
            bounds.append(f"{'of at most' if query.even else 'below'} {query.most:,.10g}{unit}")
    return "a sum " + " and ".join(bounds) if bounds else "any sum"


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _phrase_in_words(parts: tuple[Query, ...]) -> str:
    if all(isinstance(part, Word) and part.stream == "words" for part in parts):
        return "“" + " ".join(part.token for part in parts if isinstance(part, Word)) + "”"
    return "[" + " then at once ".join(map(_inside, parts)) + "]"


def _near_in_words(query: Near) -> str:
    left, right, reach = _inside(query.left), _inside(query.right), query.reach
    match reach.unit:
        case "turn":
            far = "in the same turn"
        case "seconds":
            far = f"within {reach.size:g} seconds of it"
        case "words":
            far = f"within {reach.size:g} word{'s' if reach.size != 1 else ''} of it"
    if query.absent:
        return f"{left} without {right} {'after it, ' if query.ordered else ''}{far}"
    return f"{left} followed by {right} {far}" if query.ordered else f"{left} with {right} {far}"


def _only_in_words(query: Only) -> str:
    text = _inside(query.part)
    if query.speaker:
        text += f" said by “{query.speaker}”"
    if query.confidence:
        text += f" heard with a confidence of at least {query.confidence:g}"
    return text
