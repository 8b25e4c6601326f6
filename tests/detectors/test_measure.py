"""Figures with intervals, and the floor that the policies keep on held-back lines and calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.measure import (
    Report,
    keywords,
    main,
    measure,
    policies,
    printed,
    read_samples,
    word_error_rate,
)
from detectors.shares import Score, Share

HELD_BACK = Path(__file__).parent / "held_back"


def test_an_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553–0.3662.
    assert Share(count=81, total=263).interval == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_an_interval_of_nothing_seen_does_not_promise_certainty() -> None:
    low, high = Share(count=0, total=20).interval
    assert low == 0
    assert 0.1 < high < 0.2
    assert Share(count=0, total=0).interval == (0.0, 1.0)


def test_precision_recall_and_f1_are_counted_from_right_wrong_and_missed() -> None:
    score = Score(right=6, wrong=2, missed=4)
    assert score.precision.value == 0.75
    assert score.recall.value == 0.6
    assert score.f1 == pytest.approx(2 / 3)
    assert Score(right=0, wrong=0, missed=0).f1 == 0


def test_word_errors_are_counted_in_spoken_forms() -> None:
    assert word_error_rate(["we buy fifty"], ["We buy 50."]) == 0
    assert word_error_rate(["we buy fifty lots"], ["we sell fifty lots"]) == 0.25


def test_a_line_that_is_no_sample_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "a", "kind": "violating", "expected": ["mischief"], "text": "x"}\n')
    with pytest.raises(ValueError, match=r"bad\.jsonl:1 is no held-back sample"):
        read_samples([path])


def test_the_held_back_set_is_large_enough_to_mean_something() -> None:
    samples = read_samples([HELD_BACK / "dev.jsonl", HELD_BACK / "test.jsonl"])
    lines = [sample for sample in samples if not sample.is_call]
    assert sum(sample.kind == "violating" for sample in lines) >= 150
    assert sum(sample.kind != "violating" for sample in lines) >= 150
    assert len({sample.id for sample in samples}) == len(samples)


@pytest.fixture(scope="module")
def lines() -> tuple[Report, Report]:
    samples = read_samples([HELD_BACK / "test.jsonl"])
    return measure("policies", policies(), samples), measure(
        "keywords", keywords(HELD_BACK / "keywords.toml"), samples
    )


def test_held_back_misconduct_is_found_and_innocent_lines_are_left_alone(
    lines: tuple[Report, Report],
) -> None:
    report, _ = lines
    assert report.caught["lines, right category"].value >= 0.85
    assert report.flagged["tempting lines"].value <= 0.1
    assert report.flagged["ordinary lines"].value <= 0.05


def test_the_policies_beat_a_plain_keyword_list_on_the_same_lines(lines: tuple[Report, Report]) -> None:
    report, yardstick = lines
    assert report.macro_f1 > yardstick.macro_f1 + 0.4
    assert report.flagged["tempting lines"].value < yardstick.flagged["tempting lines"].value


@pytest.fixture(scope="module")
def calls() -> tuple[Report, Report]:
    samples = read_samples([HELD_BACK / "calls_test.jsonl"])
    return measure("policies", policies(), samples), measure(
        "keywords", keywords(HELD_BACK / "keywords.toml"), samples
    )


def test_whole_calls_in_which_misconduct_is_only_implied_keep_their_floor(
    calls: tuple[Report, Report],
) -> None:
    # A floor under what was measured on first sight, not a target: see held_back/README.md.
    report, yardstick = calls
    assert report.caught["calls, any flag"].value >= 0.35
    assert report.caught["calls, right category"].value > yardstick.caught["calls, right category"].value
    assert report.flagged["tempting calls"].value <= 0.25


def test_an_examiners_unseen_cases_keep_their_floor() -> None:
    # Written blind by another hand; a floor under what was measured, far from what we want to reach.
    samples = read_samples([HELD_BACK / "examiner_lines.jsonl", HELD_BACK / "examiner_calls.jsonl"])
    report = measure("policies", policies(), samples)
    yardstick = measure("keywords", keywords(HELD_BACK / "keywords.toml"), samples)
    assert report.macro_f1 > yardstick.macro_f1 + 0.2
    assert report.caught["lines, any flag"].value >= 0.33
    assert report.caught["calls, any flag"].value >= 0.6
    assert report.flagged["tempting lines"].value <= 0.2
    assert report.flagged["tempting calls"].value <= 0.3
    assert report.flagged["ordinary lines"].value <= 0.02


def test_the_command_prints_both_beside_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(HELD_BACK / "test.jsonl")]) == 0
    out = capsys.readouterr().out
    assert "policies" in out
    assert "plain keywords" in out
    assert "macro-F1" in out


def test_a_report_prints_every_category() -> None:
    report = measure("nothing", lambda _: frozenset(), read_samples([HELD_BACK / "test.jsonl"]))
    assert "market_manipulation" in printed([report])
    assert report.macro_f1 == 0
