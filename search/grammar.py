"""From the text of a query to its tree; what is ambiguous is refused with both readings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from search.atoms import Atom, is_empty_wild, words_of
from search.lexer import Dialect, QueryFault, Sign, signs
from search.query import And, Mention, Near, Not, Only, Or, Phrase, Query, finds_something, is_local

__all__ = ["Dialect", "Groups", "QueryFault", "parse"]

DEEPEST = 40

# By its text, a bracket that was read, and how many stand inside each other in it.
Groups = dict[str, tuple[Query, int]]


def parse(text: str, dialect: Dialect = "dtsearch", groups: Groups | None = None) -> Query:
    """Read a query; raises QueryFault with the place and a cure.

    Who reads many texts of one dialect that share brackets hands the same `groups` to all: each is read once.
    """
    found = signs(text, dialect)
    if not found:
        raise QueryFault("there is nothing to look for", 0, "Write a word or a phrase.")
    query = _Parser(text, found, dialect, {} if groups is None else groups).whole()
    _must_find(query, found[0].start)
    return query


def _must_find(query: Query, position: int) -> None:
    if not finds_something(query):
        raise QueryFault(
            "this only says what must not be there",
            position,
            'Write “something and not this”, or quote words that are said: "not here".',
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Operand:
    """One side of and / or, with the text it was written in."""

    text: str
    start: int
    query: Query | None = None
    only: Sign | None = None
    demand: str = ""  # Lucene's + and -


class _Parser:
    """Recursive descent over signs: and/or above proximity above phrase above word."""

    def __init__(self, text: str, found: list[Sign], dialect: Dialect, groups: Groups) -> None:
        self.text = text
        self.signs = found
        self.dialect = dialect
        self.groups = groups
        self.closes = _closes(found)
        self.at = 0
        self.depth = 0
        self.deepest = 0

    def whole(self) -> Query:
        query = self.logic()
        if self.at < len(self.signs):
            self.refuse("this bracket closes nothing", "Remove it, or open one before it.")
        return query

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.signs[place].kind if place < len(self.signs) else ""

    def take(self) -> Sign:
        self.at += 1
        return self.signs[self.at - 1]

    def here(self) -> int:
        return self.signs[self.at].start if self.at < len(self.signs) else len(self.text)

    def refuse(self, message: str, cure: str) -> NoReturn:
        raise QueryFault(message, self.here(), cure)

    def logic(self) -> Query:
        operands = [self.operand()]
        joins: list[str] = []
        while self.at < len(self.signs) and self.peek() != "close":
            joins.append(self.join())
            operands.append(self.operand())
        if len(set(joins)) > 1:
            _refuse_ambiguous(operands, joins, self.dialect)
        if any(operand.demand for operand in operands):
            return _demanded(operands, joins)
        return _joined(operands, "or" if "or" in joins else "and")

    def join(self) -> str:
        if self.peek() in ("and", "or"):
            return self.take().kind
        if self.peek() == "not":
            return "and" if self.dialect == "lucene" else self.refuse_bare_not()
        if self.dialect == "lucene":
            return "or"
        return self.refuse("an operator is missing here", "Write and, or, w/5 … between the two.")

    def operand(self) -> _Operand:
        start = self.here()
        demand = self.demand() if self.dialect == "lucene" else ""
        only = self.take() if self.peek() == "only" else None
        query: Query | None = None
        if only is None and self.peek() == "not":
            self.take()
            query = Not(self.proximity())
        elif only is None:
            query = self.proximity()
            if is_empty_wild(query):
                raise QueryFault("this matches every word", start, "Write at least one letter beside * or ?.")
        end = self.signs[self.at - 1].end
        return _Operand(text=self.text[start:end], start=start, query=query, only=only, demand=demand)

    def demand(self) -> str:
        sign = self.signs[self.at] if self.at < len(self.signs) else None
        if sign is None or sign.kind != "atom" or sign.text[0] not in "+-":
            return ""
        if len(sign.text) > 1:
            self.signs[self.at] = replace(sign, text=sign.text[1:], start=sign.start + 1)
        elif self.peek(1) in ("quote", "open"):
            self.at += 1
        return sign.text[0]

    def proximity(self) -> Query:
        start = self.here()
        left = self.run()
        while self.peek() == "reach" or (self.peek() == "not" and self.peek(1) == "reach"):
            absent = self.peek() == "not"
            self.at += absent
            sign = self.take()
            right_start = self.here()
            right = self.run()
            self.must_be_local(left, start, sign)
            self.must_be_local(right, right_start, sign)
            left = Near(left, right, sign.reach, sign.ordered, absent)
        return left

    def must_be_local(self, query: Query, position: int, sign: Sign) -> None:
        if not is_local(query):
            raise QueryFault(
                f"“and”, “not”, speaker: and conf stand outside {sign.text}",
                position,
                f"Write each pair: (a {sign.text} c) and (b {sign.text} c).",
            )

    def run(self) -> Query:
        """Words, phrases and brackets side by side, which make a phrase."""
        start = self.here()
        parts: list[Query] = []
        members = 0
        while self.peek() in ("atom", "quote", "open", "mention"):
            parts.extend(self.member())
            members += 1
            if self.dialect == "lucene":
                break
        if not members:
            self.refuse_missing()
        if not parts:
            raise QueryFault("there is no word here", start, "Write letters or digits.")
        if len(parts) == 1:
            return parts[0]
        if any(isinstance(part, Mention) for part in parts):
            raise QueryFault(
                "an operator is missing beside this field", start, "Write and, or, w/5 … between the two."
            )
        if not all(map(is_local, parts)):
            raise QueryFault(
                "an operator is missing beside this bracket", start, "Write and, or, w/5 … between the two."
            )
        return Phrase(tuple(parts))

    def member(self) -> Sequence[Query]:
        if self.peek() == "quote":
            return self.quote()
        if self.peek() == "mention":
            mention = self.take().mention
            assert mention is not None  # noqa: S101 - the lexer gives each of these signs one
            return [mention]
        if self.peek() == "open":
            query = self.group()
            return query.parts if isinstance(query, Phrase) else [query]
        atoms = [self.atom()]
        while self.dialect == "dtsearch" and self.peek() == "atom":
            atoms.append(self.atom())
        return words_of(atoms, self.dialect)

    def atom(self) -> Atom:
        sign = self.take()
        return Atom(sign.text, sign.start)

    def quote(self) -> Sequence[Query]:
        sign = self.take()
        atoms = [Atom(m.group(), sign.start + 1 + m.start()) for m in re.finditer(r"\S+", sign.text)]
        parts = words_of(atoms, self.dialect)
        if not parts:
            raise QueryFault("there is no word in this phrase", sign.start, "Write one between the quotes.")
        if not sign.reach.size:
            return parts
        if len(parts) != 2:
            raise QueryFault("~ after a phrase spreads two words", sign.start, "Write (a w/6 b) w/6 c.")
        return [Near(parts[0], parts[1], sign.reach)]

    def group(self) -> Query:
        opened = self.at
        last = self.closes.get(opened, opened)
        written = self.text[self.signs[opened].start : self.signs[last].end]
        query, depth = self.groups.get(written, (None, 0))
        if query is not None and self.depth + depth <= DEEPEST:
            self.at = last + 1
            self.deepest = max(self.deepest, self.depth + depth)
            return query
        around, self.deepest = self.deepest, self.depth
        query = self._group(self.take())
        self.groups[written] = query, self.deepest - self.depth
        self.deepest = max(around, self.deepest)
        return query

    def _group(self, opened: Sign) -> Query:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        if self.depth > DEEPEST:
            raise QueryFault(
                "brackets stand too deep", opened.start, f"Use at most {DEEPEST} inside each other."
            )
        query = self.logic()
        if self.peek() != "close":
            raise QueryFault("this bracket is never closed", opened.start, "Close it with “)”.")
        self.take()
        self.depth -= 1
        return query

    def refuse_bare_not(self) -> NoReturn:
        """ "do not tell" is said in calls: a rule must not read it as “do”, but nowhere “tell”."""
        position = self.here()
        before = self.text[self.signs[self.at - 1].start : position].strip()
        after = self.text[self.signs[self.at].end :].strip()
        readings = (f'"{before} not {after}"', f"{before} and not {after}")
        raise QueryFault(
            "“not” without “and” could be a spoken word",
            position,
            f"Write {readings[0]} for the words as said — or {readings[1]}.",
            readings,
        )

    def refuse_missing(self) -> NoReturn:
        what = self.signs[self.at].text if self.at < len(self.signs) else ""
        if not what:
            self.refuse("something is missing at the end", "Write what the last operator should find.")
        if what == ")":
            self.refuse("something is missing before this bracket", "Write a word or a phrase.")
        self.refuse(f"something is missing before “{what}”", f'Write a word, or quote it: "{what}".')


def _closes(found: Sequence[Sign]) -> dict[int, int]:
    """By the number of each opening bracket's sign, that of the one that closes it."""
    opened: list[int] = []
    closes: dict[int, int] = {}
    for number, sign in enumerate(found):
        if sign.kind == "open":
            opened.append(number)
        elif sign.kind == "close" and opened:
            closes[opened.pop()] = number
    return closes


def _joined(operands: Sequence[_Operand], kind: str) -> Query:
    """And or Or over operands, inside what speaker: and conf>= allow."""
    limits = [operand.only for operand in operands if operand.only]
    queries = [operand.query for operand in operands if operand.query]
    if limits and (kind == "or" and len(operands) > 1):
        raise QueryFault(
            "speaker: and conf limit what is joined to them by “and”",
            limits[0].start,
            "Write (speaker:smith and this) or that.",
        )
    if limits and not any(map(finds_something, queries)):
        raise QueryFault(
            "this says who or how clear, but not which words",
            limits[0].start,
            "Write speaker:smith and …, or use the person filter beside the query.",
        )
    if kind == "or" and len(queries) > 1:
        for operand in operands:
            if operand.query:
                _must_find(operand.query, operand.start)
    made = Or if kind == "or" else And
    query: Query = queries[0] if len(queries) == 1 else made(tuple(queries))
    for limit in limits:
        query = Only(query, limit.speaker, limit.confidence)
    return query


def _demanded(operands: Sequence[_Operand], joins: Sequence[str]) -> Query:
    """Lucene's + and -: what is demanded, not what is merely welcome."""
    musts = [operand for operand in operands if operand.demand == "+"]
    bans = [replace(o, query=Not(o.query)) for o in operands if o.demand == "-" and o.query]
    others = [operand for operand in operands if not operand.demand]
    if "and" in joins:
        raise QueryFault("+ and - do not mix with AND", operands[0].start, "Use one of the two.")
    if musts or not others:
        return _joined([*musts, *bans], "and")
    found = replace(others[0], query=_joined(others, "or"))
    return _joined([found, *bans], "and")


def _refuse_ambiguous(operands: Sequence[_Operand], joins: Sequence[str], dialect: Dialect) -> NoReturn:
    """ "a and b or c" means two things; a rule that flags people must mean one."""
    readings = (_grouped(operands, joins, "or", dialect), _grouped(operands, joins, "and", dialect))
    at = next(operands[n + 1].start for n in range(1, len(joins)) if joins[n] != joins[0])
    raise QueryFault(
        "“and” and “or” are mixed without brackets",
        at,
        f"Write {readings[0]} — or {readings[1]}.",
        readings,
    )


def _grouped(operands: Sequence[_Operand], joins: Sequence[str], outer: str, dialect: Dialect) -> str:
    inner = "and" if outer == "or" else "or"
    groups: list[list[str]] = [[operands[0].text]]
    for operand, join in zip(operands[1:], joins, strict=True):
        if join == outer:
            groups.append([operand.text])
        else:
            groups[-1].append(operand.text)
    if dialect == "lucene":
        outer, inner = outer.upper(), inner.upper()
    texts = [f"({f' {inner} '.join(group)})" if len(group) > 1 else group[0] for group in groups]
    return f" {outer} ".join(texts)
