"""Until when a record is kept, and why: the longest duty wins, the shortest limit waits until no duty stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from policies.retention.rules import STARTS, UNION, Kind, Rule, RuleSet


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a rule asks of a record. Moments are aware; `events` by name (see STARTS), what has not happened left out.

    `requests`: ids of rules that an authority has called for (MiFID II 2017/565 art. 76(11): up to seven years).
    """

    created: datetime
    jurisdictions: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    events: Mapping[str, datetime] = field(default_factory=dict)
    requests: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for moment in (self.created, *self.events.values()):
            if moment.tzinfo is None:
                raise ValueError("retention reckons in UTC: a moment without a zone is no fact")


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What one rule says of one record: until when, or None where its clock has not begun to run."""

    rule: Rule
    until: datetime | None

    def in_words(self) -> str:
        """ "MiFID II 2017/565 art. 76(10): 5 years from creation"."""
        told = f"{self.rule.citation}: {self.rule.term} from {STARTS[self.rule.starts_from]}"
        return told + ("" if self.until else ", which has not come")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Until when one record is kept. `because` holds every duty, the longest first.

    `keep_until` is None where nothing ends it: `open_ended`, a duty whose clock has not begun, or no rule at all.
    """

    keep_until: datetime | None
    open_ended: bool
    because: tuple[Ruling, ...]
    limit: Ruling | None
    accessible_until: datetime | None
    worm: bool
    rules_sha256: str

    @property
    def undecided(self) -> bool:
        """No rule meets the record: nobody has said what it is, so nobody may say that it goes."""
        return not self.because and self.limit is None

    @property
    def must_go_at(self) -> datetime | None:
        """From when keeping it breaks a limit: the limit's day, or the end of the last duty where that is later."""
        if self.limit is None or self.limit.until is None or self.open_ended:
            return None
        return max(self.limit.until, self.keep_until) if self.keep_until else self.limit.until

    def stands(self, at: datetime) -> bool:
        """Does a duty, or the lack of any rule, still keep it at that moment?"""
        return self.undecided or self.open_ended or (self.keep_until is not None and at < self.keep_until)

    def is_overdue(self, at: datetime) -> bool:
        """Is it kept past a limit, with no duty to keep it?"""
        return self.must_go_at is not None and at >= self.must_go_at

    def in_words(self) -> str:
        """One sentence for the page of a call."""
        if self.undecided:
            return "kept because no rule says how long: complete the desk's profile"
        told = [self._kept()]
        if self.limit is not None:
            told.append(self._limited(self.limit))
        return "; ".join(told)

    def _kept(self) -> str:
        if not self.because:
            return "no duty asks to keep it"
        first = self.because[0].in_words()
        if self.open_ended or self.keep_until is None:
            return f"kept without an end in sight because {first}"
        return f"kept until {self.keep_until:%Y-%m-%d} because {first}"

    def _limited(self, limit: Ruling) -> str:
        told = f"a limit of {limit.rule.term} ({limit.rule.citation})"
        if self.because:
            return f"{told} does not apply while this duty stands"
        if limit.until is None:
            return f"{told} has not begun to run"
        return f"it goes by {limit.until:%Y-%m-%d} because of {told}"


def decide(facts: Facts, rules: RuleSet) -> Decision:
    """The decision on one record under these rules; the same for the same facts, whatever the day."""
    met = [rule for rule in rules.rules if _meets(rule, facts)]
    duties = sorted(_rulings(met, Kind.DUTY, facts), key=_longest_first)
    limits = sorted(_rulings(met, Kind.LIMIT, facts), key=_shortest_first)
    open_ended = any(duty.until is None for duty in duties)
    reach = [
        rule.accessible.after(start, late=True)
        for rule in met
        if rule.accessible is not None and (start := _start(rule, facts)) is not None
    ]
    return Decision(
        keep_until=None if open_ended or not duties else duties[0].until,
        open_ended=open_ended,
        because=tuple(duties),
        limit=limits[0] if limits else None,
        accessible_until=max(reach, default=None),
        worm=any(rule.worm != "no" for rule in met),
        rules_sha256=rules.sha256,
    )


def _meets(rule: Rule, facts: Facts) -> bool:
    if rule.on_request and rule.id not in facts.requests:
        return False
    # What binds the Union binds a desk in a member state.
    where = facts.jurisdictions | ({"EU"} if facts.jurisdictions & UNION else set())
    return rule.meets(
        jurisdictions=where, sectors=facts.sectors, instruments=facts.instruments, classes=facts.classes
    )


def _rulings(met: Iterable[Rule], kind: Kind, facts: Facts) -> list[Ruling]:
    found = []
    for rule in met:
        if rule.kind is kind:
            start = _start(rule, facts)
            until = None if start is None else rule.term.after(start, late=kind is Kind.DUTY)
            found.append(Ruling(rule=rule, until=until))
    return found


def _start(rule: Rule, facts: Facts) -> datetime | None:
    return facts.created if rule.starts_from == "creation" else facts.events.get(rule.starts_from)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _longest_first(ruling: Ruling) -> tuple[float, str]:
    return -(ruling.until or _NEVER).timestamp(), ruling.rule.id


def _shortest_first(ruling: Ruling) -> tuple[float, str]:
    return (ruling.until or _NEVER).timestamp(), ruling.rule.id
