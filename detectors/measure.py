"""How well detection does: precision, recall, F1 and word errors, each with its interval.

`python -m detectors.measure FILE.jsonl…` screens held-back lines and calls, beside a plain list of keywords.
A line is {"id", "kind": violating|tempting|ordinary, "expected": [category…], "text" or "turns"}.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from detectors.shares import Score, Share
from policies.loader import HOME, load
from policies.schema import CATEGORIES
from search.grammar import parse
from search.many import Many
from search.tokens import normal, streams
from search.transcript import Transcript

if TYPE_CHECKING:
    from detectors.intent.reader import Reader

KINDS: Final = ("violating", "tempting", "ordinary")
Detector = Callable[[Transcript], frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A held-back line or call and the categories a person hears in it."""

    id: str
    kind: str
    expected: frozenset[str]
    transcript: Transcript

    @property
    def is_call(self) -> bool:
        return len(self.transcript.turns) > 1


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a detector made of samples: per category, and what was flagged at all by kind."""

    name: str
    categories: Mapping[str, Score]
    caught: Mapping[str, Share]
    flagged: Mapping[str, Share]

    @property
    def macro_f1(self) -> float:
        scores = [score.f1 for score in self.categories.values() if score.right + score.missed]
        return sum(scores) / len(scores) if scores else 0.0


def word_error_rate(references: Sequence[str], heard: Sequence[str]) -> float:
    """Substituted, missing and added words over reference words, in spoken normal forms ("50" is "fifty")."""
    import jiwer  # a tool of the workshop (requirements/dev): no process of the product measures

    return float(
        jiwer.wer([" ".join(normal(text)) for text in references], [" ".join(normal(text)) for text in heard])
    )


def read_samples(paths: Iterable[Path]) -> list[Sample]:
    """Held-back samples; ValueError names the file and line that is none."""
    samples: list[Sample] = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                samples.append(_sample(line, f"{path}:{number}"))
    return samples


def _sample(line: str, place: str) -> Sample:
    try:
        told: dict[str, Any] = json.loads(line)
        expected = frozenset(told["expected"])
        if told["kind"] not in KINDS or not expected <= CATEGORIES.keys():
            raise ValueError("unknown kind or category")
        return Sample(id=told["id"], kind=told["kind"], expected=expected, transcript=transcript_of(told))
    except (KeyError, ValueError) as error:
        raise ValueError(f"{place} is no held-back sample: {error}") from error


def transcript_of(told: Mapping[str, Any]) -> Transcript:
    """{"text"} or {"turns": [{"speaker", "text"}…]} as a transcript without audio; KeyError otherwise."""
    if "turns" in told:
        return Transcript.from_turns([(turn["speaker"], turn["text"]) for turn in told["turns"]])
    return Transcript.from_text(told["text"])


def measure(name: str, detector: Detector, samples: Sequence[Sample]) -> Report:
    """Screen every sample and count."""
    found = {sample.id: detector(sample.transcript) for sample in samples}
    violating = [sample for sample in samples if sample.expected]
    groups = {"lines": [s for s in violating if not s.is_call], "calls": [s for s in violating if s.is_call]}
    clean = {
        f"{kind} {what}": [s for s in samples if s.kind == kind and s.is_call == (what == "calls")]
        for kind in KINDS[1:]
        for what in ("lines", "calls")
    }
    return Report(
        name=name,
        categories={category: _category_score(category, samples, found) for category in CATEGORIES},
        caught={
            **{
                f"{what}, right category": _share(group, lambda s: bool(found[s.id] & s.expected))
                for what, group in groups.items()
            },
            **{
                f"{what}, any flag": _share(group, lambda s: bool(found[s.id]))
                for what, group in groups.items()
            },
        },
        flagged={what: _share(group, lambda s: bool(found[s.id])) for what, group in clean.items()},
    )


def _share(samples: Sequence[Sample], holds: Callable[[Sample], bool]) -> Share:
    return Share(count=sum(map(holds, samples)), total=len(samples))


def _category_score(category: str, samples: Sequence[Sample], found: Mapping[str, frozenset[str]]) -> Score:
    told = [(category in sample.expected, category in found[sample.id]) for sample in samples]
    return Score(
        right=told.count((True, True)), wrong=told.count((False, True)), missed=told.count((True, False))
    )


def keywords(path: Path) -> Detector:
    """The yardstick: a plain list of keywords a category, any of which flags."""
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    queries = Many(
        {
            category: parse(" or ".join(f'"{word}"' if " " in word else word for word in words))
            for category, words in lists.items()
        }
    )
    return lambda transcript: frozenset(queries.match(streams(transcript)))


def policies(folder: Path = HOME, reader: Reader | None = None) -> Detector:
    """The policies as the product runs them: with a reader beside them, or alone."""
    from detectors.screen import Screener

    screener = Screener(load(folder), reader)
    return screener.categories


def printed(reports: Sequence[Report]) -> str:
    """The reports side by side."""
    lines = ["".ljust(34) + "".join(report.name.ljust(30) for report in reports)]
    for title, of in (("found: ", "caught"), ("flagged: ", "flagged")):
        for key in getattr(reports[0], of):
            lines.append(
                (title + key).ljust(34) + "".join(str(getattr(r, of)[key]).ljust(30) for r in reports)
            )
    lines.append("macro-F1".ljust(34) + "".join(f"{report.macro_f1:.2f}".ljust(30) for report in reports))
    for category in CATEGORIES:
        scores = [report.categories[category] for report in reports]
        cells = (
            f"P {s.precision.value:.2f} R {s.recall.value:.2f} F1 {s.f1:.2f} ({s.right}+{s.missed})"
            for s in scores
        )
        lines.append(f"  {category}".ljust(34) + "".join(cell.ljust(30) for cell in cells))
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m detectors.measure", description=__doc__)
    parser.add_argument("samples", nargs="+", type=Path)
    parser.add_argument(
        "--keywords", type=Path, help="a keyword list; default: keywords.toml beside the samples"
    )
    parser.add_argument("--alone", action="store_true", help="only the policies, without the reader")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earshot")
    parser.add_argument(
        "--misses", action="store_true", help="also print what was missed and what was flagged wrongly"
    )
    asked = parser.parse_args(arguments)
    samples = read_samples(asked.samples)
    yardstick = asked.keywords or asked.samples[0].parent / "keywords.toml"
    detector, reports = policies(), []
    if not asked.alone:
        from detectors.intent.reader import Reader

        detector = policies(reader=Reader(asked.cache, threads=2))
        reports.append(measure("policies and reader", detector, samples))
    reports.append(measure("policies alone", policies(), samples))
    if yardstick.exists():
        reports.append(measure("plain keywords", keywords(yardstick), samples))
    sys.stdout.write(printed(reports) + "\n")
    if asked.misses:
        sys.stdout.write("\n".join(_misses(samples, detector)) + "\n")
    return 0


def _misses(samples: Sequence[Sample], detector: Detector) -> Iterable[str]:
    for sample in samples:
        found = detector(sample.transcript)
        text = sample.transcript.text.replace("\n", " / ")
        if sample.expected - found:
            yield f"missed {', '.join(sorted(sample.expected - found))}: {text}"
        if found - sample.expected:
            yield f"wrongly {', '.join(sorted(found - sample.expected))}: {text}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
