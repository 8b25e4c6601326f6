"""Bounds on what a sample of unflagged calls missed: exact where they can be, conservative where they must be."""

from __future__ import annotations

import math

import pytest

from detectors.elusion import DESIGNS, Layer, bound, neyman, proportional, simulated, size_for


def test_nothing_found_in_one_layer_is_the_exact_bound() -> None:
    told = bound([Layer(population=100_000, drawn=299)])
    assert told.method == "Clopper–Pearson"
    assert told.estimate == 0.0
    assert told.at_most == pytest.approx(1 - 0.05 ** (1 / 299))
    assert told.at_most < 0.01


def test_the_ends_are_those_of_clopper_and_pearson() -> None:
    # beta.ppf(.975, 4, 197) and beta.ppf(.025, 3, 198)
    told = bound([Layer(population=50_000, drawn=200, missed=3)])
    assert told.high == pytest.approx(0.043206, abs=1e-5)
    assert told.low == pytest.approx(0.003104, abs=1e-5)


def test_nothing_found_in_layers_sampled_at_different_rates_rests_on_the_most_thinly_sampled() -> None:
    layers = [Layer(population=9000, drawn=90), Layer(population=100, drawn=50)]
    told = bound(layers)
    assert told.method == "Fay–Feuer"
    assert told.at_most == pytest.approx(-math.log(0.05) * 100 / 9100, rel=1e-6)


def test_layers_sampled_at_one_rate_are_bounded_as_one() -> None:
    apart = bound([Layer(population=1000, drawn=100, missed=1), Layer(population=500, drawn=50)])
    together = bound([Layer(population=1500, drawn=150, missed=1)])
    assert apart.at_most == pytest.approx(together.at_most)


def test_what_cannot_be_judged_counts_as_missed_above_and_as_nothing_below() -> None:
    sure = bound([Layer(population=10_000, drawn=200, missed=2)])
    unsure = bound([Layer(population=10_000, drawn=200, missed=2, unsure=4)])
    six = bound([Layer(population=10_000, drawn=200, missed=6)])
    assert unsure.high == pytest.approx(six.high)
    assert unsure.low == pytest.approx(sure.low)


def test_a_layer_nobody_heard_may_be_missed_whole() -> None:
    told = bound([Layer(population=900, drawn=300), Layer(population=100, drawn=0)])
    assert told.at_most > 0.1


def test_a_layer_heard_whole_needs_no_inference() -> None:
    told = bound([Layer(population=40, drawn=40, missed=2)])
    assert (told.low, told.estimate, told.high) == (0.05, 0.05, 0.05)


def test_a_layer_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer"):
        Layer(population=10, drawn=11)
    with pytest.raises(ValueError, match="no call"):
        bound([])


@pytest.mark.parametrize(("at_most", "missed", "calls"), [(0.01, 0, 299), (0.05, 0, 59), (0.01, 1, 473)])
def test_the_calculator_gives_the_least_size_that_does(at_most: float, missed: int, calls: int) -> None:
    assert size_for(at_most, missed=missed) == calls
    assert bound([Layer(population=10**6, drawn=calls, missed=missed)]).at_most <= at_most
    assert bound([Layer(population=10**6, drawn=calls - 1, missed=missed)]).at_most > at_most


def test_proportional_sizes_sample_no_layer_more_thinly_than_asked() -> None:
    populations = [6000, 61, 3, 0]
    sizes = proportional(populations, 300)
    rate = 300 / sum(populations)
    assert all(size >= held * rate for held, size in zip(populations, sizes, strict=True))
    assert sizes[2] == 1
    assert proportional([5, 5], 100) == [5, 5]


def test_neymans_sizes_go_where_more_is_expected() -> None:
    even, risky, tiny = neyman([5000, 5000, 1], [0.01, 0.2, 0.5], 300)
    assert risky > 3 * even
    assert tiny == 1


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.long
def test_the_interval_covers_the_truth_in_at_least_94_of_100_archives(design: str, rate: float) -> None:
    told = simulated(rate, design, archives=1000)
    assert told.interval_covers >= 0.94
    assert told.at_most_covers >= 0.94


def test_the_bound_is_no_empty_promise() -> None:
    """A bound of one would always cover."""
    assert simulated(0.01, "proportional", archives=60).median_at_most < 0.035
