"""How fast rules match and queries answer, always beside something known, in one run on one machine.

python deploy/bench/search.py            the matcher beside `re`, and the embedded index
EARSHOT_ELASTIC_URL=… python …           Elasticsearch as well
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from search.grammar import parse
from search.index import Document, Index, Search
from search.many import Many
from search.query import Near, Reach, Word
from search.sqlite import SqliteIndex
from search.tokens import streams
from search.transcript import Transcript

QUERIES = [
    "{rare}",
    "{often}",
    '"{often} {usual}"',
    "{usual} and not {often}",
    "({usual} or {rare}) w/5 ({often} or {some})",
    "{usual} pre/5 {often}",
    "{some}~",
    "wa*",
    "#{some}",
    "{some} TURN {usual}",
    "{some} w/3s {usual}",
]


def timed(work: Callable[[], object], rounds: int = 3) -> float:
    """The best of some rounds, in seconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def vocabulary(size: int, chance: random.Random) -> list[str]:
    """Made-up words, the first the most frequent; none is a number or a contraction."""
    sounds = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "za", "wa"]
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(chance.choices(sounds, k=chance.randint(2, 4))) + chance.choice("kldm")] = None
    return list(words)


class Zipf:
    """Draws words as talk does: the second half as often as the first, the third a third as often …"""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.weights = list(accumulate(1 / (rank + 2) for rank in range(len(words))))

    def text(self, length: int, chance: random.Random) -> list[str]:
        return chance.choices(self.words, cum_weights=self.weights, k=length)


def bench_many(rules: int, length: int) -> None:
    chance = random.Random(7)
    words = vocabulary(20_000, chance)
    text = Zipf(words).text(length, chance)
    pairs = [(chance.choice(words[20:2000]), chance.choice(words[20:])) for _ in range(rules)]
    made = streams(Transcript.from_text(" ".join(text)))
    many = Many({str(nth): Near(Word(a), Word(b), Reach(5)) for nth, (a, b) in enumerate(pairs)})
    between = r"(?:\s+\w+){0,4}\s+"
    patterns = [re.compile(rf"\b{a}{between}{b}\b|\b{b}{between}{a}\b") for a, b in pairs]
    joined = " ".join(text)
    found = many.match(made)
    expected = {str(nth) for nth, pattern in enumerate(patterns) if pattern.search(joined)}
    assert set(found) == expected, "the matcher and `re` disagree"
    ours = timed(lambda: many.match(made))
    theirs = timed(lambda: [pattern.search(joined) for pattern in patterns], rounds=1)
    analysed = timed(lambda: streams(made.transcript), rounds=1)
    print(f"{rules} proximity rules x {length} words: {len(found)} rules match")
    print(f"  matcher {ours:8.3f} s    re {theirs:8.3f} s    re / matcher {theirs / ours:6.0f}")
    print(f"  analysing the transcript, once for all rules: {analysed:.3f} s")


def documents(count: int, length: int, words: list[str], chance: random.Random) -> Iterator[Document]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    zipf = Zipf(words)
    for nth in range(count):
        said = zipf.text(length, chance)
        turns = [
            ("anna" if at // 20 % 2 else "bob", " ".join(said[at : at + 20])) for at in range(0, length, 20)
        ]
        yield Document(
            recording=f"r{nth:06}",
            version=1,
            started_at=start + timedelta(minutes=nth),
            desk=f"desk {nth % 5}",
            people=("anna", "bob"),
            transcript=Transcript.from_turns(turns),
        )


def bench_index(name: str, index: Index, count: int, length: int) -> dict[str, float]:
    chance = random.Random(11)
    words = vocabulary(20_000, chance)
    made = list(documents(count, length, words, chance))
    start = time.perf_counter()
    index.put(made)
    taken = time.perf_counter() - start
    print(f"{name}: {count} documents x {length} words put in {taken:.1f} s ({count / taken:.0f} a second)")
    names = {"often": words[3], "usual": words[40], "some": words[400], "rare": words[9000]}
    times: dict[str, float] = {}
    for query in QUERIES:
        text = query.format(**names)
        wanted = Search(query=parse(text), limit=20)
        total = index.search(wanted).total
        times[query] = timed(lambda wanted=wanted: index.search(wanted))
        print(f"  {times[query] * 1000:8.1f} ms  {total:6} found  {query}")
    return times


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rules", type=int, default=1000)
    asked.add_argument("--words", type=int, default=50_000)
    asked.add_argument("--documents", type=int, default=30_000)
    asked.add_argument("--length", type=int, default=60, help="words in a document")
    given = asked.parse_args()
    bench_many(given.rules, given.words)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.sqlite3"
        embedded = bench_index("SQLite FTS5", SqliteIndex(path), given.documents, given.length)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        print(f"  {size / 2**20:.0f} MiB on disk")
    url = os.environ.get("EARSHOT_ELASTIC_URL")
    if not url:
        print("Elasticsearch: EARSHOT_ELASTIC_URL is not set")
        return
    from search.elastic import ElasticIndex

    user, password = (os.environ.get(f"EARSHOT_ELASTIC_{name}", "") for name in ("USER", "PASSWORD"))
    index = ElasticIndex(
        url, f"earshot-bench-{uuid.uuid4().hex}", user=user, password=password, write_through=True
    )
    index.ready()
    try:
        grown = bench_index("Elasticsearch", index, given.documents, given.length)
    finally:
        index.drop()
    print("SQLite / Elasticsearch: " + ", ".join(f"{embedded[q] / grown[q]:.1f}" for q in QUERIES))


if __name__ == "__main__":
    main()
