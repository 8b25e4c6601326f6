"""What a policy may write beside the query language: `@private_app` for a list, `anyorder(…)` for three cues.

Both are written out before the query is parsed, so that a policy is a query like any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from policies.schema import Fault

_NAME = re.compile(r"@([a-z][a-z0-9_]*)")
_OPERATOR = re.compile(r'["()@]|\b(?:w|pre)/\d', re.IGNORECASE)
_REACH = re.compile(r"w/\d+", re.IGNORECASE)
_ANY_ORDER = "anyorder("
_CONNECTOR = re.compile(r"\b(?:and|or|not)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class WordList:
    """One list: what it is for, and its entries (single words, phrases, or small queries)."""

    name: str
    about: str
    words: tuple[str, ...]


class NotWritable(Exception):
    """A query names a list that no file holds, or an `anyorder(…)` that is not three cues."""


def read_lists(texts: Mapping[str, str]) -> tuple[dict[str, WordList], list[Fault]]:
    """All lists in TOML texts (file → text), and every fault found in them. Each table is one list."""
    lists: dict[str, WordList] = {}
    faults: list[Fault] = []
    for file, text in sorted(texts.items()):
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(Fault(file=file, place="file", problem=f"is not TOML: {error}"))
            continue
        for name, table in tables.items():
            problem = _problem(name, table, lists)
            if problem:
                faults.append(Fault(file=file, place=name, problem=problem))
            else:
                lists[name] = WordList(name=name, about=table["about"], words=tuple(table["words"]))
    return lists, faults


def _problem(name: str, table: object, known: Mapping[str, WordList]) -> str | None:
    if name in known:
        return "a list of this name stands in another file; rename one"
    if not isinstance(table, dict) or set(table) != {"about", "words"}:
        return 'a list is a table with exactly `about = "…"` and `words = […]`'
    words = table["words"]
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        return "`words` must be a list of at least one text"
    if len(set(words)) != len(words):
        return f"says twice: {', '.join(sorted({word for word in words if words.count(word) > 1}))}"
    return None


def write_out(query: str, lists: Mapping[str, WordList]) -> str:
    """The query in the query language alone; raises NotWritable."""
    return _in_any_order(" ".join(expand(query, lists).split()))


def expand(query: str, lists: Mapping[str, WordList], within: tuple[str, ...] = ()) -> str:
    """The query with every `@name` written out as `(one or "two words" or …)`."""

    def written_out(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in within:
            raise NotWritable(f"@{name} contains itself")
        if name not in lists:
            raise NotWritable(f"there is no list @{name}; known are {', '.join(sorted(lists)) or 'none'}")
        entries = (_entry(word, lists, (*within, name)) for word in lists[name].words)
        return "(" + " or ".join(entries) + ")"

    return _NAME.sub(written_out, query)


def _entry(word: str, lists: Mapping[str, WordList], within: tuple[str, ...]) -> str:
    if _OPERATOR.search(word):
        return f"({expand(word, lists, within)})"
    # "between you and me" is a phrase, not a query: quoted, its `and` is a word.
    return f'"{word}"' if " " in word or _CONNECTOR.search(word) else word


def _in_any_order(query: str) -> str:
    """`anyorder(a w/8 b w/20 c)` finds c between a and b too, where `a w/8 b w/20 c` looks only outside."""
    while (at := query.find(_ANY_ORDER)) >= 0:
        inner, after = _bracketed(query, at + len(_ANY_ORDER))
        one, two, three, near, far = _three_cues(inner)
        both = f"(({one} {near} {two}) {far} {three}) or (({one} {near} {three}) {near} {two})"
        query = f"{query[:at]}({both}){query[after:]}"
    return query


def _bracketed(query: str, start: int) -> tuple[str, int]:
    """The text up to the bracket that closes one opened before `start`, and the place after it."""
    depth, quoted = 1, False
    for at in range(start, len(query)):
        quoted ^= query[at] == '"'
        if not quoted:
            depth += (query[at] == "(") - (query[at] == ")")
        if depth == 0:
            return query[start:at], at + 1
    raise NotWritable("anyorder( is never closed")


def _three_cues(text: str) -> tuple[str, str, str, str, str]:
    parts: list[str] = [""]
    depth, quoted = 0, False
    for piece in re.split(r'(["() ])', text):
        quoted ^= piece == '"'
        depth += 0 if quoted else (piece == "(") - (piece == ")")
        if depth == 0 and not quoted and _REACH.fullmatch(piece):
            parts += [piece, ""]
        else:
            parts[-1] += piece
    if len(parts) != 5:
        raise NotWritable("anyorder(…) holds three cues: anyorder(a w/8 b w/20 c)")
    one, near, two, far, three = (part.strip() for part in parts)
    return one, two, three, near, far
