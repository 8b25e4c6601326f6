"""How names and numbers of people are compared."""

from __future__ import annotations

import re

DIGITS = 9  # of a telephone number's end, that tell two of them apart
FEWEST = 7  # digits that make a number of the outside world; fewer are an extension


def words(text: str) -> frozenset[str]:
    """A name as the set of its words: the order and the commas of a directory do not matter."""
    return frozenset(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.casefold()))


def number_of(text: str) -> str:
    """A number or address as it is compared: the end of a telephone number, anything else as it is written."""
    digits = re.sub(r"\D", "", text)
    if len(digits) >= FEWEST and re.fullmatch(r"[\d\s()+./-]+", text.strip()):
        return digits[-DIGITS:]
    return re.sub(r"\s+", "", text.casefold())
