"""The directory of this house: whom its recorders know, and the counterparties an administrator wrote down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from detectors.entities.directory import Directory, DirectoryUnreadable, Entry, read_counterparties
from surveillance.capture.selectors import known_parties
from surveillance.core.errors import Transient


def house_directory() -> Directory:
    """People and their lines from the parties of calls; houses from `EARSHOT_COUNTERPARTIES` and from employers.

    Raises:
        Transient: the counterparties cannot be read; all their faults are in the message.
    """
    houses = _counterparties()
    people: dict[str, Entry] = {}
    named = {entry.name.casefold() for entry in houses}
    employers: dict[str, Entry] = {}
    for party in known_parties():
        if party.employer and party.employer.casefold() not in named:
            employers[party.employer] = Entry(
                id=f"house:{party.employer}", kind="organisation", name=party.employer
            )
        if party.person:
            known = people.get(party.person)
            lines = sorted({*(known.lines if known else ()), *filter(None, (party.number, party.line))})
            people[party.person] = Entry(
                id=f"person:{party.person}", kind="person", name=party.person, lines=tuple(lines)
            )
    entries = [*houses, *employers.values(), *people.values()]
    return Directory(entries=tuple(sorted(entries, key=lambda entry: entry.id)))


def digest(directory: Directory) -> str:
    """SHA-256 over every entry: by which directory a name was linked."""
    told = json.dumps([asdict(entry) for entry in directory.entries], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _counterparties() -> tuple[Entry, ...]:
    path: Path = settings.EARSHOT.counterparties
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, DirectoryUnreadable) as fault:
        raise Transient(
            f"The counterparties cannot be read: {fault}", cure="Mend the file of EARSHOT_COUNTERPARTIES."
        ) from fault


@lru_cache(maxsize=2)
def _read(path: Path, _as_of: int) -> tuple[Entry, ...]:
    return read_counterparties(path)
