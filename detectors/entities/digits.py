"""Numbers read out digit by digit: cards, phones, accounts and identity numbers, kept only where they check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.entities.entity import Found

_DIGITS: Mapping[str, str] = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS: Mapping[str, str] = {
    name: str(nth)
    for nth, name in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), start=10
    )
}
_TENS: Mapping[str, str] = {
    name: str(nth)
    for nth, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_TIMES: Mapping[str, int] = {"double": 2, "treble": 3, "triple": 3}
# Said between the groups of a number, on the same line.
_BETWEEN = frozenset("and then dash uh um er yeah yes".split())
# A pause between two groups longer than this, in seconds, ends a number: people look up from the card, not away.
LONGEST_PAUSE = 12.0


@dataclass(frozen=True, slots=True)
class Digit:
    """Digits that one or more words stand for; `letter` where a letter was said instead."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Run:
    """Digits in a row with the words before them."""

    digits: tuple[Digit, ...]
    before: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(digit.text for digit in self.digits)

    def words(self, start: int, length: int) -> tuple[int, int] | None:
        """The words behind `length` digits from `start`; None where a word's digits would be cut in two."""
        at, first, last = 0, None, None
        for digit in self.digits:
            if at == start:
                first = digit.first
            at += len(digit.text)
            if first is not None and at == start + length:
                last = digit.last
                break
        return None if first is None or last is None else (first, last)


def numbers(bare: Sequence[str], pauses: Sequence[bool] = ()) -> list[Found]:
    """Every number of words folded and without punctuation; `pauses` is true where a long pause follows."""
    found: list[Found] = []
    for run in runs(bare, pauses):
        found.extend(_read(run, bare))
    found.extend(_ibans(bare))
    return found


def runs(bare: Sequence[str], pauses: Sequence[bool] = ()) -> Iterator[Run]:
    """Stretches of digits of four or more."""
    at = 0
    while at < len(bare):
        start = at
        digits: list[Digit] = []
        while at < len(bare):
            digit = _digit(bare, at)
            if digit is None:
                if digits and bare[at] in _BETWEEN and at + 1 < len(bare) and _digit(bare, at + 1):
                    at += 1
                    continue
                break
            digits.append(digit)
            at = digit.last + 1
            if pauses and pauses[digit.last]:
                break
        if sum(len(digit.text) for digit in digits) >= 4:
            yield Run(tuple(digits), tuple(bare[max(0, start - 6) : start]))
        at = max(at, start + 1)


def _digit(bare: Sequence[str], at: int) -> Digit | None:
    word = bare[at]
    follows = bare[at + 1] if at + 1 < len(bare) else ""
    if word in _TIMES and follows in _DIGITS:
        return Digit(_DIGITS[follows] * _TIMES[word], at, at + 1)
    if word in _DIGITS:
        if follows == "hundred":  # "oh seven seven hundred": a group read as a round figure
            return Digit(_DIGITS[word] + "00", at, at + 1)
        return Digit(_DIGITS[word], at, at)
    if word in _TEENS:
        return Digit(_TEENS[word], at, at)
    if word in _TENS:
        if follows in _DIGITS and _DIGITS[follows] != "0":
            return Digit(_TENS[word] + _DIGITS[follows], at, at + 1)
        return Digit(_TENS[word] + "0", at, at)
    written = re.sub(r"[-() .]", "", word)
    if re.fullmatch(r"\+?[0-9]{1,19}", written):
        return Digit(written, at, at)
    return None


# --- what a run of digits is


@dataclass(frozen=True, slots=True)
class _Form:
    """A kind of number: how long it is, what must hold of it, which words must stand before it."""

    kind: str
    lengths: tuple[int, ...]
    holds: Callable[[str], bool]
    cues: frozenset[str] = frozenset()
    confidence: float = 0.95


def _luhn(digits: str) -> bool:
    total = 0
    for nth, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if nth % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(digits: str) -> bool:
    """ISO/IEC 7812: an issuer's first digits, the length that goes with them, and the check digit."""
    length = len(digits)
    issued = (
        (digits[0] == "4" and length in (13, 16, 19))
        or (length == 16 and (51 <= int(digits[:2]) <= 55 or 2221 <= int(digits[:4]) <= 2720))
        or (length == 15 and digits[:2] in ("34", "37"))
        or (length in (16, 19) and (digits[:4] == "6011" or digits[:2] in ("65", "62", "60", "81", "82")))
        or (length == 14 and digits[:2] in ("30", "36", "38"))
        or (length == 16 and 3528 <= int(digits[:4]) <= 3589)
        or (12 <= length <= 19 and digits[:2] in ("50", "56", "57", "58", "67"))
    )
    return issued and _luhn(digits) and len(set(digits)) > 1


def _nhs(digits: str) -> bool:
    check = 11 - sum(int(digit) * (10 - nth) for nth, digit in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10


def _dihedral(i: int, j: int) -> int:
    """The product of two elements of the dihedral group of ten, which Verhoeff's check is made of."""
    if i < 5:
        return (i + j) % 5 if j < 5 else (i + j - 5) % 5 + 5
    return (i - j) % 5 + 5 if j < 5 else (i - j) % 5


_D = [[_dihedral(i, j) for j in range(10)] for i in range(10)]
_P = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
while len(_P) < 8:
    _P.append([_P[-1][_P[1][digit]] for digit in range(10)])


def _aadhaar(digits: str) -> bool:
    """Verhoeff's check."""
    check = 0
    for nth, digit in enumerate(reversed(digits)):
        check = _D[check][_P[nth % 8][int(digit)]]
    return check == 0 and digits[0] not in "01"


def _south_african(digits: str) -> bool:
    return _luhn(digits) and 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31


def _tfn(digits: str) -> bool:
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def _any(digits: str) -> bool:
    return True


def _phone(digits: str) -> bool:
    """UK, Irish and South African numbers open with 0; North American ones are ten digits, neither part below 2."""
    if digits.startswith("0"):
        return 10 <= len(digits) <= 11 and digits[1] != "0"
    return len(digits) == 10 and digits[0] > "1" and digits[3] > "1"


_CARDS = frozenset("card long visa mastercard amex".split())
_CALLING = frozenset(
    "number phone mobile cell call ring dial reach text me her him on at line telephone".split()
)
FORMS: tuple[_Form, ...] = (
    _Form("card", (19, 16, 15, 14, 13), _card),
    _Form("identity", (13,), _south_african, frozenset(("id", "identity"))),
    _Form("identity", (12,), _aadhaar, frozenset(("aadhaar", "aadhar", "adhar", "uid"))),
    _Form("identity", (10,), _nhs, frozenset(("nhs",))),
    _Form("identity", (9,), _tfn, frozenset(("tfn", "tax"))),
    _Form("account", (6,), _any, frozenset(("sort", "code")), 0.85),
    _Form("account", (8, 9, 10, 11, 12), _any, frozenset(("account", "iban")), 0.85),
    _Form("phone", (11, 10), _phone, confidence=0.85),
)


def _read(run: Run, bare: Sequence[str]) -> Iterator[Found]:
    text = run.text
    if text.startswith("+"):
        words = run.words(0, len(text))
        if words and 9 <= len(text) <= 16:
            yield Found("phone", *words, text, 0.95)
        return
    text = text.replace("+", "")
    for form in FORMS:
        for length in form.lengths:
            if found := _fits(run, text, form, length):
                yield found
                return
    # A card inside a longer run, as when an expiry follows at once.
    for start in range(len(text)):
        for length in (19, 16, 15):
            part = text[start : start + length]
            if len(part) == length < len(text) and _card(part) and (words := run.words(start, length)):
                yield Found("card", *words, part, 0.85)
                return


def _fits(run: Run, text: str, form: _Form, length: int) -> Found | None:
    if len(text) != length or not form.holds(text) or (form.cues and not form.cues & set(run.before)):
        return None
    words = run.words(0, length)
    return Found(form.kind, *words, text, form.confidence) if words else None


# --- IBAN and the national insurance number, in which letters are spelled out


def _ibans(bare: Sequence[str]) -> Iterator[Found]:
    at = 0
    while at < len(bare):
        found = _spelled(bare, at)
        if found is None:
            at += 1
            continue
        yield found
        at = found.last + 1


def _spelled(bare: Sequence[str], at: int) -> Found | None:
    text, last, best = "", at - 1, None
    while last + 1 < len(bare) and len(text) < 34:
        part, end = _sign(bare, last + 1, len(text))
        if not part:
            break
        text, last = text + part, end
        if _iban(text) or _national_insurance(text, bare, at) or isin(text):
            best = (text, last)
    if best is None or len(best[0]) < 9:
        return None
    kind = "instrument" if isin(best[0]) else "account" if len(best[0]) > 12 else "identity"
    return Found(kind, at, best[1], best[0], 0.95)


def _sign(bare: Sequence[str], at: int, so_far: int) -> tuple[str, int]:
    """The signs a word stands for. Letters together are a country at the opening or a bank after its check."""
    digit = _digit(bare, at)
    if digit:
        return digit.text, digit.last
    word = re.sub(r"[- .]", "", bare[at]).upper()
    if len(word) == 1 and word.isalpha():
        return word, at
    together = {0: r"[A-Z]{2}", 4: r"[A-Z]{4}"}.get(so_far, r"(?!)")
    if re.fullmatch(r"(?=.*[0-9])[A-Z0-9]+", word) or re.fullmatch(together, word):
        return word, at
    return "", at


def _iban(text: str) -> bool:
    """ISO 13616: two letters, a check of two digits, modulo 97."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def isin(text: str) -> bool:
    """ISO 6166: two letters, nine signs, a check digit by Luhn over letters as numbers."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", text):
        return False
    return _luhn("".join(str(int(sign, 36)) for sign in text))


def _national_insurance(text: str, bare: Sequence[str], at: int) -> bool:
    """It has no check digit, so the words for it must stand before it."""
    cue = {"insurance", "ni"} & set(bare[max(0, at - 6) : at])
    return bool(cue) and re.fullmatch(r"[A-Z]{2}[0-9]{6}[A-D]", text) is not None
