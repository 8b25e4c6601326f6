"""The policies in force in this process: loaded once, loaded again when a file of theirs changes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from detectors.screen import Screener
from policies.loader import load
from policies.schema import PolicyFaults
from surveillance.core.errors import Transient


def screener() -> Screener:
    """The screener over `EARSHOT_POLICIES`.

    Raises:
        Transient: the policies have faults; all of them are in the message.
    """
    folder: Path = settings.EARSHOT.policies
    return _loaded(folder, tuple(sorted(_marks(folder))))


def _marks(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    """What changes when any file does, also for one that is put back with an older date."""
    for path in folder.rglob("*.toml"):
        found = path.stat()
        yield str(path), found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=2)
def _loaded(folder: Path, _as_of: tuple[tuple[str, int, int, int], ...]) -> Screener:
    try:
        return Screener(load(folder))
    except PolicyFaults as faults:
        # Someone is at work on them: what arrives meanwhile waits, and goes on by itself once they load.
        raise Transient(
            f"The policies do not load: {faults}", cure="Run manage.py check_policies."
        ) from faults
