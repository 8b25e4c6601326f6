"""Parting the calls of a span into strata, and how many are drawn of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from detectors.elusion import Layer, bound, neyman, proportional
from surveillance.core.errors import Invalid
from surveillance.detection.unflagged import ScreenedCall

# What a stratum may be made of beside its desk, which walls need in any case.
DIMENSIONS: Mapping[str, str] = {"month": "month", "length": "length of the call"}
ALLOCATIONS: Mapping[str, str] = {
    "proportional": "Proportional: every call with the same chance",
    "neyman": "Neyman: more of the strata where alerts are frequent",
}
BANDS = ((60.0, "under 1 min"), (300.0, "1 to 5 min"), (float("inf"), "over 5 min"))
# Where a stratum raised no alert, so much is taken to be missed there; Neyman's sizes need a guess above nought.
LEAST_EXPECTED = 0.01
MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be drawn: calls begun in [since, until) on some desks (none named: all in reach)."""

    since: datetime
    until: datetime
    desks: tuple[str, ...] = ()
    by: tuple[str, ...] = ("month", "length")
    allocation: str = "proportional"
    size: int = 300
    planted: int = 0

    def check(self) -> None:
        """Raises:
        Invalid: it cannot be drawn so.
        """
        if self.since >= self.until:
            raise Invalid("The span ends before it begins.", cure="Choose a later end.")
        if not 1 <= self.size <= MOST:
            raise Invalid(f"Draw between 1 and {MOST} calls.", cure="Choose another number.")
        if self.allocation not in ALLOCATIONS or not set(self.by) <= DIMENSIONS.keys():
            raise Invalid(
                "The sample cannot be laid out like this.", cure="Choose from what the page offers."
            )
        if not 0 <= self.planted <= 200:
            raise Invalid("Mix in between 0 and 200 known positives.", cure="Choose another number.")


@dataclass(kw_only=True)
class Part:
    """A stratum to be: its calls without an alert, the number of those with one, and how many are drawn."""

    key: str
    name: str
    desk: str
    calls: list[UUID] = field(default_factory=list)
    flagged: int = 0
    size: int = 0

    @property
    def population(self) -> int:
        return len(self.calls)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be drawn, and the bound it would give if nothing was found."""

    parts: Sequence[Part]
    unscreened: int

    @property
    def population(self) -> int:
        return sum(part.population for part in self.parts)

    @property
    def flagged(self) -> int:
        return sum(part.flagged for part in self.parts)

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def if_clean(self) -> float:
        """At most this share was missed, at 95 %, if all that is drawn is heard and nothing is found."""
        layers = [Layer(population=part.population, drawn=part.size) for part in self.parts]
        return bound(layers).at_most if self.population else 1.0


def parted(calls: Iterable[ScreenedCall], by: Sequence[str]) -> list[Part]:
    """The strata that hold a call without an alert, by key."""
    parts: dict[str, Part] = {}
    for one in calls:
        key, name = _key(one, by)
        part = parts.setdefault(key, Part(key=key, name=name, desk=one.desk))
        if one.flagged:
            part.flagged += 1
        else:
            part.calls.append(one.recording)
    return [parts[key] for key in sorted(parts)]


def allotted(parts: Sequence[Part], wanted: Wanted) -> None:
    """Set how many are drawn of each stratum."""
    populations = [part.population for part in parts]
    if wanted.allocation == "neyman":
        expected = [
            max(LEAST_EXPECTED, min(0.5, part.flagged / max(1, part.flagged + part.population)))
            for part in parts
        ]
        sizes = neyman(populations, expected, wanted.size)
    else:
        sizes = proportional(populations, wanted.size)
    for part, size in zip(parts, sizes, strict=True):
        part.size = size


def _key(one: ScreenedCall, by: Sequence[str]) -> tuple[str, str]:
    keys, names = [one.desk], [one.desk_name]
    if "month" in by:
        keys.append(f"{one.started_at:%Y-%m}")
        names.append(f"{one.started_at:%B %Y}")
    if "length" in by:
        nth, name = next((nth, name) for nth, (most, name) in enumerate(BANDS) if one.duration < most)
        keys.append(f"length-{nth}")
        names.append(name)
    return "/".join(keys), " · ".join(names)
