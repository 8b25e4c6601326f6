"""A silent feed is told within a day; nights, weekends and young feeds raise no alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from surveillance.assurance.rhythm import silence

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)


def office_hours(weeks: int, *, until: datetime | None = None) -> list[datetime]:
    """A call every half hour from seven to six, Monday to Friday."""
    moments = [
        MONDAY + timedelta(weeks=week, days=day, minutes=420 + 30 * half)
        for week in range(weeks)
        for day in range(5)
        for half in range(23)
    ]
    return [moment for moment in moments if until is None or moment <= until]


@pytest.mark.parametrize("hours", [10, 24, 48, 62])
def test_a_weekend_is_no_silence(hours: int) -> None:
    friday_evening = MONDAY + timedelta(weeks=5, days=4, hours=18)
    assert silence(office_hours(6), friday_evening + timedelta(hours=hours)) is None


def test_a_night_is_no_silence() -> None:
    tuesday = MONDAY + timedelta(weeks=5, days=1, hours=18)
    assert silence(office_hours(6, until=tuesday), tuesday + timedelta(hours=12)) is None


def test_a_feed_cut_on_a_working_morning_is_told_the_same_morning() -> None:
    cut = MONDAY + timedelta(weeks=5, days=2, hours=9)
    found = silence(office_hours(6, until=cut), cut + timedelta(hours=3))
    assert found is not None
    assert found.since == cut
    assert found.weeks_compared == found.weeks_that_delivered == 5


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_whenever_a_working_feed_is_cut_it_is_told_within_a_day_of_work(hour: int) -> None:
    """Cut on a Monday, Tuesday, Wednesday or Thursday at any hour: known at the latest a day later."""
    for day in range(4):
        cut = MONDAY + timedelta(weeks=6, days=day, hours=hour)
        assert silence(office_hours(7, until=cut), cut + timedelta(hours=24)) is not None


def test_a_young_feed_has_a_day_before_it_is_missed() -> None:
    hourly = [MONDAY + timedelta(hours=number) for number in range(30)]
    assert silence(hourly, hourly[-1] + timedelta(hours=20)) is None
    assert silence(hourly, hourly[-1] + timedelta(hours=25)) is not None


def test_a_few_calls_make_no_rhythm() -> None:
    assert silence([MONDAY, MONDAY + timedelta(hours=1)], MONDAY + timedelta(days=90)) is None


def test_a_feed_silent_for_weeks_stays_silent() -> None:
    assert silence(office_hours(6), MONDAY + timedelta(weeks=9)) is not None
