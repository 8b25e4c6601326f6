"""The queue: narrowed, ordered, counted and cut by the database, each alert in it once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from floor import CLERK, Spoken, receive_call, say, screened_again, write_policies

from surveillance.access.scope import Power, combine
from surveillance.detection.models import Alert
from surveillance.detection.selectors import ORDERS, QueueFilter, alerts, count

MILD, GRAVE = "the wombat", "push the quokka and the wombat"


@pytest.fixture
def rules(desks: tuple[str, ...], tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    write_policies(
        folder, [("quokka", "market_manipulation", "push w/3 quokka"), ("wombat", "secrecy", "wombat")]
    )
    return folder


def flagged(folder: Path, name: str, words: str, *, desk: str = "rates", pitch: int = 220) -> None:
    spoken = Spoken(name=name, turns=((0, words), (1, "yes")), pitch=pitch)
    recording = receive_call(folder, desk, spoken)
    say(recording, spoken)
    screened_again(recording)


@pytest.fixture
def five(rules: Path, tmp_path: Path) -> None:
    """Five alerts of two risks; two of them were raised at the same moment."""
    for nth, words in enumerate((MILD, GRAVE, MILD, GRAVE, MILD)):
        flagged(tmp_path, f"r{nth}", words, desk="fx" if nth == 4 else "rates", pitch=200 + 20 * nth)
    first, second = Alert.objects.order_by("pk")[:2]
    Alert.objects.filter(pk=second.pk).update(raised_at=first.raised_at)


def test_the_queue_can_be_ordered_by_risk_and_by_age(rules: Path, tmp_path: Path) -> None:
    flagged(tmp_path, "mild", MILD, pitch=300)
    flagged(tmp_path, "grave", GRAVE, pitch=400)

    def order(by: str) -> list[str]:
        return [row.top_words for row in alerts(CLERK, QueueFilter(order=by))]

    assert order("risk") == ["push the quokka", "wombat"]
    assert order("age") == order("newest")[::-1] == order("risk")[::-1]
    assert [row.categories for row in alerts(CLERK, QueueFilter(category="market_manipulation"))] == [
        ("market_manipulation", "secrecy")
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_from_place_to_place_the_queue_tells_each_alert_once(five: None, order: str) -> None:
    wanted = QueueFilter(order=order)
    whole = alerts(CLERK, wanted)
    walked = alerts(CLERK, wanted, most=1)
    while following := alerts(CLERK, wanted, after=walked[-1].place, most=1):
        walked += following
    assert len(whole) == count(CLERK, wanted) == 5
    assert walked == whole
    assert alerts(CLERK, wanted, skip=2, most=2) == whole[2:4]
    assert alerts(CLERK, wanted, skip=5, most=2) == []


def test_a_category_a_desk_and_a_wall_narrow_rows_and_count_alike(five: None) -> None:
    rates = combine("rates", [("officer", "rates")])
    for scope, wanted, found in (
        (CLERK, QueueFilter(category="market_manipulation"), 2),
        (CLERK, QueueFilter(category="secrecy", desk="fx"), 1),
        (CLERK, QueueFilter(category="bribery"), 0),
        (rates, QueueFilter(), 4),
        (rates, QueueFilter(desk="fx"), 0),
        (rates, QueueFilter(power=Power.SECOND), 0),
    ):
        assert len(alerts(scope, wanted)) == count(scope, wanted) == found, wanted


def test_one_alert_of_a_long_queue_is_read_without_the_others(five: None) -> None:
    wanted = QueueFilter(category="secrecy")
    with CaptureQueriesContext(connection) as one:
        [row] = alerts(CLERK, wanted, most=1)
    with CaptureQueriesContext(connection) as every:
        assert len(alerts(CLERK, wanted)) == 5
    assert row.findings == 2
    assert len(one) == len(every)
    assert "LIMIT 1" in one[0]["sql"]
