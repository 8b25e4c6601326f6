"""The words as they lie in the database: sealed under the key of their recording, read in one way only.

What was written before there was encryption, or without it, stays readable; `manage.py encrypt_words` seals it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from surveillance.archive.envelope import open_words, seal_words
from surveillance.archive.keys import keys_of, new_or_known_key
from surveillance.core.errors import Broken

MARK = "\u00a7sealed:"  # no word begins so; the query language knows no such sign
SWIFT = 1  # zlib: ciphertext does not shrink, so what is sealed is packed before


def sealed_content(recording: UUID, content: Mapping[str, Any]) -> Any:
    """A transcript's JSON as it is stored. Raises Shredded, Broken, Transient."""
    key = new_or_known_key(recording)
    return dict(content) if key is None else {"sealed": _sealed(key, recording, json.dumps(content))}


def sealed_line(recording: UUID, line: str) -> str:
    """A line of tokens as it is stored. Raises as `sealed_content`."""
    key = new_or_known_key(recording)
    return line if key is None else MARK + _sealed(key, recording, line)


def content_is_sealed(stored: Any) -> bool:
    """Is it unreadable without its key?"""
    return isinstance(stored, dict) and stored.keys() == {"sealed"}


def opened_content(recording: UUID, stored: Any) -> dict[str, Any]:
    """A transcript's JSON again. Raises Shredded, Broken where it was changed, Transient."""
    if not content_is_sealed(stored):
        return dict(stored)
    found: dict[str, Any] = json.loads(_opened(keys_of([recording]), recording, stored["sealed"]))
    return found


def opened_lines(stored: Iterable[tuple[UUID, str]]) -> Iterator[str]:
    """Lines of tokens again, in their order; the keys of all of them are fetched at once."""
    rows = list(stored)
    keys = keys_of({recording for recording, line in rows if line.startswith(MARK)})
    for recording, line in rows:
        yield _opened(keys, recording, line.removeprefix(MARK)) if line.startswith(MARK) else line


def _sealed(key: bytes, recording: UUID, text: str) -> str:
    packed = zlib.compress(text.encode(), SWIFT)
    return base64.b64encode(seal_words(key, recording, packed)).decode("ascii")


def _opened(keys: Mapping[UUID, bytes], recording: UUID, sealed: str) -> str:
    key = keys.get(recording)
    if key is None:
        raise Broken(
            f"The key of {recording} is not in the database; its words cannot be read.",
            cure="Restore the table of keys from a backup of the database.",
            code="key-gone",
        )
    return zlib.decompress(open_words(key, recording, base64.b64decode(sealed))).decode()
