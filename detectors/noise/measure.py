"""How well noise is recognised and what it would silence: `python -m detectors.noise.measure`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from detectors.measure import read_samples
from detectors.noise import recognise, set_aside
from detectors.noise.kinds import KINDS, Span
from detectors.screen import Screener
from detectors.shares import Share
from policies.loader import load
from search.transcript import Transcript

if TYPE_CHECKING:
    from detectors.intent.reader import Reader

_BRACKETS = re.compile(r"[\[\]]")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a set: its kind ("none" for ordinary talk), its family, its words, and which of them are noise."""

    kind: str
    family: str
    words: tuple[str, ...]
    noise: tuple[bool, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was made of a line: the words greyed, and the kinds they were greyed as."""

    line: Line
    greyed: tuple[bool, ...]
    kinds: frozenset[str]

    @property
    def found(self) -> bool:
        """Noise: recognised as its kind, half of its words at least. Ordinary talk: any word of it greyed."""
        if self.line.kind == "none":
            return any(self.greyed)
        wanted = [grey for grey, noise in zip(self.greyed, self.line.noise, strict=True) if noise]
        return self.line.kind in self.kinds and sum(wanted) >= 0.5 * len(wanted)


def read(path: Path) -> list[Line]:
    """The lines of a set; `== kind family` opens a family, brackets mark noise within a longer line.

    Raises:
        ValueError: a kind that is unknown, or a line before any family.
    """
    lines: list[Line] = []
    kind = family = ""
    for text in path.read_text(encoding="utf-8").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        if text.startswith("=="):
            _, kind, family = text.split()
            if kind != "none" and kind not in KINDS:
                raise ValueError(f"{path.name}: no such kind: {kind}")
            continue
        if not kind:
            raise ValueError(f"{path.name}: a line before any family: {text}")
        lines.append(_line(kind, family, text))
    return lines


def _line(kind: str, family: str, text: str) -> Line:
    words, noise, inside = [], [], "[" not in text and kind != "none"
    for word in text.split():
        inside = inside or word.startswith("[")
        words.append(_BRACKETS.sub("", word))
        noise.append(inside)
        if word.endswith("]"):
            inside = False
    return Line(kind=kind, family=family, words=tuple(words), noise=tuple(noise))


def outcome(line: Line) -> Outcome:
    """Hold the recogniser over one line."""
    transcript = Transcript.from_text(line.text)
    spans = recognise(transcript)
    greyed = tuple(_greyed(word.start, word.end, spans) for word in transcript.turns[0].words)
    return Outcome(line=line, greyed=greyed, kinds=frozenset(span.kind for span in spans))


def _greyed(start: float, end: float, spans: Iterable[Span]) -> bool:
    return any(span.start <= start and end <= span.end for span in spans)


def report(outcomes: Sequence[Outcome]) -> str:
    """Recall and precision by line and by word, with Wilson intervals, and recall by kind."""
    noise = [one for one in outcomes if one.line.kind != "none"]
    talk = [one for one in outcomes if one.line.kind == "none"]
    pairs = [pair for one in outcomes for pair in zip(one.line.noise, one.greyed, strict=True)]
    right = sum(wanted and greyed for wanted, greyed in pairs)
    found = sum(one.found for one in noise)
    lines = [
        f"noise recognised      {Share(count=found, total=len(noise))}",
        f"ordinary talk touched {Share(count=sum(one.found for one in talk), total=len(talk))}",
        f"precision, lines      {Share(count=found, total=found + sum(one.found for one in talk))}",
        f"recall, words         {Share(count=right, total=sum(wanted for wanted, _ in pairs))}",
        f"precision, words      {Share(count=right, total=sum(greyed for _, greyed in pairs))}",
    ]
    for kind, title in KINDS.items():
        of_kind = [one for one in noise if one.line.kind == kind]
        if of_kind:
            lines.append(f"  {title:<34}{Share(count=sum(one.found for one in of_kind), total=len(of_kind))}")
    return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Silenced:
    """What noise would silence in texts: findings before, and those set aside."""

    findings: int
    aside: tuple[str, ...]


def silenced(screener: Screener, transcripts: Iterable[Transcript]) -> Silenced:
    """Screen the texts and set aside what noise explains."""
    findings, aside = 0, []
    for transcript in transcripts:
        found = screener.screen(transcript)
        findings += len(found)
        aside += [
            f"{one.finding.policy}: {one.finding.words}" for one in set_aside(found, recognise(transcript))[1]
        ]
    return Silenced(findings=findings, aside=tuple(aside))


def effect(noise: Sequence[Line], held_back: Iterable[Path], reader: Reader | None = None) -> str:
    """Findings before and after: on noise, where none should stand; on misconduct, where none should fall.

    Misconduct is every sentence that a policy must catch, the violating lines and calls of the held-back sets, and
    each of the noise lines with one of those sentences said right after it.
    """
    policies = load()
    screener = Screener(policies, reader)
    said = [Transcript.from_turns(example.turns) for policy in policies.policies for example in policy.fires]
    violating = [sample.transcript for sample in read_samples(held_back) if sample.expected]
    after = [
        Transcript.from_text(f"{line.text} {' '.join(said[nth * 7 % len(said)].text.split())}")
        for nth, line in enumerate(line for line in noise if all(line.noise))
    ]
    rows = {
        "noise alone": silenced(
            screener, [Transcript.from_text(line.text) for line in noise if all(line.noise)]
        ),
        "sentences that policies must catch": silenced(screener, said),
        "held-back misconduct": silenced(screener, violating),
        "misconduct right after a notice": silenced(screener, after),
    }
    told = [
        f"{name:<36}{row.findings:>5} findings, {len(row.aside):>3} set aside" for name, row in rows.items()
    ]
    return "\n".join([*told, *(f"    {name}: {words}" for name, row in rows.items() for words in row.aside)])


def main() -> None:
    """Print the report of each set; with --misses every line that came out wrong, with --effect what is silenced."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("files", nargs="*", type=Path, default=[Path("tests/detectors/noise/unseen.txt")])
    asked.add_argument("--misses", action="store_true")
    asked.add_argument("--effect", action="store_true")
    asked.add_argument("--reader", action="store_true", help="with the reader beside the policies")
    asked.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earshot")
    asked.add_argument("--held-back", type=Path, default=Path("tests/detectors/held_back"))
    given = asked.parse_args()
    for path in given.files:
        outcomes = [outcome(line) for line in read(path)]
        families = {(one.line.kind, one.line.family) for one in outcomes}
        print(f"{path.name}: {len(outcomes)} lines of {len(families)} families")
        print(report(outcomes))
        if given.misses:
            for one in outcomes:
                if one.found == (one.line.kind == "none"):
                    print(f"  {one.line.kind:<16}{' '.join(_shown(one))}")
        if given.effect:
            noise = [one.line for one in outcomes if one.line.kind != "none"]
            print(
                effect(
                    noise,
                    sorted(given.held_back.glob("*.jsonl")),
                    _reader(given.cache) if given.reader else None,
                )
            )


def _reader(cache: Path) -> Reader:
    from detectors.intent.reader import Reader

    return Reader(cache, threads=2)


def _shown(one: Outcome) -> Iterable[str]:
    return (f"_{word}_" if grey else word for word, grey in zip(one.line.words, one.greyed, strict=True))


if __name__ == "__main__":
    main()
