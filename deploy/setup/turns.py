"""One set-up at a time: two `make` calls in one checkout take turns."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .faults import say


@contextmanager
def one_at_a_time(lock: Path, what: str) -> Iterator[None]:
    """Holds `lock`; whoever comes second waits, and then finds the work done."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another {what} is at work in this checkout; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
