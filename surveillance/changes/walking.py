"""One step of a run over the archive: some calls, what the change does to them, and the counts that grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from surveillance.changes.comparing import SAME, Compared, Comparison
from surveillance.detection.tallies import flagged
from surveillance.transcription.lines import Line, lines, transcript_of


@dataclass(frozen=True, kw_only=True)
class Touched:
    """One call that the change makes a difference to."""

    line: Line
    compared: Compared


@dataclass(kw_only=True)
class Counts:
    """Calls and findings so far, before and after; `touched` calls were screened whole by both sets."""

    calls: int = 0
    touched: int = 0
    alerts: list[int] = field(default_factory=lambda: [0, 0])
    gained: int = 0
    lost: int = 0
    altered: int = 0
    # category → [calls before, calls after, findings before, findings after]
    categories: dict[str, list[int]] = field(default_factory=dict)
    # month → [alerts before, alerts after]
    months: dict[str, list[int]] = field(default_factory=dict)
    # What the drills of the changed policies say on either side, once all calls are counted.
    drills: dict[str, Any] = field(default_factory=dict)

    def add(self, line: Line, before: Mapping[str, int], after: Mapping[str, int], effect: str) -> None:
        """Count one call, by the findings in it on either side."""
        self.calls += 1
        month = self.months.setdefault(line.started_at.strftime("%Y-%m"), [0, 0])
        for side, found in enumerate((before, after)):
            if found:
                self.alerts[side] += 1
                month[side] += 1
            for category, findings in found.items():
                row = self.categories.setdefault(category, [0, 0, 0, 0])
                row[side] += 1
                row[2 + side] += findings
        if effect != SAME:
            setattr(self, effect, getattr(self, effect) + 1)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Counts:
        return cls(**told)


def step(comparison: Comparison, versions: Sequence[int], counts: Counts) -> list[Touched]:
    """Walk over some calls, add them to the counts, and return those with a difference.

    Calls that the change does not touch are counted as their newest screening found them; the others are
    screened by both sets.
    """
    told = {line.version: line for line in lines(versions)}
    known = flagged(line.recording for line in told.values())
    found: list[Touched] = []
    for version in versions:
        line = told.get(version)
        if line is None:
            continue
        compared = _compared(comparison, line)
        if compared is None:
            now = known.get(line.recording, {})
            counts.add(line, now, now, SAME)
            continue
        counts.touched += 1
        counts.add(line, _by_category(compared.before), _by_category(compared.after), compared.effect)
        if compared.effect != SAME:
            found.append(Touched(line=line, compared=compared))
    return found


def _compared(comparison: Comparison, line: Line) -> Compared | None:
    """What the change does to a call; None where it cannot do anything."""
    if comparison.needs_whole:
        return comparison.compare(transcript_of(line.version)) if comparison.policies else None
    if not comparison.touches_line(line.line):
        return None
    return comparison.compare(transcript_of(line.version))


def _by_category(findings: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.category] = counts.get(finding.category, 0) + 1
    return counts


def recordings(found: Sequence[Touched]) -> list[UUID]:
    """The recordings of the calls that differ."""
    return [one.line.recording for one in found]
