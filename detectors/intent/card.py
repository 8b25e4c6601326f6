"""The model card: what the reader was trained on, how well it does on families it never saw, where it fails.

`python -m detectors.intent.card` writes card.json, which the page /model shows, and MODEL_CARD.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from detectors.intent.assembly import HOME
from detectors.intent.examples import part_of
from detectors.intent.heads import intent_lines
from detectors.intent.lines import INTENTS, Said, read
from detectors.intent.reader import Reader
from detectors.measure import Detector, Sample, keywords, measure, read_samples
from detectors.screen import Screener
from detectors.shares import Score, Share
from policies.loader import load
from policies.schema import CATEGORIES
from search.transcript import Transcript

CARD: Final = Path(__file__).parent / "MODEL_CARD.md"
EXAMINED: Final = Path("tests/detectors/held_back")
# Written by another hand, and never used for training, fitting or choosing anything.
BLIND: Final = {"blind lines": "tribunal_lines.jsonl", "blind calls": "tribunal_calls.jsonl"}
_BINS: Final = 10
_TIMED: Final = 300


def samples_of(corpus: Iterable[Said]) -> list[Sample]:
    """What was said, as samples to be measured."""
    return [
        Sample(
            id=f"{said.scene.category}-{nth}",
            kind="violating" if said.violating else said.kind,
            expected=said.categories,
            transcript=Transcript.from_turns(list(said.turns)),
        )
        for nth, said in enumerate(corpus)
    ]


def card(reader: Reader, screener: Screener, corpus: Sequence[Said], folder: Path) -> dict[str, Any]:
    """Every figure of the card."""
    from detectors.intent.yardstick import Frozen

    reported = [said for said in corpus if part_of(said) == "reported"]
    frozen, list_of_words = Frozen(corpus), keywords(folder / "keywords.toml")
    detectors: dict[str, Detector] = {
        "policies and reader": screener.categories,
        "policies alone": Screener(screener.policy_set).categories,
        "frozen encoder": frozen,
        "plain keywords": list_of_words,
    }
    sets = {
        "unseen families": samples_of(reported),
        **{name: read_samples([folder / file]) for name, file in BLIND.items()},
    }
    return {
        "version": reader.version,
        "sha256": reader.sha256,
        "policies_sha256": screener.policy_set.sha256,
        "corpus": _corpus(corpus),
        "sets": {
            name: {detector: _figures(measure(detector, use, some)) for detector, use in detectors.items()}
            for name, some in sets.items()
        },
        "slices": _slices(reported, screener.categories),
        "calibration": _calibration(reported, reader),
        "intents": _intents(corpus, reader),
        "speed": _speed(reported, reader),
    }


def _corpus(corpus: Sequence[Said]) -> dict[str, Any]:
    parts = Counter(part_of(said) for said in corpus)
    return {
        "lines": sum(len(said.turns) for said in corpus),
        "dialogues": sum(len(said.turns) > 1 for said in corpus),
        "families": len({(said.scene.category, said.scene.family) for said in corpus}),
        "parts": dict(parts),
        "violating": {
            c: sum(c in said.categories for said in corpus if len(said.turns) == 1) for c in CATEGORIES
        },
        "tempting": dict(
            Counter(s.scene.category for s in corpus if s.kind == "tempting" and len(s.turns) == 1)
        ),
        "englishes": dict(Counter(said.scene.english for said in corpus)),
    }


def _figures(report: Any) -> dict[str, Any]:
    return {
        "macro_f1": round(report.macro_f1, 3),
        "categories": {name: _score(score) for name, score in report.categories.items()},
        "caught": {name: _share(share) for name, share in report.caught.items() if share.total},
        "flagged": {name: _share(share) for name, share in report.flagged.items() if share.total},
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "precision": _share(score.precision),
        "recall": _share(score.recall),
        "f1": round(score.f1, 3),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    value = round(share.value, 3) if share.total else None
    return {
        "count": share.count,
        "total": share.total,
        "value": value,
        "low": round(low, 3),
        "high": round(high, 3),
    }


def _slices(reported: Sequence[Said], detector: Detector) -> dict[str, Any]:
    """Recall of the right category and innocent talk flagged, by English, desk, and how a thing is said."""
    found = {id(said): detector(Transcript.from_turns(list(said.turns))) for said in reported}
    by: dict[str, Callable[[Said], str]] = {
        "english": lambda said: said.scene.english,
        "desk": lambda said: said.scene.desk,
        "said": lambda said: f"{said.kind}, {'in talk' if len(said.turns) > 1 else 'in a line'}",
    }
    told: dict[str, Any] = {}
    for name, key in by.items():
        groups: dict[str, list[Said]] = defaultdict(list)
        for said in reported:
            groups[key(said)].append(said)
        told[name] = {value: _slice(some, found) for value, some in sorted(groups.items()) if len(some) >= 30}
    return told


def _slice(some: Sequence[Said], found: Mapping[int, frozenset[str]]) -> dict[str, Any]:
    bad = [said for said in some if said.violating]
    good = [said for said in some if not said.violating]
    right = sum(bool(found[id(said)] & said.categories) for said in bad)
    wrong = sum(bool(found[id(said)]) for said in good)
    return {
        "found": _share(Share(count=right, total=len(bad))),
        "flagged": _share(Share(count=wrong, total=len(good))),
    }


def _calibration(reported: Sequence[Said], reader: Reader) -> list[dict[str, Any]]:
    """Of lines read with such a risk, how many bear one."""
    lines = [said for said in reported if len(said.turns) == 1]
    reads = [reader.read(Transcript.from_text(said.text))[0] for said in lines]
    bins: list[dict[str, Any]] = []
    for nth in range(_BINS):
        low, high = nth / _BINS, (nth + 1) / _BINS
        here = [
            (read.risk, said.violating)
            for read, said in zip(reads, lines, strict=True)
            if low <= read.risk < high or (nth == _BINS - 1 and read.risk >= high)
        ]
        if here:
            share = Share(count=sum(bad for _, bad in here), total=len(here))
            bins.append({"said": round(float(np.mean([risk for risk, _ in here])), 3), "is": _share(share)})
    return bins


def _intents(corpus: Sequence[Said], reader: Reader) -> dict[str, Any]:
    texts, told = intent_lines(corpus, "reported")
    reads = [reader.read(Transcript.from_text(text))[0].intents for text in texts]
    figures = {}
    for nth, name in enumerate(INTENTS):
        pairs = [(bool(row[nth]), read[name] >= 0.5) for row, read in zip(told, reads, strict=True)]
        figures[name] = _score(
            Score(
                right=pairs.count((True, True)),
                wrong=pairs.count((False, True)),
                missed=pairs.count((True, False)),
            )
        )
    return figures


def _speed(reported: Sequence[Said], reader: Reader) -> dict[str, float]:
    """Turns a second as the screen worker reads them: alone, and with the stretches of the talk around them."""
    lines = [("", said.text) for said in reported if len(said.turns) == 1][:_TIMED]
    began = time.perf_counter()
    reader.encoder.vectors(lines)
    alone = len(lines) / (time.perf_counter() - began)
    talks = [Transcript.from_turns(list(said.turns)) for said in reported if len(said.turns) > 1][:60]
    began = time.perf_counter()
    for talk in talks:
        reader.read(talk)
    within = sum(len(talk.turns) for talk in talks) / (time.perf_counter() - began)
    return {"lines_a_second": round(alone, 1), "turns_of_talk_a_second": round(within, 1)}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m detectors.intent.card", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earshot")
    parser.add_argument("--samples", type=Path, default=EXAMINED)
    asked = parser.parse_args(arguments)
    from detectors.fusion import Fusion
    from detectors.intent.card_text import written

    reader = Reader(asked.cache, home=asked.home, threads=2)
    screener = Screener(load(), reader, Fusion.fitted(asked.home / "fusion.json"))
    figures = card(reader, screener, read()[0], asked.samples)
    # Beside the weights but not of them: a card that is measured anew makes no other reader.
    CARD.with_name("card.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    CARD.write_text(written(figures), encoding="utf-8")
    sys.stdout.write(json.dumps(figures["sets"], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
