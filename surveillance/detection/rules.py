"""The policies in force in this process: loaded once, loaded again when a file of theirs changes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from detectors.screen import Screener
from django.conf import settings

from policies.loader import PolicyFaults, load
from surveillance.core.errors import Broken


def screener() -> Screener:
    """The screener over `EARSHOT_POLICIES`.

    Raises:
        Broken: the policies have faults; all of them are in the message.
    """
    folder: Path = settings.EARSHOT.policies
    newest = max((path.stat().st_mtime_ns for path in folder.rglob("*.toml")), default=0)
    return _loaded(folder, newest)


@lru_cache(maxsize=2)
def _loaded(folder: Path, newest: int) -> Screener:
    try:
        return Screener(load(folder))
    except PolicyFaults as faults:
        raise Broken(f"The policies do not load: {faults}", cure="Run manage.py check_policies.") from faults
