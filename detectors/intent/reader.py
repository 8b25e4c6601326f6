"""The reader: passages of talk → calibrated probabilities of the eleven risks and the ten intents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.findings import Exemplar
from detectors.intent.assembly import HOME, assembled
from detectors.intent.encoder import Encoder
from detectors.intent.passages import Passage, passages
from detectors.intent.phrases import Phrases
from detectors.intent.tokens import SIZE
from policies.schema import CATEGORIES
from search.transcript import Transcript

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Read:
    """A passage as it was read: risks and intents, 0–1, and its place in meaning (768, unit length)."""

    passage: Passage
    risks: Mapping[str, float]
    intents: Mapping[str, float]
    vector: Floats

    @property
    def risk(self) -> float:
        """The chance that any risk is in it."""
        return min(1.0, sum(self.risks.values()))


class Reader:
    """The trained encoder and its heads; made once a process (about a second), safe to share between threads."""

    def __init__(self, cache: Path, *, home: Path = HOME, threads: int = 1) -> None:
        """Load, and at first need lay out, the encoder.

        Raises:
            WeightsUnusable: see `assembly.assembled`.
        """
        made = assembled(cache, home)
        self.sha256 = made.sha256
        self.encoder = Encoder(made.model, (home / "tokenizer.json").read_bytes(), threads=threads)
        with np.load(home / "reader.npz") as trained:
            self._risk = (trained["risk.weight"].astype(np.float32), trained["risk.bias"].astype(np.float32))
            self.version = int(trained["version"])
        self.intents, self._intent = _intents(home / "intents.npz")
        self._phrases = Phrases(home / "phrases.npz")
        self.mix = _mix(home / "fusion.json")
        self._near = _neighbours(home / "exemplars.npz")

    def exemplars(self, vector: Floats, category: str, *, most: int = 2) -> tuple[Exemplar, ...]:
        """The lines of the corpus nearest in meaning that bear a category, nearest first."""
        if category not in self._near:
            return ()
        texts, vectors = self._near[category]
        nearness = vectors @ vector
        best = np.argsort(-nearness)[:most]
        return tuple(Exemplar(text=texts[nth], nearness=round(float(nearness[nth]), 3)) for nth in best)

    def read(self, transcript: Transcript) -> list[Read]:
        """Every passage of a transcript, read."""
        return self.read_passages(passages(transcript))

    def read_passages(self, wanted: Sequence[Passage]) -> list[Read]:
        """Passages in the order given."""
        if not wanted:
            return []
        vectors, middles = self.encoder.both([(passage.before, passage.text) for passage in wanted])
        risks = self._risks(vectors, wanted)
        intents = 1 / (1 + np.exp(-(middles @ self._intent[0].T + self._intent[1])))
        return [
            Read(
                passage=passage,
                risks=dict(zip(CATEGORIES, map(float, risk[1:]), strict=True)),
                intents=dict(zip(self.intents, map(float, intent), strict=True)),
                vector=_unit(vector),
            )
            for passage, risk, intent, vector in zip(wanted, risks, intents, vectors, strict=True)
        ]

    def _risks(self, vectors: Floats, wanted: Sequence[Passage]) -> Floats:
        """n × 12: what encoder and phrases say together, each by the weight that was fitted."""
        heard, worded = self.apart(vectors, wanted)
        return _softmax(self.mix[0] * heard + self.mix[1] * worded)

    def apart(self, vectors: Floats, wanted: Sequence[Passage]) -> tuple[Floats, Floats]:
        """Log-chances n × 12 of the encoder, and of the phrases, apart: for fitting how they are mixed."""
        heard = np.log(_softmax(vectors @ self._risk[0].T + self._risk[1]) + 1e-9)
        worded = np.log(_softmax(self._phrases.logits([passage.text for passage in wanted])) + 1e-9)
        return heard, worded


def _intents(path: Path) -> tuple[tuple[str, ...], tuple[Floats, Floats]]:
    """Names, and weights and biases, of the head for intents; none before `fitting`."""
    if not path.exists():
        return (), (np.zeros((0, SIZE), np.float32), np.zeros(0, np.float32))
    with np.load(path) as kept:
        return tuple(str(name) for name in kept["names"]), (kept["weight"], kept["bias"])


def _mix(path: Path) -> tuple[float, float]:
    """How much encoder and phrases count; half each before `fitting`."""
    if not path.exists():
        return 0.5, 0.5
    told = json.loads(path.read_text(encoding="utf-8"))["mix"]
    return float(told["encoder"]), float(told["phrases"])


def _neighbours(path: Path) -> dict[str, tuple[list[str], Floats]]:
    """For each category some lines of the corpus and their vectors (n × 768, unit length); empty before `fitting`."""
    if not path.exists():
        return {}
    with np.load(path) as kept:
        return {
            category: (
                [str(text) for text in kept[f"{category}.texts"]],
                kept[f"{category}.vectors"].astype(np.float32) / 127,
            )
            for category in CATEGORIES
            if f"{category}.texts" in kept
        }


def _softmax(values: Floats) -> Floats:
    grown = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float32)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9), np.float32)
