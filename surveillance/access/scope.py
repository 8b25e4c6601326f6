"""What one person may do, and on which desks: the value every selector asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from surveillance.core.errors import Refused


class Power(StrEnum):
    """One thing a role may allow."""

    SEE = "see"  # that a call exists, who spoke, what was flagged
    LISTEN = "listen"  # its sound and its words
    SEARCH = "search"  # the spoken archive
    REVIEW = "review"  # decide on an alert
    SECOND = "second"  # be the second pair of eyes
    RULES = "rules"  # read the policies, their editions and what is proposed
    PROPOSE = "propose"  # propose a change of policies, thresholds, models
    ACTIVATE = "activate"  # put in force what somebody else proposed
    CAPTURE = "capture"  # hand recordings in
    QUARANTINE = "quarantine"  # see and retry what could not be read
    LEDGER = "ledger"  # read who did what
    SAMPLE = "sample"  # draw samples of calls that were not flagged, and close them
    DRILL = "drill"  # send drills through, read what came of them, see to incidents
    CONSENT = "consent"  # see what waits for consent, take evidence, let personal calls out
    PRIVACY = "privacy"  # answer what people ask about their own voice
    HOLD = "hold"  # place a legal hold, and release one beside a second person
    DISPOSE = "dispose"  # prepare a disposal, or approve what somebody else prepared
    PROVE = "prove"  # show a record as it stood, and that its bytes have not changed
    OVERSEE = "oversee"  # read what those who may hear calls did with that power
    ADMINISTER = "administer"  # users, desks, grants, the state of the system


# The desk of the drills: no grant reaches it, and "every desk" does not mean it. Scripted misconduct must never
# stand among real calls, in no queue, search or count (see surveillance/assurance/README.md).
DRILLS = "drills"

# How each reads after "You may not".
DEEDS: Mapping[Power, str] = {
    Power.SEE: "see calls",
    Power.LISTEN: "listen to calls",
    Power.SEARCH: "search what was said",
    Power.REVIEW: "decide on alerts",
    Power.SECOND: "give a second review",
    Power.RULES: "read the policies",
    Power.PROPOSE: "propose a change of the policies",
    Power.ACTIVATE: "put a change of the policies in force",
    Power.CAPTURE: "hand recordings in",
    Power.QUARANTINE: "see what was set aside",
    Power.LEDGER: "read the ledger",
    Power.SAMPLE: "draw samples of unflagged calls",
    Power.DRILL: "run drills or see to incidents",
    Power.CONSENT: "decide on consent",
    Power.PRIVACY: "answer for data subjects",
    Power.HOLD: "place or release holds",
    Power.DISPOSE: "dispose of recordings",
    Power.PROVE: "prove the record",
    Power.OVERSEE: "watch over those who listen",
    Power.ADMINISTER: "administer Earshot",
}

POWERS: Mapping[str, frozenset[Power]] = {
    "officer": frozenset({Power.SEE, Power.LISTEN, Power.SEARCH, Power.REVIEW, Power.RULES, Power.PROPOSE}),
    "supervisor": frozenset(
        {
            Power.SEE,
            Power.LISTEN,
            Power.SEARCH,
            Power.REVIEW,
            Power.SECOND,
            Power.QUARANTINE,
            Power.RULES,
            Power.PROPOSE,
            Power.ACTIVATE,
            Power.SAMPLE,
            Power.DRILL,
        }
    ),
    "investigator": frozenset({Power.SEE, Power.LISTEN, Power.SEARCH}),
    "records": frozenset(
        {
            Power.SEE,
            Power.SEARCH,
            Power.LISTEN,
            Power.CAPTURE,
            Power.QUARANTINE,
            Power.HOLD,
            Power.DISPOSE,
            Power.PROVE,
        }
    ),
    "privacy": frozenset({Power.SEE, Power.SEARCH, Power.LISTEN, Power.CONSENT, Power.PRIVACY}),
    "second_line": frozenset({Power.OVERSEE, Power.LEDGER}),
    "regulator": frozenset({Power.SEE, Power.LISTEN, Power.SEARCH, Power.RULES, Power.PROVE}),
    "admin": frozenset({Power.ADMINISTER, Power.QUARANTINE, Power.DRILL}),
    "auditor": frozenset({Power.SEE, Power.LEDGER, Power.RULES, Power.PROVE}),
    "service": frozenset({Power.CAPTURE}),
}


@dataclass(frozen=True)
class Desks:
    """Some desks by slug, or all of them; the desk of the drills only where it is named or `drills` is set."""

    slugs: frozenset[str] = frozenset()
    every: bool = False
    drills: bool = False

    def __contains__(self, slug: object) -> bool:
        if slug == DRILLS:
            return self.drills or slug in self.slugs
        return self.every or slug in self.slugs

    def __bool__(self) -> bool:
        return self.every or bool(self.slugs)

    @property
    def as_filter(self) -> frozenset[str] | None:
        """For an index: the slugs to narrow to; None for no narrowing."""
        return None if self.every else self.slugs


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The reach of one actor. There is no unscoped door."""

    actor: str
    reach: Mapping[Power, Desks] = field(default_factory=dict)

    def desks(self, power: Power) -> Desks:
        """The desks on which the actor holds `power`."""
        return self.reach.get(power, Desks())

    def may(self, power: Power, desk: str | None = None) -> bool:
        """Does the actor hold `power` — on `desk`, or on any desk where none is named?"""
        reach = self.desks(power)
        return bool(reach) if desk is None else desk in reach

    def narrowed(self, *, powers: Collection[str] = (), desks: Collection[str] = ()) -> Scope:
        """The part of it that some powers, on some desks, leave; an empty collection narrows nothing."""
        left = {
            power: Desks(
                slugs=frozenset(desk for desk in desks if desk in held) if desks else held.slugs,
                every=held.every and not desks,
            )
            for power, held in self.reach.items()
            if not powers or power in powers
        }
        return Scope(actor=self.actor, reach=left)

    def require(self, power: Power, desk: str | None = None, *, subject: str = "") -> None:
        """Refuse unless the actor holds `power`.

        Raises:
            Refused: it does not; the door puts the refusal on record.
        """
        if not self.may(power, desk):
            where = f" on desk {desk}" if desk else ""
            raise Refused(
                f"You may not {DEEDS[power]}{where}.",
                cure="Ask an administrator for a role that allows it.",
                subject=subject,
            )

    def require_everywhere(self, power: Power, *, subject: str = "") -> None:
        """Refuse unless the actor holds `power` on every desk: for what no wall divides, as users or the ledger.

        Raises:
            Refused: it does not.
        """
        self.require(power, subject=subject)
        if not self.desks(power).every:
            raise Refused(
                f"You may {DEEDS[power]} on some desks, and this needs every desk.",
                cure="Ask someone whose role reaches over every desk.",
                subject=subject,
            )


def program(name: str) -> Scope:
    """The scope of Earshot's own programs: every power on every desk, under a name of its own.

    By its id a program reaches a drill too, to take it through the stages; lists show it none.
    """
    return Scope(actor=f"program:{name}", reach={power: Desks(every=True, drills=True) for power in Power})


def among_drills(scope: Scope) -> Scope:
    """The same actor, among the drills and nowhere else.

    Raises:
        Refused: the scope does not hold `Power.DRILL`.
    """
    scope.require(Power.DRILL)
    here = Desks(slugs=frozenset({DRILLS}))
    return Scope(actor=scope.actor, reach=dict.fromkeys((Power.SEE, Power.LISTEN, Power.CAPTURE), here))


def combine(actor: str, grants: Iterable[tuple[str, str | None]]) -> Scope:
    """The union of (role, desk slug or None for every desk) grants."""
    reach: dict[Power, Desks] = {}
    for role, desk in grants:
        for power in POWERS[role]:
            held = reach.get(power, Desks())
            slugs = held.slugs | ({desk} if desk else set())
            reach[power] = Desks(slugs=frozenset(slugs), every=held.every or desk is None)
    return Scope(actor=actor, reach=reach)
