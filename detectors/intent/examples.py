"""What the reader learns from: lines, turns with what was said before them, and whole stretches of talk."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.intent.lines import Said
from detectors.intent.passages import SEAM, STRETCHES, words_before
from policies.schema import CATEGORIES

# Of a hundred scenario families: so many are kept for fitting the fusion, so many for the report. Never trained on.
FITTING: Final = 6
REPORTED: Final = 8
# Innocent turns of a dialogue are many and much alike: they weigh less.
_INNOCENT_TURN: Final = 0.35
_STRETCH: Final = 1.3
_SHORTEST_TURN: Final = 4


@dataclass(frozen=True, kw_only=True)
class Example:
    """One text with what was said before it, and what a person hears in it: nothing, or some categories."""

    before: str
    text: str
    categories: tuple[str, ...]
    weight: float = 1.0

    def target(self) -> list[float]:
        """No risk first, then the categories: shares that sum to 1."""
        share = 1.0 / len(self.categories) if self.categories else 0.0
        return [
            0.0 if self.categories else 1.0,
            *(share if c in self.categories else 0.0 for c in CATEGORIES),
        ]


def part_of(said: Said) -> str:
    """ "training", "fitting" or "reported", by the hash of the family's name: a family is never divided."""
    family = f"{said.scene.category}/{said.scene.family}"
    place = int(hashlib.sha256(family.encode()).hexdigest(), 16) % 100
    if place < FITTING:
        return "fitting"
    return "reported" if place < FITTING + REPORTED else "training"


def examples(corpus: Iterable[Said]) -> list[Example]:
    """Everything there is to learn from what was said."""
    return [example for said in corpus for example in _examples(said)]


def _examples(said: Said) -> Iterator[Example]:
    categories = tuple(sorted(said.categories))
    if len(said.turns) == 1:
        yield Example(before="", text=said.turns[0][1], categories=categories)
        return
    texts = [text for _, text in said.turns]
    for first, last in _stretches(len(texts)):
        told = any(first <= turn < last for turn in said.telling)
        # A stretch that holds none of the telling turns may already smell of it: it teaches nothing either way.
        if told or not categories:
            yield Example(
                before="", text=SEAM.join(texts[first:last]), categories=categories, weight=_STRETCH
            )
    for turn, text in enumerate(texts):
        before = words_before(texts, turn)
        if turn in said.telling:
            yield Example(before=before, text=text, categories=categories)
        elif not categories and len(text.split()) >= _SHORTEST_TURN:
            yield Example(before=before, text=text, categories=(), weight=_INNOCENT_TURN)


def _stretches(turns: int) -> Iterator[tuple[int, int]]:
    """The whole, and where it is longer than the stretches that are read, those."""
    shortest = STRETCHES[0][0]
    if turns <= shortest + 2:
        yield 0, turns
        return
    for length, step in STRETCHES:
        for first in range(0, max(1, turns - length + step), step):
            yield first, min(turns, first + length)


def roughened(text: str, dice: random.Random) -> str:
    """As a recogniser without punctuation writes it, now and then with a filler or a word lost."""
    words = re.sub(r"[.,;:!?…“”\"—–-]+", " ", text).split()
    if len(words) > 6 and dice.random() < 0.3:
        del words[dice.randrange(len(words))]
    if dice.random() < 0.2:
        words.insert(dice.randrange(len(words) + 1), dice.choice(("uh", "um", "you know", "like", "so")))
    return " ".join(words).lower()


def shuffled(examples: Sequence[Example], dice: random.Random) -> list[Example]:
    """One pass through the examples: in another order, a third of them roughened."""
    some = [
        Example(
            before=roughened(e.before, dice),
            text=roughened(e.text, dice) or e.text,
            categories=e.categories,
            weight=e.weight,
        )
        if dice.random() < 0.35
        else e
        for e in examples
    ]
    dice.shuffle(some)
    return some
