"""Spoken numbers in one form: "fifty", "50" and "five oh" meet; so do "a yard" and "one billion"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from search.forms import Piece

_UNITS = "zero one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth
"""
_SIGHING = (
    "my no yes ok god right sorry hey man i you we they he she it that this so but and just the wait there"
)
_OWNING = "the this that a an some any which what every no my your his her our their"

UNITS = {word: number for number, word in enumerate(_UNITS.split())}
TEENS = {word: number for number, word in enumerate(_TEENS.split(), start=10)}
TENS = {word: number * 10 for number, word in enumerate(_TENS.split(), start=2)}
ORDINALS = {word: number for number, word in enumerate(_ORDINALS.split(), start=1)}
ORDINALS |= {f"{word[:-1]}ieth": number for word, number in TENS.items()}
# The City's word for a thousand million is the form all billions take: nobody mishears it for a million.
SCALES = {"trillion": 10**12, "yard": 10**9, "million": 10**6}
_OPENINGS = {"a", "an", "point", *UNITS, *TEENS, *TENS, *ORDINALS}
CURRENCIES = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen"}
_SUFFIXES = {"k": 10**3, "mm": 10**6, "mio": 10**6, "mln": 10**6, "mn": 10**6, "bn": 10**9}
_UNITS_AFTER = {"%": ("percent",), "bp": ("basis", "points"), "bps": ("basis", "points")}
_WRITTEN = re.compile(r"([$£€¥]?)([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)(%|[a-z]+)?\Z")
# After these, "oh" is a sigh and not a nought: "I took five, oh my".
_AFTER_A_SIGH = frozenset(_SIGHING.split())
# After these, "point" is a noun: "at this point five people left".
_BEFORE_A_NOUN = frozenset(_OWNING.split())


def counted(said: Sequence[Piece]) -> Iterator[Piece]:
    """Replace every spoken or written number by its one form."""
    at = 0
    while at < len(said):
        if not _may_open_a_number(said[at].text):
            yield said[at]
            at += 1
            continue
        reader = _Reader(said, at)
        tokens = reader.ordinal() or reader.amount()
        if not tokens:
            yield said[at]
            at += 1
            continue
        first, last = said[at], said[reader.at - 1]
        for nth, token in enumerate(tokens):
            yield Piece(token, first.first, last.last, last.breaks and nth == len(tokens) - 1)
        at = reader.at


def _may_open_a_number(text: str) -> bool:
    return text in _OPENINGS or not text.isalpha()


def plain(value: Decimal) -> str:
    """Digits without exponent or idle noughts: 3.50 → "3.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Reader:
    """Reads one number from a place on; `at` is where it stopped."""

    def __init__(self, said: Sequence[Piece], start: int) -> None:
        self.said = said
        self.start = start
        self.at = start

    def peek(self, ahead: int = 0) -> str:
        """The next spelling, or "" past the end or behind a pause."""
        place = self.at + ahead
        if place >= len(self.said) or any(self.said[n].breaks for n in range(self.start, place)):
            return ""
        return self.said[place].text

    def take(self, *words: str) -> bool:
        if self.peek() in words:
            self.at += 1
            return True
        return False

    def ordinal(self) -> list[str]:
        word, follows = self.peek(), self.peek(1)
        written = _WRITTEN.match(word)
        if written and written[3] in ("st", "nd", "rd", "th") and not written[1]:
            self.at += 1
            return [_ordinal_form(int(Decimal(written[2].replace(",", ""))))]
        if word in TENS and ORDINALS.get(follows, 10) < 10:
            self.at += 2
            return [_ordinal_form(TENS[word] + ORDINALS[follows])]
        if word in ORDINALS:
            self.at += 1
            return [_ordinal_form(ORDINALS[word])]
        return []

    def amount(self) -> list[str]:
        """A cardinal with its scale, currency and unit, or nothing."""
        written = _WRITTEN.match(self.peek())
        if written:
            return self._written(written[1], written[2], written[3] or "")
        value = self._spoken()
        if value is None:
            return []
        return self._scaled(value, plain(value))

    def _written(self, currency: str, digits: str, suffix: str) -> list[str]:
        value = Decimal(digits.replace(",", ""))
        factor = _SUFFIXES.get(suffix, 10**6 if suffix == "m" and currency else 0)
        if suffix and not factor and suffix not in _UNITS_AFTER:
            return []
        self.at += 1
        if factor:
            value *= factor
        as_said = plain(value) if factor or "." in digits or "," in digits else digits
        grouped = "," in digits or factor >= 10**6
        tokens = self._scaled(value, as_said, grouped=grouped)
        return [*tokens, *([CURRENCIES[currency]] if currency else []), *_UNITS_AFTER.get(suffix, ())]

    def _scaled(self, value: Decimal, as_said: str, *, grouped: bool = False) -> list[str]:
        """Apply "hundred", "thousand", "million", "yard" and what is added after them."""
        if self.take("hundred"):
            value, as_said = value * 100, plain(value * 100)
        if self.take("thousand"):
            value = value * 1000 + (self._more(1000) or 0)
            as_said = plain(value)
        if self.peek() in SCALES:
            value, grouped = value * SCALES[self.said[self.at].text], True
            self.at += 1
            value += self._thousands_more()
        scale = next((name for name, size in SCALES.items() if value >= size), None) if grouped else None
        return [plain(value / SCALES[scale]), scale] if scale else [as_said]

    def _thousands_more(self) -> int:
        """ "two million five hundred thousand", but not "two million, five people"."""
        before = self.at
        rest = self._below_thousand()
        if rest and self.take("thousand"):
            return rest * 1000
        self.at = before
        return 0

    def _spoken(self) -> Decimal | None:
        whole = self._with_oh() or self._year() or self._whole()
        if whole is None and not self._opens_with_point():
            return None
        decimals = self._decimals()
        return Decimal(f"{whole or 0}.{decimals}" if decimals else f"{whole}")

    def _opens_with_point(self) -> bool:
        before = self.said[self.start - 1].text if self.start else ""
        return self.peek() == "point" and self.peek(1) in {"oh", *UNITS} and before not in _BEFORE_A_NOUN

    def _decimals(self) -> str:
        if self.peek() != "point":
            return ""
        before = self.at
        self.at += 1
        digits = ""
        while self.peek() in UNITS or (self.peek() == "oh" and self.peek(1) not in _AFTER_A_SIGH):
            digits += str(UNITS.get(self.peek(), 0))
            self.at += 1
        if not digits and (small := self._below_hundred()) is not None:
            digits = str(small)
        if not digits:
            self.at = before
        return digits

    def _with_oh(self) -> str | None:
        """ "five oh" → 50, "two oh seven" → 207, "twenty oh five" → 2005."""
        word = self.peek()
        head = UNITS.get(word, 0) or TEENS.get(word) or TENS.get(word)
        if head is None and word != "zero":
            return None
        before, digits = self.at, str(head or 0)
        self.at += 1
        while (more := self._digit_more(nought_said=self.at > before + 1)) is not None:
            digits += more
        length = self.at - before
        # "no one, oh" is talk where "one oh one" is a number; tens ask for "oh five" after them.
        if length < 2 or (length < 3 and (word == "one" or (head or 0) > 9)):
            self.at = before
            return None
        return digits

    def _digit_more(self, *, nought_said: bool) -> str | None:
        word = self.peek()
        nought = word == "zero" or (word == "oh" and self.peek(1) not in _AFTER_A_SIGH)
        if not nought and not (nought_said and word in UNITS):
            return None
        self.at += 1
        return str(UNITS.get(word, 0))

    def _year(self) -> int | None:
        """ "nineteen ninety nine" → 1999, "twenty twenty five" → 2025."""
        century = {"nineteen": 1900, "twenty": 2000}.get(self.peek())
        if century is None or self.peek(1) not in TENS | TEENS:
            return None
        self.at += 1
        return century + (self._below_hundred() or 0)

    def _whole(self) -> int | None:
        """Up to 999,999, with "a hundred" and "a thousand"; "a million" is 1 and its scale follows."""
        if self.peek() in ("a", "an"):
            if self.peek(1) not in ("hundred", "thousand", *SCALES):
                return None
            if self.peek(1) != "hundred":
                self.at += 1
                return self._thousand(1)
        value = self._below_thousand()
        return None if value is None else self._thousand(value)

    def _thousand(self, value: int) -> int:
        return value * 1000 + (self._more(1000) or 0) if self.take("thousand") else value

    def _below_thousand(self) -> int | None:
        if self.peek() in ("a", "an") and self.peek(1) == "hundred":
            self.at += 1
            small: int | None = 1
        else:
            small = self._below_hundred()
        if small and self.take("hundred"):
            return small * 100 + (self._more(100) or 0)
        return small

    def _below_hundred(self) -> int | None:
        word, follows = self.peek(), self.peek(1)
        if word in TENS:
            self.at += 1
            if UNITS.get(follows, 0):
                self.at += 1
                return TENS[word] + UNITS[follows]
            return TENS[word]
        known = UNITS.get(word, TEENS.get(word))
        if known is not None:
            self.at += 1
        return known

    def _more(self, below: int) -> int:
        """What is added after a hundred or a thousand, with or without "and"."""
        before = self.at
        self.take("and")
        rest = self._below_hundred() if below == 100 else self._below_thousand()
        if not rest:
            self.at = before
            return 0
        return rest


def _ordinal_form(value: int) -> str:
    # "second" is a unit of time as well, so it stays a word.
    if value == 2:
        return "second"
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"
