"""Texts as the encoder's tokens, and the bounds that all parts of the encoder share."""

from __future__ import annotations

from typing import Final

from tokenizers import Tokenizer

LONGEST: Final = 160
PAD: Final = 1
# Numbers of a vector.
SIZE: Final = 768


class Tokens:
    """The packaged tokenizer, with our own bounds."""

    def __init__(self, tokenizer: bytes) -> None:
        self._tokens = Tokenizer.from_buffer(tokenizer)
        self._tokens.no_padding()
        self._tokens.enable_truncation(LONGEST, strategy="only_first")

    def ids(self, before: str, text: str) -> list[int]:
        """A text with what was said before it; only the latter is cut where both are too long."""
        if before and len(text.split()) < LONGEST // 2:
            return list(self._tokens.encode(before, text).ids)
        return list(self._tokens.encode(text).ids)
