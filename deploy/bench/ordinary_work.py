"""A reviewers' year in the ledger, made up: shifts, holidays, month ends, cases, joiners, uneven loads — and abuse.

Nothing here is tuned to the patterns: work is drawn from rates, abuse is written as what somebody would do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from surveillance.access.names import words
from surveillance.oversight.acts import Act

PEOPLE = tuple(
    f"{one} {two}"
    for one in ("Ann", "Ben", "Cid", "Dora", "Eve", "Finn")
    for two in ("Alder", "Birch", "Cedar")
)


@dataclass
class Reviewer:
    """One person at work: their load, their hours, the days they are there."""

    name: str
    load: float
    begins: int
    joined: date
    part_time: bool = False
    investigates: bool = False
    case: tuple[str, date] | None = None


@dataclass
class Office:
    """The world of `oversight.acts.World`, and the pen that writes its acts."""

    seed: int
    reviewers: list[Reviewer] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)

    def hire(self, many: int, first: date, days: int) -> None:
        for nth in range(many):
            late = nth % 6 == 5  # joins in the middle
            self.reviewers.append(
                Reviewer(
                    name=f"officer-{nth}",
                    load=self.draw.lognormvariate(0.0, 0.35),
                    begins=self.draw.choice((6, 7, 8, 8, 9, 11)),
                    joined=first + timedelta(days=days // 3 if late else 0),
                    part_time=nth % 5 == 4,
                    investigates=nth % 4 == 3,
                )
            )

    # World
    def alerted(self, recording: str) -> bool:
        return recording.startswith("a")

    def people(self, recording: str) -> frozenset[str]:
        return frozenset({PEOPLE[int(recording[1:]) % len(PEOPLE)]})

    def names(self, actor: str) -> frozenset[frozenset[str]]:
        return frozenset({words(f"{actor.replace('-', ' ')} Oakley")})

    def walled(self, actor: str, recording: str) -> bool:
        return recording.startswith("w")

    def usual(self, actor: str, hour: int, weekend: bool) -> bool:
        mine = next(one for one in self.reviewers if one.name == actor)
        return not weekend and mine.begins - 1 <= hour <= mine.begins + 10

    # Work
    def at_work(self, one: Reviewer, day: date) -> bool:
        if day < one.joined or day.weekday() >= 5 or (one.part_time and day.weekday() >= 3):
            return False
        away = random.Random(f"{one.name} {day.isocalendar()[1]}").random() < 0.08  # a week off now and then
        return not away and self.draw.random() > 0.03

    def ordinary(self, one: Reviewer, day: date) -> list[Act]:
        """One person's honest day."""
        made = Day(self, one, day)
        for _ in range(self._many(22 * one.load * (1.9 if day.day >= 28 else 1.0))):
            self._alert(made)
        case = self._case(one, day)
        for _ in range(self._many(4.0 if case else 1.5)):
            call = self._of(case) if case else self._call("n")
            made.act("viewed", call)
            if self.draw.random() < 0.6:
                self._heard(made, call, self.draw.uniform(15, 90))
        self._searches(made, case)
        for action, prefix, mean in (
            ("native downloaded", "a", 0.4),
            ("refused", "n", 0.3),
            ("noise undone", "a", 0.8),
        ):
            for _ in range(self._many(mean)):
                made.act(action, self._call(prefix))
        self._now_and_then(made)
        return made.written()

    def _alert(self, made: Day) -> None:
        call = self._call("a")
        made.act("viewed", call)
        heard = self._heard(made, call, self.draw.uniform(20, 150))
        if self.draw.random() < 0.05:
            heard = 0.0  # the same call from two recorders
        if self.draw.random() < 0.8:
            made.act("decided", call, action="no_concern", seconds_heard=heard)

    def _searches(self, made: Day, case: str) -> None:
        for _ in range(self._many(3.0)):
            sought = case if case and self.draw.random() < 0.3 else ""
            if not sought and self.draw.random() < 0.1:
                sought = self.draw.choice(PEOPLE)
            made.act("searched", query="libor w/5 fix", filters={"person": sought})

    def _now_and_then(self, made: Day) -> None:
        proposer = self.draw.choice(self.reviewers).name
        for chance, action, subject, detail in (
            (0.02, "change proposed", "change:1", {}),
            (0.01, "change put in force", "change:1", {"proposed_by": proposer}),
            (0.01, "sample drawn", "round:1", {}),
            (0.004, "session refused", "user:x", {}),
        ):
            if self.draw.random() < chance:
                made.act(action, subject=subject, **detail)
        if self.draw.random() < 0.02:
            self._heard(made, self._call("a"), 100, late=True)

    def _call(self, prefix: str) -> str:
        return f"{prefix}{self.draw.randrange(10**6)}"

    def _case(self, one: Reviewer, day: date) -> str:
        if not one.investigates:
            return ""
        if one.case and day <= one.case[1]:
            return one.case[0]
        if self.draw.random() < 0.03:
            one.case = (self.draw.choice(PEOPLE), day + timedelta(days=self.draw.randrange(4, 15)))
            return one.case[0]
        return ""

    def _of(self, person: str) -> str:
        return f"n{PEOPLE.index(person) + len(PEOPLE) * self.draw.randrange(10**5)}"

    def _heard(self, made: Day, call: str, seconds: float, late: bool = False) -> float:
        made.act("heard", call, late=late, start=0.0, end=round(seconds, 1))
        return seconds

    def _many(self, mean: float) -> int:
        """Uneven work: a Poisson whose rate is drawn anew each day."""
        rate = self.draw.gammavariate(3.0, mean / 3.0)
        total, left = 0, rate
        while (left := left - self.draw.expovariate(1.0)) > 0:
            total += 1
        return total


class Day:
    """One person's day being written."""

    def __init__(self, office: Office, one: Reviewer, day: date) -> None:
        self.office, self.one, self.day = office, one, day
        self.acts: list[Act] = []

    def act(
        self, action: str, call: str = "", /, *, subject: str = "", late: bool = False, **detail: Any
    ) -> None:
        draw = self.office.draw
        hour = (self.one.begins + 14) % 24 if late else self.one.begins + draw.randrange(9)
        moment = datetime(self.day.year, self.day.month, self.day.day, min(hour, 23), tzinfo=UTC)
        self.acts.append(
            Act(
                sequence=next(self.office.numbers),
                at=moment + timedelta(seconds=draw.randrange(3600)),
                actor=self.one.name,
                action=action,
                subject=subject or (f"recording:{call}" if call else ""),
                detail=detail,
            )
        )

    def written(self) -> list[Act]:
        return sorted(self.acts, key=lambda act: act.at)


def _same_target(made: Day, many: int, action: str, **detail: Any) -> None:
    target = PEOPLE[5]
    for nth in range(many):
        call = f"n{5 + len(PEOPLE) * (nth + 7)}"
        if action == "searched":
            made.act("searched", query="", filters={"person": target})
        else:
            made.act(action, call, **detail)


def _burst(made: Day, many: int) -> None:
    made.act("decided", "a1", action="no_concern", seconds_heard=30.0)
    first = made.acts[-1]
    for nth in range(many):
        made.acts.append(
            Act(
                sequence=next(made.office.numbers),
                at=first.at + timedelta(seconds=15 * nth),
                actor=first.actor,
                action="decided",
                subject=f"recording:a{nth + 50}",
                detail={"action": "no_concern", "seconds_heard": 20.0},
            )
        )


def _repeat(
    action: str, many: int, /, *, prefix: str = "", late: bool = False, **detail: Any
) -> Callable[[Day], None]:
    def write(made: Day) -> None:
        for nth in range(many):
            call = f"{prefix}{nth + 900_000}" if prefix else ""
            made.act(action, call, late=late, **({"subject": "change:9"} if not prefix else {}), **detail)

    return write


# What somebody does, and by which pattern it must be seen.
ABUSE: dict[str, tuple[str, Callable[[Day], None]]] = {
    "browses a colleague's desk": ("unalerted", _repeat("viewed", 60, prefix="n")),
    "listens all day": ("bulk-listening", _repeat("heard", 120, prefix="a", start=0.0, end=240.0)),
    "follows one person": ("one-person", lambda day: _same_target(day, 25, "heard", start=0.0, end=30.0)),
    "looks somebody up again and again": (
        "searches-on-person",
        lambda day: _same_target(day, 25, "searched"),
    ),
    "looks for their own name": (
        "searches-on-self",
        lambda day: day.act("searched", query=f"{day.one.name.replace('-', ' ')} oakley", filters={}),
    ),
    "guesses addresses": ("probing", _repeat("refused", 30, prefix="n")),
    "asks for their own calls": ("walls", _repeat("refused", 3, prefix="w")),
    "takes the archive home": ("taking-out", _repeat("native downloaded", 40, prefix="a")),
    "listens at night": ("off-hours", _repeat("heard", 25, prefix="a", late=True, start=0.0, end=120.0)),
    "downloads at night": ("off-hours-taking", _repeat("native downloaded", 5, prefix="a", late=True)),
    "closes without hearing": (
        "unheard",
        _repeat("decided", 40, prefix="a", action="no_concern", seconds_heard=0.0),
    ),
    "closes a whole queue": (
        "bulk-closing",
        _repeat("decided", 200, prefix="a", action="no_concern", seconds_heard=9.0),
    ),
    "closes in a burst": ("burst", lambda day: _burst(day, 40)),
    "agrees to whatever a friend proposes": (
        "same-pair",
        _repeat("change put in force", 8, proposed_by="friend"),
    ),
    "loosens the rules": ("loosening", _repeat("change proposed", 20)),
    "silences what disturbs": ("noise", _repeat("noise restored", 40, prefix="a")),
    "draws until the sample is clean": ("shopping", _repeat("sample drawn", 6)),
    "copies by program": ("scraping", _repeat("viewed", 900, prefix="a", door="api")),
    "reads what the ledger says of them": ("ledger-on-self", lambda day: _own_ledger(day)),
    "lends their session": ("shared", _repeat("session refused", 4)),
    "lends a role for a day": ("lent-role", lambda day: _lent(day)),
}


def _own_ledger(made: Day) -> None:
    for _ in range(3):
        made.act("viewed", subject="page:ledger", actor=made.one.name)


def _lent(made: Day) -> None:
    made.act("role granted", subject="user:friend", role="supervisor")
    made.act("role withdrawn", subject="user:friend", role="supervisor")


def days_of(first: date, many: int) -> Sequence[date]:
    return [first + timedelta(days=nth) for nth in range(many)]
