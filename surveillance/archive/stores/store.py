"""What a store promises: put once, read in ranges, lock until a day, hold; nothing leaves before its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from surveillance.core.errors import Broken, Invalid, Missing, Transient


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One object as the store knows it. `sha256` is what it was put under, not what its bytes have now.

    `version` is the store's own number of it, empty where the store has none.
    """

    key: str
    size: int
    sha256: str
    retain_until: datetime
    held: bool
    version: str = ""


class NotStored(Missing):
    """Nothing lies under this key."""


class Locked(Invalid):
    """A retention or a hold stands against it."""

    code = "locked"


class Occupied(Broken):
    """Other bytes lie under this key; put once means once."""


class Altered(Broken):
    """Bytes or lock facts are not what they were when they were sealed."""


class StoreAway(Transient):
    """The store does not answer."""


class Store(Protocol):
    """Where natives lie. Keys are ours, never made of names that came from outside."""

    name: str

    def put(self, key: str, path: Path, *, sha256: str, retain_until: datetime) -> Stored:
        """Store a file under a key, once, locked until a day. The same bytes again may only lock for longer.

        Raises:
            Altered: the file has not this hash. Occupied: other bytes lie there. StoreAway: try again.
        """
        ...

    def stat(self, key: str) -> Stored:
        """What lies under a key. Raises NotStored, Altered, StoreAway."""
        ...

    def exists(self, key: str) -> bool:
        """Does anything lie under this key?"""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins so, in order."""
        ...

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start`, `length` of them or to the end, in pieces. Raises NotStored, StoreAway."""
        ...

    def retain(self, key: str, until: datetime) -> None:
        """Lock for longer. Raises Locked where that would be shorter than now."""
        ...

    def hold(self, key: str, on: bool, *, version: str = "") -> None:
        """Place or release a legal hold, which outlives every retention; `version`, where known, spares a question."""
        ...

    def remove(self, key: str) -> None:
        """Let an object go whose time has come. Raises Locked before that, NotStored."""
        ...
