"""`python -m detectors.entities`: how well the labelled lines are read, kind by kind, with intervals."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from detectors.entities.entity import Entity
from detectors.entities.marked import CALLED, LINES, Marked, faults, measure, read_lines
from detectors.entities.reader import EntityReader
from search.transcript import Transcript


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m detectors.entities", description=__doc__)
    asked.add_argument("--seen", action="store_true", help="only the half that was looked at while writing")
    asked.add_argument(
        "--faults", action="store_true", help="with --seen: each line read otherwise than marked"
    )
    given = asked.parse_args()
    reader = EntityReader()

    def read(transcript: Transcript) -> Sequence[Entity]:
        return reader.read(transcript, CALLED)

    lines = read_lines()
    seen = [line for line in lines if not line.held]
    if given.faults:
        print("\n".join(faults(seen, read)))
    print(
        f"{len(lines)} labelled lines of {LINES.name}, {len(seen)} looked at while the recognisers were written"
    )
    _print("looked at", seen, read)
    if not given.seen:
        _print("not looked at", [line for line in lines if line.held], read)


def _print(title: str, lines: Sequence[Marked], read) -> None:  # type: ignore[no-untyped-def]
    told = measure(lines, read)
    print(f"\n{title}: {len(lines)} lines")
    print(f"  {'kind':13} {'precision':28} {'recall':28} F1")
    for kind, score in told.scores.items():
        if score.right + score.wrong + score.missed:
            print(f"  {kind:13} {score.precision!s:28} {score.recall!s:28} {score.f1:.2f}")
    whole = told.whole
    print(f"  {'all':13} {whole.precision!s:28} {whole.recall!s:28} {whole.f1:.2f}")
    print(f"  normal forms right among those found: {told.values}")


if __name__ == "__main__":
    main()
