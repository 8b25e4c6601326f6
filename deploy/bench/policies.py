"""A thousand policies over a hundred thousand words, beside the same rules in spaCy's `Matcher`, in one run.

python -m deploy.bench.policies [--rules 1000] [--words 100000]

Rules are proximity queries of the shape and the vocabulary of policies/; the words are sentences of policies/ and of
the reader's corpus. Both sides are given the same tokens, already cut, and must find the same places; each side's time
is that of matching alone, the median of pairs of rounds run one after the other.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.loader import HOME, load
from search.many import Many
from search.nearness import narrowest
from search.query import And, Near, Not, Only, Or, Phrase, Query, Reach, Word
from search.tokens import Streams, streams
from search.transcript import Transcript

CORPUS = Path(__file__).resolve().parents[2] / "detectors" / "intent" / "corpus"
STEPS = (125, 250, 500, 1000, 2000)
LEAST_RATIO = 30.0
PAIRS = 3
# A rule's sides: how many spellings each has, and how far apart they may stand, as in policies/.
SPELLINGS = (1, 2, 3, 4, 6, 8)
DISTANCES = (3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Rule:
    """One of `left` within `size` words of one of `right`; `ordered`: left first. Each spelling is one or two words."""

    left: tuple[tuple[str, ...], ...]
    right: tuple[tuple[str, ...], ...]
    size: int
    ordered: bool

    def query(self) -> Query:
        return Near(_either(self.left), _either(self.right), Reach(self.size), self.ordered)

    def patterns(self) -> list[list[dict[str, Any]]]:
        """The same for spaCy: every order, single words of a side in one list as its manual advises."""
        gap = {"OP": f"{{0,{self.size - 1}}}"}
        orders = (
            [(self.left, self.right)] if self.ordered else [(self.left, self.right), (self.right, self.left)]
        )
        return [
            [*one, gap, *other]
            for before, after in orders
            for one in _shapes(before)
            for other in _shapes(after)
        ]


def _either(spellings: Sequence[tuple[str, ...]]) -> Query:
    parts: list[Query] = [
        Word(words[0]) if len(words) == 1 else Phrase(tuple(map(Word, words))) for words in spellings
    ]
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _shapes(spellings: Sequence[tuple[str, ...]]) -> Iterator[list[dict[str, Any]]]:
    single = [words[0] for words in spellings if len(words) == 1]
    if single:
        yield [{"ORTH": {"IN": single}} if len(single) > 1 else {"ORTH": single[0]}]
    for words in spellings:
        if len(words) > 1:
            yield [{"ORTH": word} for word in words]


def leaves(query: Query) -> Iterator[tuple[str, ...]]:
    """The words and short phrases a policy listens for."""
    match query:
        case Word(token, "words"):
            yield (token,)
        case Phrase(parts) if len(parts) == 2 and all(
            isinstance(p, Word) and p.stream == "words" for p in parts
        ):
            yield tuple(p.token for p in parts if isinstance(p, Word))
        case Phrase(parts) | And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Near(left, right):
            yield from leaves(left)
            yield from leaves(right)
        case Not(part) | Only(part):
            yield from leaves(part)


def rules(count: int, chance: random.Random) -> list[Rule]:
    """Rules as policies are written: a few spellings on each side, near each other."""
    told = [leaf for policy in load(HOME).policies for leaf in leaves(policy.expression)]
    spellings = sorted(set(told))

    def side() -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(chance.choices(spellings, k=chance.choice(SPELLINGS))))

    return [
        Rule(side(), side(), chance.choice(DISTANCES), ordered=chance.random() < 0.3) for _ in range(count)
    ]


def talk(words: int, chance: random.Random) -> Streams:
    """Sentences of two people taking turns, until there are so many tokens."""
    said = [
        text
        for policy in load(HOME).policies
        for example in (*policy.fires, *policy.silent)
        for _, text in example.turns
    ]
    for path in sorted(CORPUS.rglob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        said.extend(line[2:] for line in lines if line[:2] in (". ", "> ", "! "))
    turns, length = [], 0
    while length < words:
        text = chance.choice(said)
        turns.append((("anna", "bob")[len(turns) % 2], text))
        length += len(text.split())
    return streams(Transcript.from_turns(turns))


def timed(work: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def found_by_spacy(matcher: Any, doc: Any, names: Mapping[int, str]) -> dict[str, list[tuple[int, int]]]:
    """Every place by rule; the narrowest of those that overlap are told, as our matcher tells them."""
    places: dict[str, list[tuple[int, int]]] = {}
    for key, start, end in matcher(doc):
        places.setdefault(names[key], []).append((start, end - 1))
    return places


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rules", type=int, default=1000)
    asked.add_argument("--words", type=int, default=100_000)
    given = asked.parse_args()
    import spacy
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

    chance = random.Random(20261125)
    written = rules(max(given.rules, *STEPS), chance)
    analysed, made = timed(lambda: talk(given.words, chance))
    vocab = spacy.blank("en").vocab
    doc = Doc(vocab, words=list(made.words))
    matcher = Matcher(vocab)
    for nth, rule in enumerate(written[: given.rules]):
        matcher.add(str(nth), rule.patterns())
    names = {vocab.strings[str(nth)]: str(nth) for nth in range(given.rules)}
    many = Many({str(nth): rule.query() for nth, rule in enumerate(written[: given.rules])})

    pairs = []
    for _ in range(PAIRS):
        ours, hits = timed(lambda: many.match(made))
        theirs, places = timed(lambda: found_by_spacy(matcher, doc, names))
        pairs.append((ours, theirs))
    told = {name: [(span.first, span.last) for span in spans] for name, spans in hits.items()}
    assert told == {name: narrowest(found) for name, found in places.items()}, "the two do not find the same"
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    print(
        f"{given.rules} rules x {len(made)} tokens: {len(told)} rules find {sum(map(len, told.values()))} places"
    )
    print(
        f"  ours {ours:7.3f} s   spaCy Matcher {theirs:7.3f} s   {ratio:.0f} times (at least {LEAST_RATIO:.0f})"
    )
    print("  the same places on both sides; analysing the talk, once for all rules:", f"{analysed:.2f} s")
    costs = []
    for count in STEPS:
        some = Many({str(nth): rule.query() for nth, rule in enumerate(written[:count])})
        costs.append(min(timed(lambda some=some: some.match(made))[0] for _ in range(PAIRS)))
        print(f"  {count:5} rules {costs[-1] * 1000:8.1f} ms   {costs[-1] / count * 1e6:6.1f} µs a rule")
    print(f"  cost grows as rules to the power {_exponent(STEPS, costs):.2f} (below 1: less than linearly)")
    if ratio < LEAST_RATIO:
        raise SystemExit(f"missed: {ratio:.1f} times faster, asked are {LEAST_RATIO:.0f}")


def _exponent(counts: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of a least-squares line through the logarithms."""
    xs, ys = [math.log(count) for count in counts], [math.log(cost) for cost in costs]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


if __name__ == "__main__":
    main()
