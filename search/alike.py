"""Which words of a vocabulary a wildcard or fuzzy word stands for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from jellyfish import levenshtein_distance

from search.query import Fuzzy, Wild
from search.tokens import TURN_MARK


def certain_start(query: Wild | Fuzzy) -> str:
    """The letters every word it stands for begins with."""
    if isinstance(query, Fuzzy):
        return query.token[: query.fixed]
    return re.split(r"[*?]", query.pattern, maxsplit=1)[0]


def is_prefix(query: Wild | Fuzzy) -> bool:
    """Whether it is `front*`, which every index can answer by itself."""
    return isinstance(query, Wild) and query.pattern == certain_start(query) + "*" and len(query.pattern) > 1


def is_alike(query: Wild | Fuzzy, token: str) -> bool:
    if token == TURN_MARK:
        return False
    if isinstance(query, Wild):
        return _pattern(query.pattern).match(token) is not None
    if abs(len(token) - len(query.token)) > query.errors or not token.startswith(certain_start(query)):
        return False
    return int(levenshtein_distance(token, query.token)) <= query.errors


def words_alike(query: Wild | Fuzzy, vocabulary: Sequence[str]) -> list[str]:
    """All it stands for in a sorted vocabulary."""
    start = certain_start(query)
    if not start:
        return [token for token in vocabulary if is_alike(query, token)]
    found = []
    for nth in range(bisect_left(vocabulary, start), len(vocabulary)):
        if not vocabulary[nth].startswith(start):
            break
        if is_alike(query, vocabulary[nth]):
            found.append(vocabulary[nth])
    return found


@lru_cache(maxsize=16384)
def _pattern(pattern: str) -> re.Pattern[str]:
    made = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(made + r"\Z", re.DOTALL)
