"""The drills of this installation, and which of them are to be sent next."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from policies.library import HOME, Drill, DrillFaults, read_drills
from surveillance.core.errors import Broken, Invalid

__all__ = ["Drill", "Wanted", "chosen", "drills", "due"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which drills to send: `names` of policies, with their twins and translations, or of drills; `only` exactly
    these drills; or all; and at most a random `sample` of them."""

    names: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    every: bool = False
    sample: int | None = None


def drills() -> Mapping[str, Drill]:
    """Every drill by its id.

    Raises:
        Broken: the library has faults; all of them are in the message.
    """
    marks = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(HOME.glob("*.toml")))
    try:
        return _read(marks)
    except DrillFaults as faults:
        raise Broken(
            f"The drills do not load: {faults}", cure="Correct them; see policies/README.md."
        ) from faults


@lru_cache(maxsize=2)
def _read(_marks: tuple[tuple[str, int], ...]) -> Mapping[str, Drill]:
    return {drill.id: drill for drill in read_drills()}


def chosen(wanted: Wanted) -> list[Drill]:
    """The drills that are wanted, by id.

    Raises:
        Invalid: a name that is neither a drill nor a policy with one; or nothing was asked for.
    """
    known = drills()
    if not (wanted.names or wanted.only or wanted.every or wanted.sample):
        raise Invalid("No drill is meant.", cure="Say which: policies by name, a sample, or all.")
    named = {drill.id: drill for drill in _named(known, wanted.names)}
    for name in wanted.only:
        if name not in known:
            raise Invalid(f"There is no drill {name}.", cure="Reload the page.")
        named[name] = known[name]
    found = list(named.values()) if wanted.names or wanted.only else list(known.values())
    if wanted.sample is not None and wanted.sample < len(found):
        found = random.SystemRandom().sample(found, wanted.sample)
    return sorted(found, key=lambda drill: drill.id)


def _named(known: Mapping[str, Drill], names: Iterable[str]) -> Iterable[Drill]:
    for name in names:
        of_it = [drill for drill in known.values() if name in (drill.id, drill.policy)]
        if not of_it:
            raise Invalid(f"There is no drill {name}.", cure="See policies/drills, or name a policy.")
        yield from of_it


def due(last: Mapping[str, datetime], *, most: int) -> Sequence[Drill]:
    """The `most` drills that were sent longest ago, those never sent first: so each comes round."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(drills().values(), key=lambda drill: (last.get(drill.id, never), drill.id))[:most]
