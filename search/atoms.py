"""The words of a query: plain ones through the normaliser, and those with `*`, `?`, `~`, `%` or `#`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from search.forms import LONGEST_TOKEN, fold
from search.lexer import Dialect, QueryFault
from search.query import Fuzzy, Query, Wild, Word
from search.sounds import sound_key
from search.tokens import normal, stem

MOST_ERRORS = 3

_WILD_PART = re.compile(r"[^\W_]*(?:[*?.]*[^\W_]*)*\Z")
_FUZZY_LUCENE = re.compile(r"([^\W_]+)~([0-9]*)\Z")


class Atom(NamedTuple):
    """A piece of a query between spaces and where it stands."""

    text: str
    position: int


def words_of(atoms: Sequence[Atom], dialect: Dialect) -> list[Query]:
    """The parts that atoms in a row stand for; plain neighbours are normalised together ("five oh")."""
    parts: list[Query] = []
    plain: list[str] = []
    for atom in atoms:
        special = _special(atom, dialect)
        if special is None:
            plain.append(atom.text)
            continue
        parts.extend(Word(token) for token in normal(" ".join(plain)))
        plain = []
        parts.extend(special)
    parts.extend(Word(token) for token in normal(" ".join(plain)))
    return parts


def is_empty_wild(query: Query) -> bool:
    """Whether it matches any word at all, which is worth asking only between other words."""
    return isinstance(query, Wild) and not any(letter.isalnum() for letter in query.pattern)


def _special(atom: Atom, dialect: Dialect) -> list[Query] | None:
    readers: tuple[Callable[[Atom], list[Query] | None], ...]
    readers = (_lucene,) if dialect == "lucene" else (_foreign, _stem, _sound, _fuzzy)
    for reader in readers:
        parts = reader(atom)
        if parts is not None:
            return parts
    return _wild(atom) if "*" in atom.text or "?" in atom.text else None


def _foreign(atom: Atom) -> None:
    """dtSearch signs that speech has no use for are refused rather than read as something else."""
    if atom.text.isalpha() and atom.text[0] not in "xX":  # an ordinary word, as nearly all are
        return
    cures = {
        r".*\w~~\w.*": ("a range of numbers is not searched for", "Name the numbers: (12 or 13 or 14)."),
        r"\w+&$": ("synonyms are not searched for", "Name them: (fast or quick or rapid)."),
        r"\w*=\w*$": ("“=” for one digit is not known", "Write ? for any one letter or digit."),
        r"x(?:first|last)word$": ("there is no first or last word in speech", "Leave it out."),
        r"\w+:[0-9]+$": (
            "a word has no weight here",
            "Leave the number out; hits are told by date or by count.",
        ),
    }
    for pattern, (message, cure) in cures.items():
        if re.match(pattern, atom.text, re.IGNORECASE) and not re.match(r"[0-9]+:", atom.text):
            raise QueryFault(message, atom.position, cure)


def _stem(atom: Atom) -> list[Query] | None:
    if "~" not in atom.text:
        return None
    said = atom.text.rstrip(".,;!").removesuffix("~")
    if "~" in said or not said:
        raise QueryFault(
            "“~” stands at the end of a word", atom.position, "Write apply~ for every form of apply."
        )
    return [Word(stem(token), "stems", token) for token in _tokens(said, atom)]


def _sound(atom: Atom) -> list[Query] | None:
    if not atom.text.startswith("#"):
        return None
    return [Word(sound_key(token), "sounds", token) for token in _tokens(atom.text[1:], atom)]


def _fuzzy(atom: Atom) -> list[Query] | None:
    bare = atom.text.rstrip(".,;!")
    if "%" not in bare or not re.search(r"[^\W\d_]", bare):
        return None
    return [_edited(fold(bare.replace("%", "")), bare.count("%"), bare.index("%"), atom)]


def _lucene(atom: Atom) -> list[Query] | None:
    if re.search(r"[\^\[\]{}]|^/", atom.text):
        raise QueryFault(
            "weights, ranges and patterns are not known", atom.position, "Write the words themselves."
        )
    if "~" not in atom.text:
        return None
    fuzzy = _FUZZY_LUCENE.match(atom.text)
    if not fuzzy:
        raise QueryFault("“~” stands at the end of a word", atom.position, "Write banana~1.")
    return [_edited(fold(fuzzy[1]), int(fuzzy[2] or 2), 0, atom)]


def _edited(token: str, errors: int, fixed: int, atom: Atom) -> Fuzzy:
    if not re.fullmatch(r"[^\W_]+", token) or not 1 <= errors <= min(MOST_ERRORS, len(token) - 1):
        raise QueryFault(
            f"a fuzzy word has 1 to {MOST_ERRORS} errors, fewer than its letters",
            atom.position,
            "Write ba%nana, or banana~1 in the Lucene dialect.",
        )
    return Fuzzy(token[:LONGEST_TOKEN], errors, fixed)


def _wild(atom: Atom) -> list[Query]:
    parts: list[Query] = []
    for text in fold(atom.text.rstrip(".,;:!")).split("-"):
        if "*" not in text and "?" not in text:
            parts.extend(Word(token) for token in normal(text))
        elif _WILD_PART.match(text):
            parts.append(Wild(re.sub(r"\*+", "*", text)))
        else:
            raise QueryFault(
                "a wildcard word is made of letters, digits, * and ?", atom.position, "Leave other signs out."
            )
    return parts


def _tokens(text: str, atom: Atom) -> tuple[str, ...]:
    tokens = normal(text)
    if not tokens or "*" in text or "?" in text:
        raise QueryFault("a word is missing here", atom.position, "Write the whole word beside its sign.")
    return tokens
