"""Lexicon and reader become one calibrated risk for every turn and category."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from policies.schema import CATEGORIES, THRESHOLD
from search.transcript import Transcript

# Log-odds are kept within these bounds: beyond them a reader claims more than it can know.
_SUREST: Final = 7.0
# A score that no policies reach.
_NEVER: Final = 2.0
FITTED: Final = Path(__file__).parent / "intent" / "weights" / "fusion.json"


class PassageRead(Protocol):
    """A passage as a reader read it."""

    @property
    def risks(self) -> Mapping[str, float]: ...

    @property
    def passage(self) -> Place: ...


class Place(Protocol):
    """The turns a passage spans."""

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks for one category at one turn: log-odds of the reader, and the policies' score (0–1).

    `turn` is the turn read with what stood before it, `talk` the stretches of several turns it lies in.
    """

    turn: float
    talk: float
    lexicon: float


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A logistic regression over evidence, fitted on scenario families that the reader never saw.

    From `threshold` on a risk is a finding, and so are policies whose score reaches `sure`, whatever the reader
    makes of it: whoever writes a policy that is sure of its words, and drills it, must find it obeyed.
    """

    bias: float
    turn: float
    talk: float
    lexicon: float
    threshold: float = THRESHOLD
    sure: float = _NEVER

    def risk(self, evidence: Evidence) -> float:
        """The calibrated chance, 0–1; never below the threshold where a policy is sure by itself."""
        floor = self.threshold if evidence.lexicon >= self.sure else 0.0
        return max(self.estimate(evidence), floor)

    def estimate(self, evidence: Evidence) -> float:
        """The regression alone."""
        return sigmoid(
            self.bias
            + self.turn * evidence.turn
            + self.talk * evidence.talk
            + self.lexicon * evidence.lexicon
        )


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """Weights for a line that stands alone, and for talk of several turns."""

    line: Weights
    talk: Weights

    @classmethod
    def fitted(cls, path: Path = FITTED) -> Fusion:
        """What was fitted for the packaged reader (see the model card)."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(line=Weights(**told["line"]), talk=Weights(**told["talk"]))

    def weights(self, transcript: Transcript) -> Weights:
        """Which of the two fits a transcript."""
        spoken = sum(1 for turn in transcript.turns if turn.words)
        return self.talk if spoken > 1 else self.line


def evidence(
    reads: Sequence[PassageRead], lexicon: Mapping[tuple[int, str], float], turns: int
) -> dict[tuple[int, str], Evidence]:
    """Evidence by (turn, category) for every turn that was read or where a policy was heard."""
    alone: dict[tuple[int, str], float] = {}
    around: dict[tuple[int, str], float] = {}
    for read in reads:
        first, last = read.passage.first, read.passage.last
        kept = alone if first == last else around
        for category, risk in read.risks.items():
            odds = log_odds(risk)
            for turn in range(first, last + 1):
                kept[turn, category] = max(odds, kept.get((turn, category), -_SUREST))
    places = alone.keys() | around.keys() | lexicon.keys()
    return {
        (turn, category): Evidence(
            turn=alone.get((turn, category), -_SUREST),
            talk=around.get((turn, category), alone.get((turn, category), -_SUREST)),
            lexicon=lexicon.get((turn, category), 0.0),
        )
        for turn, category in sorted(places)
        if turn < turns and category in CATEGORIES
    }


def log_odds(chance: float) -> float:
    """ln(p / (1 − p)), within bounds."""
    held = min(max(chance, 1e-6), 1 - 1e-6)
    return max(-_SUREST, min(_SUREST, math.log(held / (1 - held))))


def sigmoid(value: float) -> float:
    """1 / (1 + e^−x)."""
    return 1 / (1 + math.exp(-value))
