"""Years, months and days from a moment, in UTC; a duty that ends on a day that does not exist ends on the next."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Term:
    """A length of time as a rule states it."""

    years: int = 0
    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        counts = (("year", self.years), ("month", self.months), ("day", self.days))
        return " and ".join(f"{many} {unit}{'s' * (many != 1)}" for unit, many in counts if many)

    def __bool__(self) -> bool:
        return bool(self.years or self.months or self.days)

    def after(self, start: datetime, *, late: bool) -> datetime:
        """The moment `start` (aware) plus the term, in UTC.

        29 February plus one year is no day: `late` (a duty) takes 1 March, never a day too short; otherwise (a limit)
        28 February, never a day too long. A term past the calendar's end stops there.
        """
        moment = start.astimezone(UTC)
        try:
            return _later(moment, self.years * 12 + self.months, late) + timedelta(days=self.days)
        except (OverflowError, ValueError):
            return datetime.max.replace(tzinfo=UTC, microsecond=0)


def _later(moment: datetime, months: int, late: bool) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    last = monthrange(year, month)[1]
    if moment.day <= last:
        return moment.replace(year=year, month=month)
    short = moment.replace(year=year, month=month, day=last)
    return short + timedelta(days=1) if late else short
