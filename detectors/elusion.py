"""What a random sample of unflagged calls says of all of them: bounds on the missed rate, sizes, a simulation.

One layer, or layers sampled at one rate: Clopper and Pearson (1934). By Hoeffding (1956, theorem 5) the number of
misses in a sample spread over layers at one rate lies below k no more often than a binomial number of the same mean,
so the pooled bound holds for it; drawing without replacement only narrows it (Hoeffding 1963). Layers sampled at
different rates: Fay and Feuer (Statistics in Medicine 16, 1997), the gamma interval for a weighted sum of counts,
which at equal weights is Garwood's exact one. `python manage.py elusion --simulate` prints how often they cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

_STEPS: Final = 200
_EVEN: Final = 1.0 + 1e-9


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: how many calls it held when the sample was drawn, and what was heard in those drawn from it.

    `unsure` were drawn and cannot be judged, or were not judged: they count as missed for the upper end and as
    nothing for the lower one.
    """

    population: int
    drawn: int
    missed: int = 0
    unsure: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.missed + self.unsure <= self.drawn <= self.population:
            raise ValueError(f"no layer of a sample: {self}")


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Missed calls as a share of all unflagged ones: the estimate, its two-sided interval, and the one-sided end.

    `at_most`: with the confidence asked for, no more than this share was missed. Shares of one.
    """

    estimate: float
    low: float
    high: float
    at_most: float
    confidence: float
    method: str


def bound(layers: Sequence[Layer], *, confidence: float = 0.95) -> Bound:
    """The missed rate over all layers; all of them lie between 0 and 1 where nothing was drawn.

    Raises:
        ValueError: no call in any layer, or a confidence outside 0.5–1.
    """
    if not 0.5 <= confidence < 1:
        raise ValueError("a confidence lies between 0.5 and 1")
    held = [layer for layer in layers if layer.population]
    total = sum(layer.population for layer in held)
    if not total:
        raise ValueError("there is no call in any layer")
    alpha = 1 - confidence
    low = _end(held, total, alpha / 2, upper=False)
    high = _end(held, total, alpha / 2, upper=True)
    return Bound(
        estimate=min(high, max(low, _estimate(held))),
        low=low,
        high=high,
        at_most=_end(held, total, alpha, upper=True),
        confidence=confidence,
        method="Clopper–Pearson" if _even([one for one in held if _open(one)]) else "Fay–Feuer",
    )


def size_for(at_most: float, *, missed: int = 0, confidence: float = 0.95) -> int:
    """How many calls must be heard so that `missed` misses among them still bound the rate by `at_most`.

    Raises:
        ValueError: the share does not lie between 0 and 1.
    """
    if not 0 < at_most < 1:
        raise ValueError("a share lies between 0 and 1")
    few, many = missed + 1, missed + 2
    while _cp_upper(missed, many, 1 - confidence) > at_most:
        few, many = many, many * 2
    while few < many:
        middle = (few + many) // 2
        if _cp_upper(missed, middle, 1 - confidence) > at_most:
            few = middle + 1
        else:
            many = middle
    return few


def proportional(populations: Sequence[int], size: int) -> list[int]:
    """So many of each layer that none is sampled more thinly than size / all; never more than it holds."""
    total = sum(populations)
    if not total:
        return [0 for _ in populations]
    return [min(held, -(-held * min(size, total) // total)) for held in populations]


def neyman(populations: Sequence[int], expected: Sequence[float], size: int, *, least: int = 2) -> list[int]:
    """Neyman (1934): more of a layer the more of its calls are expected to be missed, least variance of the whole.

    `expected` are shares of one; at least `least` of each layer, never more than it holds.
    """
    weights = [
        held * math.sqrt(share * (1 - share)) for held, share in zip(populations, expected, strict=True)
    ]
    total = sum(weights) or 1.0
    return [
        min(held, max(least, math.ceil(size * weight / total)))
        for held, weight in zip(populations, weights, strict=True)
    ]


def _open(layer: Layer) -> bool:
    """Is anything of the layer unheard? One that was heard whole needs no inference."""
    return 0 < layer.drawn < layer.population


def _weight(layer: Layer) -> float:
    return layer.population / layer.drawn


def _even(layers: Sequence[Layer]) -> bool:
    weights = [_weight(layer) for layer in layers]
    return not weights or max(weights) <= min(weights) * _EVEN


def _estimate(layers: Sequence[Layer]) -> float:
    heard = [layer for layer in layers if layer.drawn > layer.unsure]
    scaled = sum(layer.population * layer.missed / (layer.drawn - layer.unsure) for layer in heard)
    held = sum(layer.population for layer in heard)
    return scaled / held if held else 0.0


def _end(layers: Sequence[Layer], total: int, alpha: float, *, upper: bool) -> float:
    """One end of the interval with `alpha` beyond it: what is known for certain, and what is inferred."""

    def counted(layer: Layer) -> int:
        return layer.missed + (layer.unsure if upper else 0)

    certain = sum(counted(layer) for layer in layers if layer.drawn == layer.population)
    if upper:  # of a layer nothing of which was drawn, all may be missed
        certain += sum(layer.population for layer in layers if not layer.drawn)
    sampled = [layer for layer in layers if _open(layer)]
    if not sampled:
        return min(1.0, certain / total)
    counts = [counted(layer) for layer in sampled]
    if _even(sampled):
        held, drawn = sum(one.population for one in sampled), sum(one.drawn for one in sampled)
        share = (_cp_upper if upper else _cp_lower)(sum(counts), drawn, alpha)
        inferred = held * share
    else:
        inferred = _fay_feuer(sampled, counts, alpha, upper=upper)
    return min(1.0, (certain + inferred) / total)


def _fay_feuer(layers: Sequence[Layer], counts: Sequence[int], alpha: float, *, upper: bool) -> float:
    weights = [_weight(layer) for layer in layers]
    mean = sum(weight * count for weight, count in zip(weights, counts, strict=True))
    spread = sum(weight * weight * count for weight, count in zip(weights, counts, strict=True))
    if upper:
        heaviest = max(weights)
        mean, spread = mean + heaviest, spread + heaviest**2
        end = _gamma_quantile(mean * mean / spread, 1 - alpha) * spread / mean
        return min(end, float(sum(layer.population for layer in layers)))
    return _gamma_quantile(mean * mean / spread, alpha) * spread / mean if mean else 0.0


@lru_cache(maxsize=4096)
def _cp_upper(count: int, total: int, alpha: float) -> float:
    """The share at which so few or fewer are found with probability `alpha`."""
    if count >= total:
        return 1.0
    return _solved(lambda share: _binomial_below(count, total, share) > alpha)


@lru_cache(maxsize=4096)
def _cp_lower(count: int, total: int, alpha: float) -> float:
    if count == 0:
        return 0.0
    return _solved(lambda share: 1 - _binomial_below(count - 1, total, share) < alpha)


def _solved(too_low: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(45):
        middle = (low + high) / 2
        if too_low(middle):
            low = middle
        else:
            high = middle
    return high


def _binomial_below(count: int, total: int, share: float) -> float:
    """P(at most `count` of `total`), each with probability `share`."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if count >= total else 0.0
    log, log_not = math.log(share), math.log1p(-share)
    whole = math.lgamma(total + 1)
    return min(
        1.0,
        sum(
            math.exp(
                whole - math.lgamma(k + 1) - math.lgamma(total - k + 1) + k * log + (total - k) * log_not
            )
            for k in range(count + 1)
        ),
    )


@lru_cache(maxsize=65536)
def _gamma_quantile(shape: float, probability: float) -> float:
    """The quantile of a gamma of this shape and scale one: Wilson and Hilferty's guess, then Newton in a bracket."""
    z = NormalDist().inv_cdf(probability)
    found = shape * max(1e-3, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3
    low, high = 0.0, math.inf
    for _ in range(60):
        below = _gamma_below(shape, found) - probability
        low, high = (found, high) if below < 0 else (low, found)
        steepness = math.exp((shape - 1) * math.log(found) - found - math.lgamma(shape))
        step = found - below / steepness if steepness > 0 else math.nan
        if not low < step < high:
            step = found * 2 if math.isinf(high) else (low + high) / 2
        if abs(step - found) <= 1e-12 * found:
            break
        found = step
    return found


def _gamma_below(shape: float, value: float) -> float:
    """The regularised lower incomplete gamma function: a series, or its continued fraction (Lentz)."""
    if value <= 0:
        return 0.0
    front = math.exp(shape * math.log(value) - value - math.lgamma(shape))
    if value < shape + 1:
        term = total = 1 / shape
        for step in range(1, _STEPS):
            term *= value / (shape + step)
            total += term
            if term < total * 1e-13:
                break
        return min(1.0, front * total)
    b = value + 1 - shape
    c, d = 1e300, 1 / b
    fraction = d
    for step in range(1, _STEPS):
        a = -step * (step - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        change = c * d
        fraction *= change
        if abs(change - 1) < 1e-13:
            break
    return 1 - front * fraction


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How often the ends covered the truth over many simulated archives, of which rate and how sampled."""

    rate: float
    design: str
    size: int
    archives: int
    interval_covers: float
    at_most_covers: float
    median_at_most: float


# Layers of very uneven size, and how much more or less than the average is missed in each.
POPULATIONS: Final = (6000, 2500, 1200, 600, 240, 90, 40, 12)
SKEWS: Final = (0.5, 0.8, 1.5, 2.0, 3.0, 4.0, 6.0, 1.0)
RATES: Final = (0.001, 0.005, 0.01, 0.02, 0.05)
DESIGNS: Final = ("one layer", "proportional", "neyman", "equal", "neyman, 3 % unsure")


def simulated(rate: float, design: str, *, size: int = 400, archives: int = 1000, seed: int = 1) -> Trial:
    """Draw from `archives` made-up archives in which about `rate` of the calls is missed; count what is covered."""
    chance = np.random.default_rng([seed, round(rate * 1e6), DESIGNS.index(design)])
    populations = (sum(POPULATIONS),) if design == "one layer" else POPULATIONS
    rates = _rates(rate, populations)
    drawn = _design(design, populations, rates, size)
    unsure_share = 0.03 if "unsure" in design else 0.0
    inside = below = 0
    ends: list[float] = []
    for _ in range(archives):
        layers, truth = [], 0
        for held, share, number in zip(populations, rates, drawn, strict=True):
            missed = int(chance.binomial(held, share))
            truth += missed
            found = int(chance.hypergeometric(missed, held - missed, number))
            lost = int(chance.binomial(found, unsure_share))
            unsure = lost + int(chance.binomial(number - found, unsure_share))
            layers.append(Layer(population=held, drawn=number, missed=found - lost, unsure=unsure))
        told, true = bound(layers), truth / sum(populations)
        inside += told.low <= true <= told.high
        below += true <= told.at_most
        ends.append(told.at_most)
    return Trial(
        rate=rate,
        design=design,
        size=sum(drawn),
        archives=archives,
        interval_covers=inside / archives,
        at_most_covers=below / archives,
        median_at_most=float(np.median(ends)),
    )


def _rates(rate: float, populations: Sequence[int]) -> list[float]:
    if len(populations) == 1:
        return [rate]
    mean = sum(held * skew for held, skew in zip(populations, SKEWS, strict=True)) / sum(populations)
    return [min(0.9, rate * skew / mean) for skew in SKEWS]


def _design(design: str, populations: Sequence[int], rates: Sequence[float], size: int) -> list[int]:
    if design.startswith("neyman"):
        return neyman(populations, rates, size)
    if design == "equal":
        return [min(held, size // len(populations)) for held in populations]
    return proportional(populations, size)
