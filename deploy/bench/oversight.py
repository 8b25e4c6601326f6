"""Watching the watchers: false reports on ordinary work, and which scripted abuse is found.

`python -m deploy.bench.oversight [--reviewers 12] [--months 12] [--seed 3]`. Needs no database; the same judging as
every night. Each abuse is written into the day of a reviewer after all the others.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta

from deploy.bench.ordinary_work import ABUSE, Day, Office, days_of
from surveillance.oversight.acts import Act, Found
from surveillance.oversight.judging import LONGEST, Judged, counted, judged
from surveillance.oversight.patterns import PATTERNS


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.oversight", description=__doc__)
    parser.add_argument("--reviewers", type=int, default=12)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args(arguments)
    tried = Tried(asked.reviewers, 30 * asked.months, seed=asked.seed)
    tried.ordinary()
    rate = sum(tried.false.values()) / tried.months
    print(
        f"{asked.reviewers} reviewers, {asked.months} months of ordinary work: "
        f"{sum(tried.false.values())} false reports, {rate:.2f} a reviewer and month"
        f"; by pattern {dict(tried.false.most_common())}"
    )
    for strength in (0.25, 0.5, 1.0):
        tried.abuse(strength)
        missed = [name for name, seen in tried.found.items() if not seen]
        print(
            f"abuse at {strength:.2f} of its strength: {len(ABUSE) - len(missed)} of {len(ABUSE)} found; "
            f"missed {missed}"
        )
    return 0


class Tried:
    """A run: an office at work, judged day by day as in service."""

    def __init__(self, reviewers: int, days: int, *, seed: int) -> None:
        self.office, self.first = Office(seed=seed), date(2026, 1, 5)
        self.office.hire(reviewers, self.first, days)
        self.calendar = days_of(self.first, days)
        self.false: Counter[str] = Counter()
        self.found: dict[str, bool] = {}
        self.months = sum((self.calendar[-1] - one.joined).days / 30 for one in self.office.reviewers)
        self._acts: dict[str, dict[date, list[Act]]] = defaultdict(dict)
        self._tallies: dict[str, list[tuple[date, dict[str, int]]]] = defaultdict(list)
        self._quiet: dict[tuple[str, str], date] = {}

    def ordinary(self) -> None:
        """Judge every honest day; whatever is reported is false, one report a week and pattern."""
        for day in self.calendar:
            for one in self.office.reviewers:
                if self.office.at_work(one, day):
                    today = self.office.ordinary(one, day)
                    for report in self.judge(one.name, day, today):
                        self._report(one.name, report.pattern.id, day)
                    found = self._counted(one.name, day, today)
                    self._acts[one.name][day] = today
                    self._acts[one.name].pop(day - timedelta(days=LONGEST + 1), None)
                    self._tallies[one.name].append((day, {name: what.value for name, what in found.items()}))

    def abuse(self, strength: float = 1.0) -> None:
        """Write each abuse into the next working day of somebody, and see whether its pattern finds it."""
        last = self.calendar[-1] + timedelta(days=1)
        while last.weekday() >= 5:
            last += timedelta(days=1)
        for nth, (name, (pattern, write)) in enumerate(ABUSE.items()):
            one = self.office.reviewers[nth % len(self.office.reviewers)]
            made = Day(self.office, one, last)
            write(made)
            done = made.acts[: max(1, round(len(made.acts) * strength))]
            made.acts = [*self.office.ordinary(one, last), *done]
            told = self.judge(one.name, last, made.written())
            self.found[name] = pattern in {report.pattern.id for report in told}

    def judge(self, name: str, day: date, today: list[Act]) -> list[Judged]:
        """What is reported of one person's day."""
        since = day - timedelta(days=90)
        own: dict[str, list[int]] = defaultdict(list)
        peers: dict[str, list[int]] = defaultdict(list)
        for other, rows in self._tallies.items():
            into = own if other == name else peers
            for at, values in rows:
                if at >= since:
                    for pattern, value in values.items():
                        into[pattern].append(value)
        return judged(name, self._counted(name, day, today), own=own, peers=peers)

    def _counted(self, name: str, day: date, today: list[Act]) -> dict[str, Found]:
        acts = {
            length: [
                *(
                    act
                    for back in range(length - 1, 0, -1)
                    for act in self._acts[name].get(day - timedelta(days=back), ())
                ),
                *today,
            ]
            for length in {pattern.days for pattern in PATTERNS}
        }
        return counted(acts, self.office)

    def _report(self, name: str, pattern: str, day: date) -> None:
        if self._quiet.get((name, pattern), date.min) < day - timedelta(days=7):
            self.false[pattern] += 1
        self._quiet[name, pattern] = day


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
