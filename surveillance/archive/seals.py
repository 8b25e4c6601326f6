"""What the archive knows of a native, as other rooms and doors see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class SealFacts:
    """One sealed native. `outcome` is that of the last check, "" before the first."""

    recording: UUID
    store: str
    key: str
    sha256: str
    size: int
    sealed_at: datetime
    retain_until: datetime
    checked_at: datetime | None
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Download:
    """A native on its way out, byte-identical. Bytes from `start` on, `length` of them."""

    name: str
    sha256: str
    size: int
    start: int
    length: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One native re-hashed. `outcome`: sound, changed, missing, unreadable or weakened."""

    recording: UUID
    name: str
    key: str
    outcome: str
    expected_sha256: str
    found_sha256: str
    size: int

    @property
    def sound(self) -> bool:
        return self.outcome == "sound"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """One walk over the archive. `strays` are keys in the store that no seal knows."""

    checked: int
    bytes: int
    seconds: float
    faults: tuple[Checked, ...]
    strays: tuple[str, ...]
    whole: bool  # every native, rather than a sample

    @property
    def sound(self) -> bool:
        return not self.faults
