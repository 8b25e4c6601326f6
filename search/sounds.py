"""The phonetic key behind `#smith`: words that sound alike in English share one."""

from __future__ import annotations

from functools import lru_cache

from jellyfish import metaphone


@lru_cache(maxsize=65536)
def sound_key(token: str) -> str:
    """Metaphone of a normalised token; a token without one (a number, another script) is its own key."""
    if not token.isascii() or not token.isalpha():
        return token
    return metaphone(token).lower() or token
