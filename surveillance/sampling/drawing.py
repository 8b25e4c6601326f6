"""How a sample is drawn: a documented algorithm over a seed and a frozen frame; anyone can do it again.

1. The frame of a stratum is the ids of its calls (UUID, hex, 32 digits), ascending, written one after the other.
2. frame_sha256 = SHA-256 of the lines "key:frame", by key, joined by line feeds, UTF-8.
3. The ticket of a call = SHA-256 of "seed:frame_sha256:id", in hex.
4. Of each stratum the n calls with the smallest tickets are drawn; of the pool of known positives likewise.
5. All that was drawn is heard in the order of SHA-256 of "order:ticket".
SHA-256 of a seed nobody chose is as good as uniform, and needs no library whose generator may change.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

ID = 32  # hex digits


def new_seed() -> str:
    """128 bits that nobody chose."""
    return secrets.token_hex(16)


def frame_of(recordings: Iterable[UUID]) -> str:
    """The ids of a stratum as they are kept."""
    return "".join(sorted(recording.hex for recording in recordings))


def ids_in(frame: str) -> list[UUID]:
    """The recordings of a frame that was kept, in its order."""
    return [UUID(frame[at : at + ID]) for at in range(0, len(frame), ID)]


def frame_sha256(frames: Mapping[str, str]) -> str:
    """The hash of the whole frame, by key of the stratum."""
    told = "\n".join(f"{key}:{frames[key]}" for key in sorted(frames))
    return hashlib.sha256(told.encode()).hexdigest()


def ticket(seed: str, frame_hash: str, recording: UUID) -> str:
    """What decides whether a call is drawn."""
    return hashlib.sha256(f"{seed}:{frame_hash}:{recording.hex}".encode()).hexdigest()


def drawn(recordings: Iterable[UUID], size: int, *, seed: str, frame_hash: str) -> list[UUID]:
    """The `size` calls with the smallest tickets."""
    return sorted(recordings, key=lambda one: ticket(seed, frame_hash, one))[:size]


def in_order(recordings: Sequence[UUID], *, seed: str, frame_hash: str) -> list[UUID]:
    """The order in which what was drawn is heard: known positives stand anywhere in it."""

    def key(recording: UUID) -> str:
        return hashlib.sha256(f"order:{ticket(seed, frame_hash, recording)}".encode()).hexdigest()

    return sorted(recordings, key=key)


def turn_of(reviewer: str, item: UUID) -> str:
    """Where a call stands for one reviewer: an order of each person's own, so that two seldom meet on one call.

    It knows nothing of the calls, so what was heard so far is a random part of what was drawn.
    """
    return hashlib.sha256(f"{reviewer}:{item.hex}".encode()).hexdigest()
