"""Reading sealed bytes and holding them against their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Altered, NotStored, Store

CURE = "Do not rely on it. Restore it from a replica, and find out what changed it: run verify_archive."


def found_sha256(keeper: Store, key: str) -> tuple[str, int]:
    """Hash and length of what lies under a key, read to its end. Raises NotStored, StoreAway."""
    digest, size = hashlib.sha256(), 0
    for chunk in keeper.read(key):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


@contextmanager
def proven(key: str, sha256: str) -> Iterator[Path]:
    """The object as a local file whose bytes were just held against their seal.

    Raises:
        Altered: they are not what was sealed, or are gone. StoreAway.
    """
    with _never_missing(key), store().local(key, settings.EARSHOT.cache / "natives") as path:
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
                raise Altered(f"The bytes of {key} are not those that were sealed.", cure=CURE)
        yield path


def sealed_bytes(key: str, *, start: int, length: int) -> Iterator[bytes]:
    """A range of a sealed object. Raises Altered where it is gone; StoreAway."""
    with _never_missing(key):
        yield from store().read(key, start=start, length=length)


@contextmanager
def _never_missing(key: str) -> Iterator[None]:
    """What was sealed and is not there is no mistake of whoever asks for it: it was lost."""
    try:
        yield
    except NotStored as fault:
        raise Altered(f"The bytes of {key} were sealed and are gone.", cure=CURE) from fault
