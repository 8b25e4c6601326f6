"""After training: fit intents, fit the fusion on families the reader never saw, keep lines to compare findings with.

`python -m detectors.intent.fitting` writes weights/intents.npz, fusion.json and exemplars.npz, and pins all weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.fused import lexicon_scores
from detectors.fusion import Evidence, Weights, evidence
from detectors.intent.assembly import HOME, pin
from detectors.intent.examples import part_of
from detectors.intent.heads import fitted_intents
from detectors.intent.lines import Said, read
from detectors.intent.passages import Passage
from detectors.intent.reader import Reader
from detectors.risk import Lexicon
from detectors.stretches import stretches
from policies.loader import load
from policies.schema import CATEGORIES
from search.tokens import streams
from search.transcript import Transcript

# How many of a hundred tempting innocent lines, and of a hundred clean dialogues, may be flagged where we fit.
TEMPTING_LINES: Final = 0.09
CLEAN_TALKS: Final = 0.1
# The score of policies that needs no reader beside it.
SURE: Final = 0.9
# The talk we fit on says most things sideways, and policies seem to add nothing there. Plain talk needs them: they
# weigh at least this share of what they weigh on a line.
HEEDED: Final = 0.5
EXEMPLARS: Final = 250
_ROUNDS: Final = 4
_FIRST: Final = Weights(bias=-2.0, turn=0.6, talk=0.6, lexicon=2.0)
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something said, with the evidence by (turn, category)."""

    said: Said
    spoken: Mapping[tuple[int, str], Evidence]

    def best(self, category: str, weights: Weights) -> Evidence:
        """The evidence at the turn where a category is likeliest."""
        here = [item for (_, what), item in self.spoken.items() if what == category]
        return max(here, key=weights.estimate)


def cases(corpus: Iterable[Said], reader: Reader, lexicon: Lexicon) -> list[Case]:
    """What reader and policies make of everything said."""
    return [_case(said, reader, lexicon) for said in corpus]


def _case(said: Said, reader: Reader, lexicon: Lexicon) -> Case:
    transcript = Transcript.from_turns(list(said.turns))
    hits = [hit for hit in lexicon.hits(streams(transcript)) if hit.unless is None]
    spoken = evidence(reader.read(transcript), lexicon_scores(stretches(hits)), len(said.turns))
    return Case(said=said, spoken=spoken)


def fitted(some: Sequence[Case], *, innocent: float, heeded: float = 0.0) -> Weights:
    """Logistic regression over every case and category, at the turn where the category is likeliest; then the
    threshold at which a share `innocent` of the tempting cases is flagged. Policies weigh `heeded` at least."""
    weights = _FIRST
    told = np.array([float(c in case.said.categories) for case in some for c in CATEGORIES])
    talks = any(len(case.said.turns) > 1 for case in some)
    for _ in range(_ROUNDS):
        rows = np.array([_row(case.best(c, weights), talks) for case in some for c in CATEGORIES])
        bias, turn, talk, heard = _regressed(rows, told)
        weights = Weights(bias=bias, turn=turn, talk=talk if talks else 0.0, lexicon=max(heard, heeded))
    clean = [case for case in some if not case.said.violating and case.said.kind == "tempting"]
    highest = sorted(max(weights.estimate(item) for item in case.spoken.values()) for case in clean)
    threshold = highest[int((1 - innocent) * len(highest))]
    return replace(weights, threshold=round(min(max(threshold, 0.3), 0.95), 3), sure=SURE)


def _row(item: Evidence, talks: bool) -> list[float]:
    return [1.0, item.turn, item.talk if talks else 0.0, item.lexicon]


def _regressed(rows: Floats, told: Floats, *, decay: float = 1.0) -> list[float]:
    """Newton's method with a little ridge; the weights of evidence are never negative."""
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-(rows @ weights)))
        slope = rows.T @ (told - chance) - decay * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + decay * np.eye(rows.shape[1])
        weights = weights + np.linalg.solve(bend, slope)
    weights[1:] = np.maximum(weights[1:], 0.0)
    return [round(float(value), 4) for value in weights]


def mixed(lines: Sequence[Said], reader: Reader) -> tuple[float, float]:
    """The weights of encoder and phrases under which the lines are likeliest, on a grid."""
    wanted = [Passage(first=0, last=0, before="", text=said.text) for said in lines]
    heard, worded = reader.apart(reader.encoder.vectors([("", said.text) for said in lines]), wanted)
    number = {category: nth + 1 for nth, category in enumerate(CATEGORIES)}
    told = [number[min(said.categories)] if said.categories else 0 for said in lines]

    def surprise(mix: tuple[float, float]) -> float:
        logits = mix[0] * heard + mix[1] * worded
        sums = np.log(np.exp(logits).sum(1))
        return float(np.mean(sums - logits[np.arange(len(told)), told]))

    grid = [round(0.1 * step, 1) for step in range(13)]
    return min(((a, b) for a in grid for b in grid), key=surprise)


def exemplars(corpus: Iterable[Said], reader: Reader) -> dict[str, NDArray[Any]]:
    """For each category some violating lines of the training families with their vectors, chosen by their hash."""
    kept: dict[str, NDArray[Any]] = {}
    lines = [said for said in corpus if len(said.turns) == 1 and part_of(said) == "training"]
    for category in CATEGORIES:
        texts = sorted(
            (said.text for said in lines if said.categories == {category}),
            key=lambda text: hashlib.sha256(text.encode()).hexdigest(),
        )[:EXEMPLARS]
        vectors = reader.encoder.vectors([("", text) for text in texts])
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        kept[f"{category}.texts"] = np.array(texts)
        kept[f"{category}.vectors"] = np.round(unit * 127).astype(np.int8)
    return kept


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m detectors.intent.fitting", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earshot")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    reader = Reader(asked.cache, home=asked.home, threads=asked.threads)
    corpus, _ = read()
    reader.mix = mixed(
        [said for said in corpus if part_of(said) == "fitting" and len(said.turns) == 1], reader
    )
    unseen = cases([said for said in corpus if part_of(said) == "fitting"], reader, Lexicon(load()))
    line = fitted([c for c in unseen if len(c.said.turns) == 1], innocent=TEMPTING_LINES)
    talk = fitted(
        [c for c in unseen if len(c.said.turns) > 1],
        innocent=CLEAN_TALKS,
        heeded=round(HEEDED * line.lexicon, 4),
    )
    fusion = {
        "mix": {"encoder": reader.mix[0], "phrases": reader.mix[1]},
        "line": asdict(line),
        "talk": asdict(talk),
    }
    (asked.home / "fusion.json").write_text(json.dumps(fusion, indent=2) + "\n", encoding="utf-8")
    intents = fitted_intents(corpus, reader.encoder.both)
    np.savez_compressed(asked.home / "intents.npz", **intents)  # type: ignore[arg-type]
    np.savez_compressed(asked.home / "exemplars.npz", **exemplars(corpus, reader))  # type: ignore[arg-type]
    pin(asked.home)
    sys.stdout.write(json.dumps(fusion, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
