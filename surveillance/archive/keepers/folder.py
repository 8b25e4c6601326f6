"""Key-encryption keys in a folder: a file each, mode 0600, the first made at first need."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from surveillance.archive.keepers.keeper import KEY_BYTES, LocalKeeper
from surveillance.core.errors import Broken
from surveillance.core.keys import kept_key

NAMES = re.compile(r"kek-(\d{4})-[0-9a-f]{8}")


class FolderKeeper(LocalKeeper):
    """Keys `kek-0001-…`, `kek-0002-…` in a folder of their own; the highest number is the current one.

    A name ends with the beginning of the key's hash: a key that went missing is missed, and never taken for a newer.
    """

    name = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, bytes] = {}

    def keys(self) -> Mapping[str, bytes]:
        names = self._names() or [self._made(1)]
        self._known = {name: self._known.get(name) or self._read(name) for name in names}
        return self._known

    def renew(self) -> str:
        names = self._names()
        return self._made(int(names[-1][4:8]) + 1 if names else 1)

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("kek-*") if NAMES.fullmatch(path.name))

    def _made(self, number: int) -> str:
        key = secrets.token_bytes(KEY_BYTES)
        name = f"kek-{number:04d}-{_fingerprint(key)}"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept_key(self._folder / name, lambda: key)
        return name

    def _read(self, name: str) -> bytes:
        content = (self._folder / name).read_bytes()
        if len(content) != KEY_BYTES or not name.endswith(_fingerprint(content)):
            raise Broken(f"The key file {name} was changed.", cure="Bring it back from its copy.")
        return content


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:8]
