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


def sealed_content(recording: UUID, number: int, content: Mapping[str, Any]) -> Any:
    """The JSON of a version as it is stored. Raises Shredded, Broken, Transient."""
    key = new_or_known_key(recording)
    if key is None:
        return dict(content)
    return {"sealed": _sealed(key, recording, json.dumps(content), f"version {number}")}


def sealed_line(recording: UUID, number: int, line: str) -> str:
    """The line of a version's tokens as it is stored. Raises as `sealed_content`."""
    key = new_or_known_key(recording)
    return line if key is None else MARK + _sealed(key, recording, line, f"line {number}")


def content_is_sealed(stored: Any) -> bool:
    """Is it unreadable without its key?"""
    return isinstance(stored, dict) and stored.keys() == {"sealed"}


def opened_content(recording: UUID, number: int, stored: Any) -> dict[str, Any]:
    """The JSON of a version again. Raises Shredded, Broken where it was changed or moved, Transient."""
    if not content_is_sealed(stored):
        return dict(stored)
    told = _opened(keys_of([recording]), recording, stored["sealed"], f"version {number}")
    found: dict[str, Any] = json.loads(told)
    return found


def opened_lines(stored: Iterable[tuple[UUID, int, str]]) -> Iterator[str]:
    """Lines by recording and number of their version, in their order; all their keys are fetched at once."""
    rows = list(stored)
    keys = keys_of({recording for recording, _, line in rows if line.startswith(MARK)})
    for recording, number, line in rows:
        if line.startswith(MARK):
            yield _opened(keys, recording, line.removeprefix(MARK), f"line {number}")
        else:
            yield line


def _sealed(key: bytes, recording: UUID, text: str, place: str) -> str:
    packed = zlib.compress(text.encode(), SWIFT)
    return base64.b64encode(seal_words(key, recording, packed, place=place)).decode("ascii")


def _opened(keys: Mapping[UUID, bytes], recording: UUID, sealed: str, place: str) -> str:
    key = keys.get(recording)
    if key is None:
        raise Broken(
            f"The key of {recording} is not in the database; its words cannot be read.",
            cure="Restore the table of keys from a backup of the database.",
            code="key-gone",
        )
    return zlib.decompress(open_words(key, recording, base64.b64decode(sealed), place=place)).decode()
