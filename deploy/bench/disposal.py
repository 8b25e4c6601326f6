"""Random histories of holds, profiles, power cuts and disposals: nothing held or dutiful lost, nothing overdue left.

`python -m deploy.bench.disposal [--histories 100000] [--steps 40] [--seed 1]`. The decision and the objection are the
real code; database and store are a model in memory (tests/surveillance/retention/disposal_model.py).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.disposal", description=__doc__)
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests" / "surveillance" / "retention"))
    from disposal_model import Lost, live

    began, lost, gone, things = time.perf_counter(), 0, 0, 0
    for number in range(asked.histories):
        try:
            world = live(random.Random(asked.seed * 1_000_003 + number), asked.steps)
        except Lost as fault:
            lost += 1
            print(f"history {number}: {fault}")
            continue
        gone, things = gone + world.gone, things + len(world.things)
    print(
        f"{asked.histories} histories of {asked.steps} steps in {time.perf_counter() - began:.0f} s: "
        f"{things} recordings, {gone} disposed of, {lost} histories with something lost or left"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
