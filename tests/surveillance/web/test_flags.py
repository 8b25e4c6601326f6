"""Findings as they are shown: every reason once, in order of time, hints apart, speakers by names people use."""

from __future__ import annotations

from typing import Any

import pytest

from surveillance.detection.selectors import FindingRow
from surveillance.web.dates import month_name
from surveillance.web.flags import flags
from surveillance.web.names import speaker_name


def _row(*reasons: dict[str, Any]) -> FindingRow:
    return FindingRow(
        id=1,
        category="secrecy",
        policy="secrecy.hush",
        policy_version=1,
        score=0.9,
        start=1.0,
        end=9.0,
        turn=0,
        speaker="channel 0",
        channel=0,
        words="keep it quiet",
        why={"reasons": list(reasons)},
        second_eyes=False,
    )


def _reason(words: str, start: float, weight: float) -> dict[str, Any]:
    return {"words": words, "start": start, "end": start + 1, "weight": weight, "duty": ["MAR art. 16"]}


def test_a_reason_stands_once_in_order_of_time_and_hints_stand_apart() -> None:
    late, early, hint = _reason("quiet", 5, 0.9), _reason("hush", 2, 0.6), _reason("nice", 3, 0.2)
    [flag] = flags([_row(late, early, hint, late)])
    assert [reason.words for reason in flag.grounds] == ["hush", "quiet"]
    assert [reason.words for reason in flag.hints] == ["nice"]


def test_where_every_reason_weighs_little_the_weightiest_is_the_ground() -> None:
    [flag] = flags([_row(_reason("nice", 3, 0.2), _reason("so", 4, 0.3))])
    assert [reason.words for reason in flag.grounds] == ["so"]
    assert [reason.words for reason in flag.hints] == ["nice"]


def test_a_finding_that_keeps_no_reasons_still_shows_its_words() -> None:
    [flag] = flags([_row()])
    assert [reason.words for reason in flag.grounds] == ["keep it quiet"]
    assert flag.hints == []


@pytest.mark.parametrize(
    ("kept", "shown"), [("channel 0", "Channel 1"), ("Channel 1", "Channel 2"), ("Ann", "Ann"), ("", "")]
)
def test_channels_count_from_one_where_people_read(kept: str, shown: str) -> None:
    assert speaker_name(kept) == shown


def test_a_month_reads_as_people_write_it() -> None:
    assert month_name("2025-10") == "October 2025"
    assert month_name("someday") == "someday"
