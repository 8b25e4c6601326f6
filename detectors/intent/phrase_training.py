"""Training the phrase head: `python -m detectors.intent.phrase_training` writes weights/phrases.npz."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from detectors.intent.assembly import HOME, pin
from detectors.intent.examples import Example, examples, part_of
from detectors.intent.lines import read
from detectors.intent.phrases import packed, phrases_of
from policies.schema import CATEGORIES

# A phrase must stand in so many texts: one that was said once says nothing.
_FEWEST: Final = 2
_STRENGTH: Final = 6.0
_ROUNDS: Final = 60


def train(learned: Sequence[Example], path: Path) -> None:
    """Fit the head on texts without what was said before them, and write it."""
    some = [example for example in learned if not example.before]
    number = {category: nth + 1 for nth, category in enumerate(CATEGORIES)}
    # TF-IDF with sub-linear counts (Manning et al. 2008, 6.4.1), as Phrases weighs it.
    counted = TfidfVectorizer(analyzer=_all_phrases, min_df=_FEWEST, sublinear_tf=True, dtype=np.float32)
    rows = counted.fit_transform([example.text for example in some])
    head = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS, tol=1e-3)
    head.fit(rows, [number[example.categories[0]] if example.categories else 0 for example in some])
    names = list(counted.get_feature_names_out())
    kept: dict[str, Any] = packed(names, counted.idf_, head.coef_.T, head.intercept_)
    np.savez_compressed(path, **kept)


def _all_phrases(text: str) -> list[str]:
    return list(phrases_of(text).elements())


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m detectors.intent.phrase_training", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME)
    asked = parser.parse_args(arguments)
    corpus, faults = read()
    if faults:
        sys.stderr.write("\n".join(faults) + "\n")
        return 1
    train(examples([said for said in corpus if part_of(said) == "training"]), asked.home / "phrases.npz")
    pin(asked.home)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
