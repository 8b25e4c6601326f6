"""A thousand policies over a hundred thousand words, beside the same rules in spaCy's `Matcher`, in one run.

python -m deploy.bench.policies [--rules 1000] [--words 100000]

Rules are proximity queries of the shape and the vocabulary of policies/; the words are sentences of policies/ and of
the reader's corpus. Both sides are given the same tokens, already cut, and must find the same places; each side's time
is that of matching alone, in processor seconds, ours taken before and after spaCy's.
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
ROUNDS = 5
# Proximities that reach farther are few, and cost spaCy a pattern for each word of their reach.
FARTHEST = 10


@dataclass(frozen=True)
class Rule:
    """One of the words `left` within `size` words of one of `right`; `ordered`: left first."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    size: int
    ordered: bool

    def query(self) -> Query:
        return Near(_either(self.left), _either(self.right), Reach(self.size), self.ordered)

    def patterns(self) -> list[list[dict[str, Any]]]:
        """The same for spaCy, as it is fastest there: one pattern for each number of words between and each order.

        A single pattern with `{"OP": "{0,4}"}` between makes it follow every way to leave words out, and does not
        end within minutes.
        """
        orders = (
            [(self.left, self.right)] if self.ordered else [(self.left, self.right), (self.right, self.left)]
        )
        return [
            [_one_of(before), *[{} for _ in range(between)], _one_of(after)]
            for before, after in orders
            for between in range(self.size)
        ]


def _either(words: Sequence[str]) -> Query:
    parts = tuple(map(Word, words))
    return parts[0] if len(parts) == 1 else Or(parts)


def _one_of(words: Sequence[str]) -> dict[str, Any]:
    return {"ORTH": {"IN": list(words)}} if len(words) > 1 else {"ORTH": words[0]}


def words_of(query: Query) -> Iterator[str]:
    """The single words one side of a proximity listens for."""
    match query:
        case Word(token, "words"):
            yield token
        case Or(parts):
            for part in parts:
                yield from words_of(part)


def nears(query: Query) -> Iterator[Near]:
    """Every proximity of a policy."""
    match query:
        case Near(left, right):
            yield query
            yield from nears(left)
            yield from nears(right)
        case Phrase(parts) | And(parts) | Or(parts):
            for part in parts:
                yield from nears(part)
        case Not(part) | Only(part):
            yield from nears(part)


def rules(count: int, chance: random.Random) -> list[Rule]:
    """The sides of the proximities of policies/, put together anew: what is listened for, beside what, how far."""
    found = [near for policy in load(HOME).policies for near in nears(policy.expression)]
    found = [near for near in found if near.reach.unit == "words" and near.reach.size <= FARTHEST]
    lefts = [tuple(dict.fromkeys(words_of(near.left))) for near in found]
    rights = [tuple(dict.fromkeys(words_of(near.right))) for near in found]
    lefts, rights = list(filter(None, lefts)), list(filter(None, rights))
    return [
        Rule(chance.choice(lefts), chance.choice(rights), int(near.reach.size), near.ordered)
        for near in chance.choices(found, k=count)
    ]


def sentences() -> list[str]:
    """What is said in the sentences of policies/ and in the lines of the reader's corpus."""
    said = [
        text
        for policy in load(HOME).policies
        for example in (*policy.fires, *policy.silent)
        for _, text in example.turns
    ]
    for path in sorted(CORPUS.rglob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        said.extend(line[2:] for line in lines if line[:2] in (". ", "- ", "? ", "! "))
    return said


def talk(words: int, said: Sequence[str], chance: random.Random) -> Streams:
    """Two people taking turns, until there are so many words."""
    turns: list[tuple[str, str]] = []
    length = 0
    while length < words:
        text = chance.choice(said)
        turns.append((("anna", "bob")[len(turns) % 2], text))
        length += len(text.split())
    return streams(Transcript.from_turns(turns))


def timed(work: Any) -> tuple[float, Any]:
    """Seconds of processor time, so that other work on the machine does not count."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def ours(many: Many, calls: Sequence[Streams]) -> list[dict[str, list[tuple[int, int]]]]:
    """The places each rule finds in each call."""
    return [
        {name: [(span.first, span.last) for span in spans] for name, spans in many.match(call).items()}
        for call in calls
    ]


def theirs(
    matcher: Any, docs: Sequence[Any], names: Mapping[int, str]
) -> list[dict[str, list[tuple[int, int]]]]:
    """Every place by rule as spaCy gives it, the wider ones too."""
    found: list[dict[str, list[tuple[int, int]]]] = []
    for doc in docs:
        places: dict[str, list[tuple[int, int]]] = {}
        for key, start, end in matcher(doc):
            places.setdefault(names[key], []).append((start, end - 1))
        found.append(places)
    return found


def many_of(written: Sequence[Rule]) -> Many:
    return Many({str(nth): rule.query() for nth, rule in enumerate(written)})


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rules", type=int, default=1000)
    asked.add_argument("--words", type=int, default=100_000)
    asked.add_argument(
        "--calls", type=int, default=100, help="how many calls the words are of; 1 for one text"
    )
    given = asked.parse_args()
    chance = random.Random(20261125)
    written = rules(max(given.rules, *STEPS), chance)
    said, length = sentences(), given.words // given.calls
    analysed, calls = timed(lambda: [talk(length, said, chance) for _ in range(given.calls)])
    tokens = sum(map(len, calls))
    print(
        f"{given.rules} rules x {tokens} tokens in {given.calls} calls; analysing them took {analysed:.2f} s",
        flush=True,
    )
    ratio = beside_spacy(written[: given.rules], calls)
    costs = []
    for count in STEPS:
        some = many_of(written[:count])
        costs.append(min(timed(lambda some=some: ours(some, calls))[0] for _ in range(ROUNDS)))
        print(f"  {count:5} rules {costs[-1] * 1000:8.1f} ms   {costs[-1] / count * 1e6:6.1f} µs a rule")
    print(f"  cost grows as rules to the power {_exponent(STEPS, costs):.2f} (below 1: less than linearly)")
    if ratio < LEAST_RATIO:
        raise SystemExit(f"missed: {ratio:.1f} times faster, asked are {LEAST_RATIO:.0f}")


def beside_spacy(written: Sequence[Rule], calls: Sequence[Streams]) -> float:
    """How many times faster ours is, ours timed before and after theirs; AssertionError where places differ."""
    import spacy
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

    vocab = spacy.blank("en").vocab
    docs = [Doc(vocab, words=list(call.words)) for call in calls]
    matcher = Matcher(vocab)
    for nth, rule in enumerate(written):
        matcher.add(str(nth), rule.patterns())
    names = {vocab.strings[str(nth)]: str(nth) for nth in range(len(written))}
    many = many_of(written)
    before, found = timed(lambda: ours(many, calls))
    spacys, places = timed(lambda: theirs(matcher, docs, names))
    after, _ = timed(lambda: ours(many, calls))
    told = [{name: narrowest(all_of_it) for name, all_of_it in call.items()} for call in places]
    assert found == told, "the two do not find the same"
    own = (before + after) / 2
    hits = sum(len(spans) for call in found for spans in call.values())
    firing = len({name for call in found for name in call})
    print(f"  the same {hits} places of {firing} rules on both sides")
    print(
        f"  ours {own:.3f} s   spaCy Matcher {spacys:.2f} s   {spacys / own:.0f} times (at least {LEAST_RATIO:.0f})"
    )
    return spacys / own


def _exponent(counts: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of a least-squares line through the logarithms."""
    xs, ys = [math.log(count) for count in counts], [math.log(cost) for cost in costs]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


if __name__ == "__main__":
    main()
