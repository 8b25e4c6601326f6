"""Dates that a reader types or picks: days of UTC, the last one included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from search.index import month_bounds
from surveillance.core.errors import Invalid


def month_name(text: str) -> str:
    """A month given as 2026-11 as people write it: November 2026; anything else as it is."""
    try:
        return month_bounds(text)[0].strftime("%B %Y")
    except ValueError:
        return text


def day(text: str) -> datetime | None:
    """The first moment of a day given as 2026-11-23; None for nothing.

    Raises:
        Invalid: it is no day.
    """
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as fault:
        raise Invalid(f"{text} is not a day.", cure="Write it as 2026-11-23.") from fault


def day_after(text: str) -> datetime | None:
    """The moment a day ends: where "until" lies when the day itself is wanted too."""
    start = day(text)
    return start + timedelta(days=1) if start else None


def moment(text: str) -> datetime | None:
    """A moment in UTC given as 2026-11-23T09:30; None for nothing.

    Raises:
        Invalid: it is no moment.
    """
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Invalid(f"{text} is not a moment.", cure="Write it as 2026-11-23 09:30.") from fault
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def month(text: str) -> tuple[datetime, datetime] | tuple[None, None]:
    """First moment of a month given as 2026-11, and of the next; a pair of None for nothing.

    Raises:
        Invalid: it is no month.
    """
    if not text:
        return None, None
    try:
        return month_bounds(text)
    except ValueError as fault:
        raise Invalid(f"{text} is not a month.", cure="Write it as 2026-11.") from fault
