"""The labelled lines: their marks read, and what a reader makes of them counted kind by kind."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from detectors.entities.entity import KINDS, MASKED, Entity, masked
from detectors.shares import Score, Share
from search.transcript import Transcript

LINES = Path(__file__).with_name("lines.txt")
# What the dates of the lines are told from.
CALLED = datetime(2025, 10, 22, 9, 0, tzinfo=UTC)
_MARK = re.compile(r"\[([a-z]+)\|([^|\]]+)(?:\|([^\]]*))?\]")


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A line and what stands in it: kind, first and last word, normal form ("" where none was written)."""

    text: str
    truth: tuple[tuple[str, int, int, str], ...]

    @property
    def held(self) -> bool:
        """Half of the lines were not looked at while the recognisers were written."""
        return zlib.crc32(self.text.encode()) % 2 == 1


@dataclass(frozen=True, kw_only=True)
class Told:
    """Scores by kind, and how many normal forms are right among those found."""

    scores: Mapping[str, Score]
    values: Share

    @property
    def whole(self) -> Score:
        def total(name: str) -> int:
            return sum(getattr(score, name) for score in self.scores.values())

        return Score(right=total("right"), wrong=total("wrong"), missed=total("missed"))


def read_lines(path: Path = LINES) -> list[Marked]:
    """Every line; ValueError names one whose marks are wrong."""
    found = []
    for nth, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        marked = _marked(line)
        if wrong := [kind for kind, *_ in marked.truth if kind not in KINDS]:
            raise ValueError(f"{path.name}:{nth}: there is no kind {wrong[0]}")
        found.append(marked)
    return found


def _marked(line: str) -> Marked:
    words: list[str] = []
    truth: list[tuple[str, int, int, str]] = []
    at = 0
    for mark in _MARK.finditer(line):
        words.extend(line[at : mark.start()].split())
        said = mark[2].split()
        truth.append((mark[1], len(words), len(words) + len(said) - 1, mark[3] or ""))
        words.extend(said)
        at = mark.end()
        # A comma after the mark belongs to its last word.
        tail = re.match(r"\S+", line[at:])
        if tail:
            words[-1] += tail[0]
            at += len(tail[0])
    words.extend(line[at:].split())
    return Marked(text=" ".join(words), truth=tuple(truth))


Read = Callable[[Transcript], Sequence[Entity]]


def measure(lines: Iterable[Marked], read: Read) -> Told:
    """An entity is right where kind and words agree; "the" before it and "at" are forgiven."""
    counts = {kind: [0, 0, 0] for kind in KINDS}
    right, asked = 0, 0
    for line in lines:
        found = list(read(Transcript.from_text(line.text)))
        for kind, first, last, value in line.truth:
            hit = next((one for one in found if one.kind == kind and _same(one, first, last, line)), None)
            if hit is None:
                counts[kind][2] += 1
                continue
            found.remove(hit)
            counts[kind][0] += 1
            if value:
                asked += 1
                right += hit.value == (masked(value) if kind in MASKED else value)
        for one in found:
            counts[one.kind][1] += 1
    scores = {kind: Score(right=r, wrong=w, missed=m) for kind, (r, w, m) in counts.items()}
    return Told(scores=scores, values=Share(count=right, total=asked))


def _same(one: Entity, first: int, last: int, line: Marked) -> bool:
    words = [word.lower() for word in line.text.split()]

    def bare(first: int) -> int:
        return first + 1 if words[first] in ("the", "at", "on", "a") and first < last else first

    return bare(one.first) == bare(first) and one.last == last


def faults(lines: Iterable[Marked], read: Read) -> Iterable[str]:
    """Each line that is not read as marked, with both readings."""
    for line in lines:
        found = list(read(Transcript.from_text(line.text)))
        told = sorted((one.kind, one.first, one.last, one.value) for one in found)
        truth = sorted(
            (kind, first, last, _expected(kind, first, value, found))
            for kind, first, last, value in line.truth
        )
        if told != truth:
            missed = [one for one in truth if one not in told]
            extra = [one for one in told if one not in truth]
            yield f"{line.text}\n    marked {missed}\n    read   {extra}"


def _expected(kind: str, first: int, value: str, found: Sequence[Entity]) -> str:
    """The normal form that was marked; where none was, whatever was read."""
    if not value:
        return next((one.value for one in found if one.kind == kind and one.first == first), "")
    return masked(value) if kind in MASKED else value
