"""The signs a query is written with: cutting its text, and refusing at once what cannot be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from search.named import FIELDS
from search.query import Mention, Reach
from search.tokens import normal

Dialect = Literal["dtsearch", "lucene"]
Kind = Literal["open", "close", "quote", "and", "or", "not", "reach", "only", "mention", "atom"]

LONGEST_QUERY = 20_000
FARTHEST_WORDS = 250
FARTHEST_SECONDS = 3600


class QueryFault(ValueError):
    """A query that cannot be answered as written; `position` counts characters from 0."""

    def __init__(self, message: str, position: int, cure: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.cure = cure
        self.readings = readings

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1}). {self.cure}"


NO_REACH = Reach()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One sign of a query: its text, from `start` to before `end`, and what it was read as."""

    kind: Kind
    text: str
    start: int
    end: int
    reach: Reach = NO_REACH
    ordered: bool = False
    speaker: str = ""
    confidence: float = 0.0
    mention: Mention | None = None


_SPACE = re.compile(r"\s+")
_CHUNK = re.compile(r"[^\s()\"]+")
_NEAR = re.compile(r"o?near\s*\(\s*(?:n\s*=\s*)?([0-9]+)\s*\)", re.IGNORECASE)
_REACH = re.compile(r"(w|within|near|pre|onear)/(.*)\Z", re.IGNORECASE)
_SIZE = re.compile(r"([0-9]+)(s|sec|seconds?)?\Z", re.IGNORECASE)
_CONFIDENCE = re.compile(r"conf(?:idence)?(>=?|<=?|=|:)(.*)\Z", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:amount|sum)(>=|<=|>|<|=|:)(.*)\Z", re.IGNORECASE)
_FIGURE = re.compile(r"([$£€¥]?)([0-9][0-9,_]*(?:\.[0-9]+)?)(k|mm?|mio|mln|bn)?([a-z]*)\Z", re.IGNORECASE)
_FACTORS = {"k": 10**3, "m": 10**6, "mm": 10**6, "mio": 10**6, "mln": 10**6, "bn": 10**9}
_SYMBOLS = {"$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY"}
_FIELD = re.compile(r"([a-z_]+):(.*)\Z", re.IGNORECASE)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})

_WORDS = {
    "dtsearch": {"and": "and", "or": "or", "not": "not"},
    "lucene": {"AND": "and", "OR": "or", "NOT": "not", "&&": "and", "||": "or", "!": "not"},
}


def signs(text: str, dialect: Dialect = "dtsearch") -> list[Sign]:
    """Cut a query into signs; QueryFault where it cannot be."""
    if len(text) > LONGEST_QUERY:
        raise QueryFault("this query is too long", LONGEST_QUERY, "Split it into several.")
    return list(_signs(text.translate(_CURLY), dialect))


def _signs(text: str, dialect: Dialect) -> Iterator[Sign]:
    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        sign = _sign(text, at, dialect)
        yield sign
        at = sign.end


def _sign(text: str, at: int, dialect: Dialect) -> Sign:
    if text[at] in "()":
        return Sign(kind="open" if text[at] == "(" else "close", text=text[at], start=at, end=at + 1)
    if text[at] == '"':
        return _quote(text, at)
    if near := _NEAR.match(text, at):
        ordered = near.group()[0] in "oO"
        reach = _reach(near[1], near.start(1))
        return Sign(kind="reach", text=near.group(), start=at, end=near.end(), reach=reach, ordered=ordered)
    chunk = _CHUNK.match(text, at)
    assert chunk is not None  # noqa: S101 - spaces, brackets and quotes were taken above
    return _word_sign(text, chunk.group(), at, dialect)


def _quote(text: str, at: int) -> Sign:
    close = text.find('"', at + 1)
    if close < 0:
        raise QueryFault("this quotation mark is never closed", at, "Close the phrase with a second one.")
    slop = re.compile(r"~([0-9]+)").match(text, close + 1)
    if not slop:
        return Sign(kind="quote", text=text[at + 1 : close], start=at, end=close + 1)
    # Lucene's slop counts the words between; reach counts the steps.
    reach = _reach(str(int(slop[1]) + 1), slop.start(1))
    return Sign(kind="quote", text=text[at + 1 : close], start=at, end=slop.end(), reach=reach)


def _word_sign(text: str, word: str, at: int, dialect: Dialect) -> Sign:
    end = at + len(word)
    known = _WORDS[dialect].get(word.lower() if dialect == "dtsearch" else word)
    match known:
        case "and" | "or" | "not":
            return Sign(kind=known, text=word, start=at, end=end)
    if word == "TURN":
        return Sign(kind="reach", text=word, start=at, end=end, reach=Reach(unit="turn"))
    if near := _REACH.match(word):
        ordered = near[1].lower() in ("pre", "onear")
        reach = _reach(near[2], at + near.start(2))
        return Sign(kind="reach", text=word, start=at, end=end, reach=reach, ordered=ordered)
    if least := _CONFIDENCE.match(word):
        confidence = _confidence(least[1], least[2], at)
        return Sign(kind="only", text=word, start=at, end=end, confidence=confidence)
    if sum_asked := _AMOUNT.match(word):
        return Sign(
            kind="mention", text=word, start=at, end=end, mention=_sum(sum_asked[1], sum_asked[2], at)
        )
    if field := _FIELD.match(word):
        return _field_sign(text, field[1].lower(), field[2], at, end)
    return Sign(kind="atom", text=word, start=at, end=end)


def _field_sign(text: str, name: str, value: str, at: int, end: int) -> Sign:
    if not value and not text.startswith('"', end):
        return Sign(kind="atom", text=name, start=at, end=end)
    if name != "speaker" and name not in FIELDS:
        raise QueryFault(
            f"there is no field “{name}”",
            at,
            "Fields are speaker:, conf>=, org:, person:, place:, instrument:, currency:, tenor:, date:, phone: and "
            "amount>; desk, category and month are filters beside the query.",
        )
    if not value:
        quoted = _quote(text, end)
        value, end = quoted.text, quoted.end
    if name in FIELDS:
        return _mention_sign(text, FIELDS[name], value, at, end)
    return Sign(kind="only", text=text[at:end], start=at, end=end, speaker=value)


def _mention_sign(text: str, kind: str, value: str, at: int, end: int) -> Sign:
    # A date is one token as it is kept: 2025-10-24, or its beginning.
    tokens = normal(value)
    if not tokens or "*" in value or "?" in value:
        raise QueryFault(
            f"a {kind} is asked for by whole words", at, f'Write {text[at:end].split(":")[0]}:"one name".'
        )
    return Sign(kind="mention", text=text[at:end], start=at, end=end, mention=Mention(kind, tokens))


def _sum(sign: str, figure: str, at: int) -> Mention:
    read = _FIGURE.match(figure)
    if not read:
        raise QueryFault(
            "a sum is asked for by a figure", at, "Write amount>1000000, amount>=5m or amount>250kUSD."
        )
    value = float(read[2].replace(",", "").replace("_", "")) * _FACTORS.get((read[3] or "").lower(), 1)
    unit = _SYMBOLS.get(read[1], read[4].upper() if len(read[4]) == 3 else read[4].lower())
    least = value if sign in (">", ">=", "=", ":") else None
    most = value if sign in ("<", "<=", "=", ":") else None
    return Mention("amount", least=least, most=most, even=sign not in ("<", ">"), unit=unit)


def _reach(size: str, at: int) -> Reach:
    if size.lower() == "turn":
        return Reach(unit="turn")
    counted = _SIZE.match(size)
    if not counted:
        raise QueryFault(
            "a distance is a number of words, of seconds, or “turn”", at, "Write w/5, w/10s or w/turn."
        )
    number = int(counted[1])
    farthest = FARTHEST_SECONDS if counted[2] else FARTHEST_WORDS
    if not 1 <= number <= farthest:
        raise QueryFault(
            f"a distance is between 1 and {farthest} {'seconds' if counted[2] else 'words'}",
            at,
            "Use `and` for anywhere in the recording, or w/turn for the same turn.",
        )
    return Reach(number, "seconds" if counted[2] else "words")


def _confidence(sign: str, value: str, at: int) -> float:
    try:
        least = float(value)
    except ValueError:
        least = -1.0
    if sign not in (">=", ">") or not 0 < least <= 1:
        raise QueryFault(
            "a confidence is asked for as a least value between 0 and 1", at, "Write conf>=0.6 and …"
        )
    return least
