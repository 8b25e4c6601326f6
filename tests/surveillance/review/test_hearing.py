"""Seconds heard: each second once, and only such as can have sounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.review.hearing import FASTEST, GRAIN, Stretch, joined, possible, seconds

SECOND = st.floats(min_value=0, max_value=600, allow_nan=False)


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    edges = draw(st.lists(st.tuples(SECOND, st.floats(min_value=0.5, max_value=60)), max_size=12))
    return [Stretch(start=start, end=start + length) for start, length in edges]


def test_what_is_played_twice_counts_once() -> None:
    assert seconds([Stretch(start=0, end=10), Stretch(start=5, end=12)]) == pytest.approx(12)


def test_beats_that_follow_each_other_are_one_stretch() -> None:
    assert len(joined([Stretch(start=0, end=5), Stretch(start=5.2, end=10)])) == 1


@given(stretches())
def test_the_union_is_never_longer_than_its_parts_and_never_shorter_than_the_longest(
    parts: list[Stretch],
) -> None:
    total = seconds(parts)
    # Gaps no wider than the clock's grain are closed, one at most between each two.
    assert total <= sum(part.length for part in parts) + GRAIN * len(parts)
    assert total >= max((part.length for part in parts), default=0.0) - 1e-6


@given(stretches())
def test_the_order_of_reports_does_not_matter(parts: list[Stretch]) -> None:
    assert seconds(parts) == pytest.approx(seconds(list(reversed(parts))))


@pytest.mark.parametrize(
    ("start", "end", "waited"),
    [
        (0.0, 30.0, 1.0),  # half a minute in a second
        (50.0, 70.0, 60.0),  # beyond the end of the recording
        (-5.0, 5.0, 60.0),  # before its beginning
        (9.0, 9.0, 60.0),  # no length
        (9.0, 5.0, 60.0),  # backwards
    ],
)
def test_a_stretch_that_cannot_have_sounded_is_not_possible(start: float, end: float, waited: float) -> None:
    assert not possible(Stretch(start=start, end=end), duration=60.0, waited=waited)


def test_the_fastest_the_player_offers_is_possible() -> None:
    assert possible(Stretch(start=0, end=10 * 2.0), duration=60.0, waited=10.0)
    assert not possible(Stretch(start=0, end=10 * FASTEST + 1), duration=60.0, waited=10.0)
