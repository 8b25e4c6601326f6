"""A small world of recordings, people, a store and power cuts, whose every deletion is judged as it happens.

The decision (`policies.retention.decide`) and the objection (`retention.objections`) are the real ones; database and
store are dictionaries, so that a hundred thousand histories can be lived through. The store is as a store with Object
Lock is: it refuses by itself. Whether the real services do as this world does, the other tests of this folder ask.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from policies.retention import Decision, Facts, RuleSet, decide, load
from surveillance.retention.objections import objection

BEGIN = datetime(2024, 2, 28, 12, tzinfo=UTC)
FAR = timedelta(days=366 * 12)
PEOPLE = ("rita", "sam", "tom")
# What a desk may be, from no rule at all to a duty whose end is not known.
PROFILES: tuple[dict[str, frozenset[str]], ...] = tuple(
    {name: frozenset(words.split()) for name, words in told.items()}
    for told in (
        {},
        {"jurisdictions": "DE", "sectors": "trading", "classes": "communication"},
        {"jurisdictions": "DE FR", "sectors": "contact_centre", "classes": "personal"},
        {"jurisdictions": "US", "sectors": "futures", "instruments": "future", "classes": "order"},
        {"jurisdictions": "US GB", "sectors": "broker_dealer", "classes": "near_miss"},
        {"jurisdictions": "GB", "sectors": "security", "classes": "operations"},
        {"jurisdictions": "CH", "sectors": "trading", "classes": "order"},
        {"jurisdictions": "US", "sectors": "swap_dealing", "instruments": "swap", "classes": "minutes"},
    )
)


@lru_cache(maxsize=1)
def rules() -> RuleSet:
    return load()


@lru_cache(maxsize=4096)
def decided(created: datetime, profile: int) -> Decision:
    return decide(Facts(created=created, **PROFILES[profile]), rules())


@dataclass
class Thing:
    """One recording: its rows, its object in the store, and the lock on that."""

    created: datetime
    desk: int
    custodian: int
    locked_until: datetime
    in_store: bool = True
    in_database: bool = True
    store_hold: bool = False


@dataclass
class Hold:
    custodian: int
    forward: bool
    members: set[int] = field(default_factory=set)
    asked_by: str = ""
    stands: bool = True


@dataclass
class Disposal:
    prepared_by: str
    items: dict[int, str]
    approved: bool = False


class Lost(AssertionError):
    """Something went that should have stayed, or stayed that should have gone."""


class World:
    """Everything that can happen to a few recordings; every method is one thing that somebody does."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.desks = [0, 1, 2]
        self.things: list[Thing] = []
        self.holds: list[Hold] = []
        self.disposals: list[Disposal] = []
        self.store_away = False
        self.gone = 0

    # what people and time do

    def arrive(self, desk: int, custodian: int, age: int) -> None:
        created = self.now - timedelta(days=age)
        desk %= len(self.desks)
        decision = decided(created, self.desks[desk])
        shortest = self.now + timedelta(days=1)
        due = self.now + timedelta(days=366) if decision.open_ended else decision.keep_until
        self.things.append(Thing(created, desk, custodian, max(due or shortest, shortest)))
        number = len(self.things) - 1
        for hold in self.holds:
            if hold.stands and hold.forward and hold.custodian == custodian:
                hold.members.add(number)

    def pass_time(self, days: int) -> None:
        self.now += timedelta(days=days)

    def describe(self, desk: int, profile: int) -> None:
        self.desks[desk % len(self.desks)] = profile % len(PROFILES)

    def sweep(self) -> None:
        """The locks follow the decisions, and are only ever made longer; the store's holds follow the holds."""
        if self.store_away:
            return
        for number, thing in enumerate(self.things):
            if thing.in_store:
                decision = self.decision(thing)
                due = self.now + timedelta(days=366) if decision.open_ended else decision.keep_until
                thing.locked_until = max(thing.locked_until, due or thing.locked_until)
                thing.store_hold = bool(self.standing_on(number))

    def place(self, custodian: int, forward: bool) -> None:
        met = {n for n, thing in enumerate(self.things) if thing.in_database and thing.custodian == custodian}
        self.holds.append(Hold(custodian, forward, met))

    def ask_release(self, hold: int, person: int) -> None:
        if self.holds and (row := self.holds[hold % len(self.holds)]).stands and not row.asked_by:
            row.asked_by = PEOPLE[person % len(PEOPLE)]

    def release(self, hold: int, person: int) -> None:
        if self.holds and (row := self.holds[hold % len(self.holds)]).stands:
            row.stands = not (row.asked_by and row.asked_by != PEOPLE[person % len(PEOPLE)])

    def prepare(self, person: int) -> None:
        listed = {
            n for one in self.disposals for n, state in one.items.items() if state in ("waiting", "going")
        }
        going = {
            number: "waiting"
            for number, thing in enumerate(self.things)
            if thing.in_database and number not in listed and not self.against(number)
        }
        if going:
            self.disposals.append(Disposal(PEOPLE[person % len(PEOPLE)], going))

    def approve(self, disposal: int, person: int) -> None:
        if self.disposals:
            row = self.disposals[disposal % len(self.disposals)]
            row.approved = row.approved or row.prepared_by != PEOPLE[person % len(PEOPLE)]

    def cut_store(self, away: bool) -> None:
        self.store_away = away

    def carry_out(self, power: int = 1_000_000) -> None:
        """Go on with what was approved; after `power` steps the power is cut, in the middle of whatever it is."""
        for disposal in self.disposals:
            for number, state in list(disposal.items.items()) if disposal.approved else []:
                if state == "waiting":
                    power -= 1
                    disposal.items[number] = "kept" if self.against(number) else "going"
                if power <= 0:
                    return
                if disposal.items[number] == "going":
                    power = self._let_go(disposal, number, power)
                if power <= 0:
                    return

    def _let_go(self, disposal: Disposal, number: int, power: int) -> int:
        thing = self.things[number]
        if self.store_away:
            return power
        if self.against(number):
            disposal.items[number] = "kept"
            return power - 1
        if thing.in_store and not self._removed(number):
            disposal.items[number] = "kept"
            return power - 1
        if power <= 1:
            return 0  # the power is cut between the store and the database
        self._judge(number)
        thing.in_database = False
        disposal.items[number] = "gone"
        self.gone += 1
        return power - 2

    def _removed(self, number: int) -> bool:
        """The store refuses by itself what is locked or held in it."""
        thing = self.things[number]
        if thing.store_hold or thing.locked_until > self.now:
            return False
        self._judge(number)
        thing.in_store = False
        return True

    # what is true

    def decision(self, thing: Thing) -> Decision:
        return decided(thing.created, self.desks[thing.desk])

    def standing_on(self, number: int) -> list[int]:
        return [n for n, hold in enumerate(self.holds) if hold.stands and number in hold.members]

    def against(self, number: int) -> str:
        thing = self.things[number]
        return objection(
            holds=self.standing_on(number),
            decision=self.decision(thing),
            locked_until=thing.locked_until if thing.in_store else None,
            at=self.now,
        )[0]

    def _judge(self, number: int) -> None:
        """Every deletion, in store or database, held against the rules one by one, without the code under test."""
        thing = self.things[number]
        if any(hold.stands and number in hold.members for hold in self.holds):
            raise Lost(f"{number} was deleted under a hold")
        decision = self.decision(thing)
        if not decision.because and decision.limit is None:
            raise Lost(f"{number} was deleted, and no rule said how long it is kept")
        for duty in decision.because:
            if duty.until is None or duty.until > self.now:
                raise Lost(f"{number} was deleted while {duty.in_words()} stands")
        if thing.in_store and thing.locked_until > self.now:
            raise Lost(f"{number} was deleted under its lock")

    def check(self) -> None:
        """At any moment: nothing has lost its object and kept its rows, but for what a disposal is in the middle of."""
        listed = {n for one in self.disposals for n in one.items}
        for number, thing in enumerate(self.things):
            if thing.in_database and not thing.in_store and number not in listed:
                raise Lost(f"{number} lost its bytes to nobody")
            if thing.in_store and not thing.in_database:
                raise Lost(f"{number} lost its rows and kept its bytes")

    def settle(self) -> None:
        """Holds are released by two, the store is back, time passes, two people dispose: nothing overdue is left."""
        self.cut_store(False)
        for number, hold in enumerate(self.holds):
            if hold.stands:
                hold.asked_by = hold.asked_by or PEOPLE[0]
                self.release(number, PEOPLE.index(hold.asked_by) + 1)
        self.pass_time(FAR.days)
        self.sweep()
        for number, _ in enumerate(self.disposals):
            self.approve(number, 1)
            self.approve(number, 2)
        self.carry_out()
        self.prepare(0)
        self.approve(-1, 1)
        self.approve(-1, 2)
        self.carry_out()
        self.check()
        for number, thing in enumerate(self.things):
            if thing.in_database and self.decision(thing).is_overdue(self.now):
                raise Lost(f"{number} is overdue and was left")


def live(chance: random.Random, steps: int) -> World:
    """One history of random steps, and its end. Raises Lost."""
    world = World()
    below: Callable[[int], int] = chance.randrange
    acts: tuple[tuple[int, Callable[[], None]], ...] = (
        (5, lambda: world.arrive(below(3), below(3), below(4000))),
        (4, lambda: world.pass_time(below(900))),
        (2, lambda: world.describe(below(3), below(len(PROFILES)))),
        (3, world.sweep),
        (2, lambda: world.place(below(3), below(2) == 1)),
        (2, lambda: world.ask_release(below(9), below(3))),
        (2, lambda: world.release(below(9), below(3))),
        (3, lambda: world.prepare(below(3))),
        (3, lambda: world.approve(below(9), below(3))),
        (1, lambda: world.cut_store(below(3) == 0)),
        (4, lambda: world.carry_out(below(12) + 1 if below(2) else 1_000_000)),
    )
    for act in chance.choices([act for _, act in acts], weights=[weight for weight, _ in acts], k=steps):
        act()
        world.check()
    world.settle()
    return world
