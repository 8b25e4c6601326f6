"""Before and after as pictures: bars by category, columns by month; geometry only, drawn by the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.schema import CATEGORIES
from surveillance.changes.drills import DrillRecall
from surveillance.changes.walking import Counts
from surveillance.web.dates import month_name

WIDTH, HEIGHT = 600, 150  # units of the drawing, not pixels
FLOOR = 128  # where the columns stand; the months' names are below
MOST_MONTHS = 24


@dataclass(frozen=True, kw_only=True)
class PairOfBars:
    """One category: calls flagged for it before and after, as shares of a hundred units, and the figures."""

    category: str
    before: int
    after: int
    findings_before: int
    findings_after: int
    before_width: float
    after_width: float

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class PairOfColumns:
    """One month: alerts before and after, in units of the drawing."""

    name: str
    label: str
    before: int
    after: int
    x: float
    width: float
    before_height: float
    after_height: float

    @property
    def before_y(self) -> float:
        return FLOOR - self.before_height

    @property
    def after_y(self) -> float:
        return FLOOR - self.after_height

    @property
    def after_x(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.x + self.width


@dataclass(frozen=True, kw_only=True)
class RecallBar:
    """Recall on one side: of a hundred units, the point and its interval."""

    label: str
    count: int
    total: int
    value: float
    low: float
    reach: float


def by_category(counts: Counts) -> list[PairOfBars]:
    """Every category flagged on either side, the greatest difference first."""
    most = max((max(row[0], row[1]) for row in counts.categories.values()), default=0) or 1
    pairs = [
        PairOfBars(
            category=category,
            before=row[0],
            after=row[1],
            findings_before=row[2],
            findings_after=row[3],
            before_width=round(100 * row[0] / most, 1),
            after_width=round(100 * row[1] / most, 1),
        )
        for category, row in counts.categories.items()
        if category in CATEGORIES
    ]
    return sorted(pairs, key=lambda pair: (-abs(pair.difference), -pair.after, pair.category))


def by_month(months: Mapping[str, Sequence[int]]) -> list[PairOfColumns]:
    """The last months of the archive, oldest first."""
    shown = sorted(months.items())[-MOST_MONTHS:]
    if not shown:
        return []
    most = max(max(row) for _, row in shown) or 1
    room = WIDTH / len(shown)
    width = min(room * 0.36, 40.0)
    every = -(-len(shown) // 8)
    return [
        PairOfColumns(
            name=month_name(month),
            label=month if (len(shown) - 1 - nth) % every == 0 else "",
            before=row[0],
            after=row[1],
            x=round(nth * room + room / 2 - width, 1),
            width=round(width, 1),
            before_height=round(110 * row[0] / most, 1),
            after_height=round(110 * row[1] / most, 1),
        )
        for nth, (month, row) in enumerate(shown)
    ]


def recall_bars(recall: DrillRecall | None) -> list[RecallBar]:
    """Drill recall on both sides with its interval; empty while no drill has come through."""
    if recall is None:
        return []
    return [
        RecallBar(
            label=label,
            count=share.count,
            total=share.total,
            value=round(100 * share.value, 1) if share.total else 0.0,
            low=round(100 * share.interval[0], 1),
            reach=round(100 * (share.interval[1] - share.interval[0]), 1),
        )
        for label, share in (("Before", recall.before), ("After", recall.after))
    ]
