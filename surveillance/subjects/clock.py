"""How long there is to answer: one month, two more where it is told why (GDPR art. 12(3))."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta

MONTHS, MORE = 1, 3


def due(received: datetime, *, months: int = MONTHS) -> datetime:
    """The end of the day on which a time in months ends, moved off a weekend (Regulation 1182/71 art. 3(4)).

    Public holidays are not known here: they only ever give more time.
    """
    number = received.month - 1 + months
    year, month = received.year + number // 12, number % 12 + 1
    day = min(received.day, calendar.monthrange(year, month)[1])
    last = received.replace(year=year, month=month, day=day, hour=23, minute=59, second=59, microsecond=0)
    return last + timedelta(days={5: 2, 6: 1}.get(last.weekday(), 0))
