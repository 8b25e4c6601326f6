"""One turn made ready to be read: its words as heard, and their normal forms with the words they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from search.forms import Piece, fold
from search.tokens import normal, normal_pieces

Phrase = tuple[str, ...]


class Said:
    """The words of one turn; `texts` as heard, `bare` folded without punctuation, `pieces` in normal forms."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [text.strip() for text in texts]
        self.bare = [_bare(text) for text in self.texts]
        self.pieces: list[Piece] = normal_pieces(self.texts)
        self.tokens = [piece.text for piece in self.pieces]

    def token(self, at: int) -> str:
        """A normal form, or "" beyond the turn."""
        return self.tokens[at] if 0 <= at < len(self.tokens) else ""

    def joined(self, first: int, last: int) -> bool:
        """Is there no pause between these pieces?"""
        return not any(piece.breaks for piece in self.pieces[first:last])

    def words(self, first: int, last: int) -> tuple[int, int]:
        """The words that pieces `first` to `last` came from."""
        return self.pieces[first].first, self.pieces[last].last

    def before(self, at: int, reach: int) -> list[str]:
        """Up to `reach` normal forms before a piece."""
        return self.tokens[max(0, at - reach) : at]

    def after(self, at: int, reach: int) -> list[str]:
        return self.tokens[at + 1 : at + 1 + reach]


class Phrases:
    """Many phrases by the value they stand for, found from the longest down."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, str]]] = {}
        for spoken, value in named:
            phrase = normal(spoken)
            if phrase:
                self._by_first.setdefault(phrase[0], []).append((phrase, value))
        for known in self._by_first.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def at(self, said: Said, at: int) -> tuple[int, str] | None:
        """The last piece and the value of the longest phrase that begins at a piece."""
        for phrase, value in self._by_first.get(said.token(at), ()):
            last = at + len(phrase) - 1
            if tuple(said.tokens[at : last + 1]) == phrase and said.joined(at, last):
                return last, value
        return None

    def __iter__(self) -> Iterator[tuple[Phrase, str]]:
        for known in self._by_first.values():
            yield from known


@lru_cache(maxsize=65536)
def _bare(text: str) -> str:
    return fold(text).strip('.,;:!?"()[]{}…–—-').removesuffix("'s")
