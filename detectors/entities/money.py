"""Sums, currencies and instruments, as dealers and clients say them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from detectors.entities.entity import Found
from detectors.entities.said import Phrases, Said

HERE = Path(__file__).parent
_SCALES: Mapping[str, Decimal] = {
    "trillion": Decimal(10**12), "yard": Decimal(10**9), "million": Decimal(10**6), "mill": Decimal(10**6),
    "mil": Decimal(10**6), "mills": Decimal(10**6), "millions": Decimal(10**6), "k": Decimal(1000),
    "thousand": Decimal(1000), "grand": Decimal(1000), "lakh": Decimal(10**5), "lakhs": Decimal(10**5),
    "crore": Decimal(10**7), "crores": Decimal(10**7), "hundred": Decimal(100),
}  # fmt: skip
_UNITS: Mapping[str, str] = {
    name: f"{name.rstrip('s')}s"
    for name in (
        "lot lots contract contracts share shares barrel barrels ounces tonnes tons cargoes bushels therms".split()
    )
}
# Words after which gold is metal and power is sold, not worn or turned on.
_DEALING = frozenset(
    """
    long short buy buying bought sell selling sold seller buyer bid offer offered offers price quote spread future
    futures
    heavy flat market close fix fixing trade trading traded lots lot ounce ounces contract contracts squeeze hedge
    bullish bearish rally position copper silver gold platinum up down ticks cents baseload show million yard mill desk
    year note notes yield curve highs following outlook
    """.split()
)
# What a bare "cable" or "gold" is not dealt in.
_NOT_DEALING = frozenset("tv charger ethernet laid network medal medals fish".split())


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


class Money:
    """Reads one turn; the tables are loaded once."""

    @cached_property
    def currencies(self) -> Phrases:
        return Phrases(
            (name, code) for code, told in _table("currencies.toml").items() for name in told["names"]
        )

    @cached_property
    def any_currency(self) -> Phrases:
        told = _table("currencies.toml").items()
        return Phrases((name, code) for code, names in told for name in [*names["names"], *names["short"]])

    @cached_property
    def instruments(self) -> Phrases:
        told = _table("instruments.toml").items()
        return Phrases(
            (name, value)
            for group, known in told
            if group != "plain"
            for value, names in known.items()
            for name in names
        )

    @cached_property
    def plain(self) -> Phrases:
        return Phrases(
            (name, value) for value, names in _table("instruments.toml")["plain"].items() for name in names
        )

    @cached_property
    def pairs(self) -> frozenset[str]:
        return frozenset(_table("instruments.toml")["fx"])

    def read(self, said: Said) -> list[Found]:
        """Instruments first, so that the dollar of "dollar yen" ends no sum; then sums; then what is left."""
        instruments = dict(self._instruments(said))
        taken = {at for first, (last, _) in instruments.items() for at in range(first, last + 1)}
        found: list[Found] = []
        for first, (last, value) in instruments.items():
            found.append(Found("instrument", *said.words(first, last), value))
        for first, last, value in self._amounts(said, instruments, taken):
            taken |= set(range(first, last + 1))
            found.append(Found("amount", *said.words(first, last), value))
        found.extend(self._currencies(said, taken))
        return found

    def _instruments(self, said: Said) -> Iterator[tuple[int, tuple[int, str]]]:
        at = 0
        while at < len(said.tokens):
            known = self._pair(said, at) or self.instruments.at(said, at) or self._plain(said, at)
            if known is None:
                at += 1
                continue
            yield at, known
            at = known[0] + 1

    def _pair(self, said: Said, at: int) -> tuple[int, str] | None:
        """Two currencies in a row, the first by its market name."""
        first = self.any_currency.at(said, at)
        if first is None or not said.joined(at, first[0] + 1):
            return None
        second = self.any_currency.at(said, first[0] + 1)
        known = self.instruments.at(said, at)
        if known and known[0] > first[0] + (second is not None):
            return known
        if second is None or second[1] == first[1]:
            return None
        # "five pounds, aussie" is a sum and a country; a pair has no number before it that counts the first alone.
        if f"{first[1]}{second[1]}" in self.pairs or first[1] in (
            "USD",
            "EUR",
            "GBP",
            "AUD",
            "NZD",
            "CHF",
            "CAD",
        ):
            return second[0], f"{first[1]}{second[1]}"
        return None

    def _plain(self, said: Said, at: int) -> tuple[int, str] | None:
        known = self.plain.at(said, at)
        if known is None:
            return None
        around = {*said.before(at, 5), *said.after(known[0], 6)} - {said.token(at)}
        return known if around & _DEALING and not around & _NOT_DEALING else None

    def _amounts(
        self, said: Said, instruments: Mapping[int, tuple[int, str]], taken: set[int]
    ) -> Iterator[tuple[int, int, str]]:
        at = 0
        while at < len(said.tokens):
            read = None if at in taken else self._amount(said, at, instruments, taken)
            if read is None:
                at += 1
                continue
            yield read
            at = read[1] + 1

    def _amount(
        self, said: Said, at: int, instruments: Mapping[int, tuple[int, str]], taken: set[int]
    ) -> tuple[int, int, str] | None:
        head = _number(said, at)
        if head is None:
            return None
        last, value, scaled = head
        after = last + 1
        of = after + 1 if said.token(after) == "of" else after
        currency = self.any_currency.at(said, after) if after not in taken else None
        if currency is not None and said.joined(last, after):
            # "in New Zealand", "at the Singapore desk": short forms count only straight after a sum.
            return self._rated(said, at, currency[0], f"{_plain(value)} {currency[1]}")
        if said.token(after) in _UNITS:
            return at, after, f"{_plain(value)} {_UNITS[said.token(after)]}"
        if scaled:
            return self._rated(said, at, last, _plain(value))
        beside = instruments.get(of)
        if beside and beside[1] in self.pairs | {"USDINR"} and value < 1000 and value == int(value):
            return at, last, _plain(value * 10**6)  # market convention: FX is dealt in millions
        return None

    @staticmethod
    def _rated(said: Said, first: int, last: int, value: str) -> tuple[int, int, str]:
        """ "eighty pounds a week" is one sum."""
        if said.token(last + 1) in ("a", "per") and said.token(last + 2) in (
            "week",
            "month",
            "year",
            "day",
            "hour",
        ):
            return first, last + 2, value
        return first, last, value

    def _currencies(self, said: Said, taken: set[int]) -> Iterator[Found]:
        at = 0
        while at < len(said.tokens):
            known = None if at in taken else self.currencies.at(said, at)
            if known is None:
                at += 1
                continue
            # "popped a dollar", "pound for pound", "pound of flesh": one of them is no position.
            if said.token(at - 1) not in ("a", "the", "per", "every") or known[0] > at:
                yield Found("currency", *said.words(at, known[0]), known[1], 0.8)
            at = known[0] + 1


def _number(said: Said, at: int) -> tuple[int, Decimal, bool] | None:
    """A number with its fractions and scale: the last piece, the value, and whether a scale was said."""
    word, follows = said.token(at), said.token(at + 1)
    if word in ("half", "quarter"):
        return _part(said, at, Decimal("0.5") if word == "half" else Decimal("0.25"))
    if word == "a":
        if follows in ("couple",):
            last = at + 2 if said.token(at + 2) == "of" else at + 1
            return _scaled(said, last, Decimal(2), must=True)
        if follows == "quarter":
            return _part(said, at + 1, Decimal("0.25"))
        return (
            _scaled(said, at, Decimal(1), must=True)
            if follows in ("grand", "mill", "lakh", "crore")
            else None
        )
    if not _is_number(word):
        return None
    value, last = Decimal(word), at
    if (
        said.token(at + 1) == "and"
        and said.token(at + 2) == "a"
        and said.token(at + 3) in ("half", "quarter")
    ):
        value, last = value + (Decimal("0.5") if said.token(at + 3) == "half" else Decimal("0.25")), at + 3
    return _scaled(said, last, value, must=False)


def _part(said: Said, at: int, share: Decimal) -> tuple[int, Decimal, bool] | None:
    """ "half a yard", "a quarter of a million", "half a million"."""
    last = at
    while said.token(last + 1) in ("of", "a"):
        last += 1
    if _is_number(said.token(last + 1)) and said.token(last + 1) == "1":
        last += 1
    scale = _SCALES.get(said.token(last + 1))
    if scale is None or last == at:
        return None
    return last + 1, share * scale, True


def _scaled(said: Said, last: int, value: Decimal, *, must: bool) -> tuple[int, Decimal, bool] | None:
    scaled = False
    while said.joined(last, last + 1) and (scale := _SCALES.get(said.token(last + 1))) is not None:
        value, last, scaled = value * scale, last + 1, True
    return (last, value, scaled or value >= 10_000) if scaled or not must else None


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
