"""From the acts of a day and the numbers of the days before to what is reported; no database, so it can be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveillance.oversight.acts import Act, Found, World
from surveillance.oversight.baselines import unusual, usual_range
from surveillance.oversight.patterns import PATTERNS, Pattern

LONGEST = max(pattern.days for pattern in PATTERNS)
SHOWN = 200  # entries kept with a report


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One pattern found in one person's day."""

    pattern: Pattern
    actor: str
    value: int
    low: int
    high: int
    about: str
    evidence: tuple[int, ...]

    @property
    def words(self) -> str:
        """As the second line reads it."""
        window = "in a day" if self.pattern.days == 1 else f"in {self.pattern.days} days"
        about = f" about {self.about}" if self.about else ""
        beside = "" if self.pattern.alone else f"; peers {self.low}–{self.high}"
        return f"{self.value} {self.pattern.unit} {window}{about}{beside}"


def counted(acts: Mapping[int, Sequence[Act]], world: World) -> dict[str, Found]:
    """What each pattern counts in one person's acts; `acts` by how many days back they reach."""
    return {
        pattern.id: pattern.count(
            [act for act in acts[pattern.days] if not pattern.actions or act.action in pattern.actions], world
        )
        for pattern in PATTERNS
    }


def judged(
    actor: str,
    found: Mapping[str, Found],
    *,
    own: Mapping[str, Sequence[int]],
    peers: Mapping[str, Sequence[int]],
) -> list[Judged]:
    """Which of it is reported."""
    told = []
    for pattern in PATTERNS:
        one = found[pattern.id]
        mine, theirs = own.get(pattern.id, ()), peers.get(pattern.id, ())
        seen = (
            one.value >= pattern.least
            if pattern.alone
            else unusual(one.value, own=mine, peers=theirs, least=pattern.least)
        )
        if seen:
            low, high = usual_range(theirs or mine)
            told.append(
                Judged(
                    pattern=pattern,
                    actor=actor,
                    value=one.value,
                    low=low,
                    high=high,
                    about=one.about,
                    evidence=tuple(one.evidence[:SHOWN]),
                )
            )
    return told
