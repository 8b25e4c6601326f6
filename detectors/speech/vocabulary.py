"""The words of the trade that a recogniser is told to expect."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).with_name("vocabulary.txt")


@lru_cache(maxsize=4)
def vocabulary(path: Path = HERE) -> tuple[str, ...]:
    """One expression a line; blank lines and lines that begin with # are not words.

    Raises:
        OSError: the file cannot be read.
    """
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
