"""Rounds, their strata and bounds, and the next call to hear, within a scope. Nothing here tells what was planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from detectors.elusion import Bound, Layer, bound
from detectors.shares import Share
from surveillance.access.scope import Power, Scope
from surveillance.audit.selectors import Filter, entries
from surveillance.capture.selectors import calls
from surveillance.capture.walls import behind, is_behind
from surveillance.core.errors import Hidden, Missing
from surveillance.detection.unflagged import screened_calls
from surveillance.review.outcomes import CONFIRMING, decided_by, outcomes
from surveillance.sampling import drawing
from surveillance.sampling.models import Drawn, Judgement, Round, State, Stratum, Verdict
from surveillance.sampling.strata import Plan, Wanted, allotted, parted

VERDICTS = {verdict.value: str(verdict.label) for verdict in Verdict}


@dataclass(frozen=True, kw_only=True)
class StratumRow:
    """A stratum with what was heard of it so far."""

    name: str
    desk: str
    population: int
    flagged: int
    drawn: int
    judged: int
    missed: int
    cannot: int


@dataclass(frozen=True, kw_only=True)
class RoundRow:
    """One round, as far as the scope's desks reach; `bound` is None while nothing of it was heard.

    While a round is open the bound speaks of what was heard; closed, what was not heard counts as missed.
    """

    id: int
    title: str
    since: datetime
    until: datetime
    allocation: str
    seed: str
    seed_given: bool
    frame_sha256: str
    unscreened: int
    state: str
    drawn_by: str
    drawn_at: datetime
    closed_by: str
    closed_at: datetime | None
    reason: str
    strata: Sequence[StratumRow]
    whole: bool
    to_hear: int
    heard: int
    bound: Bound | None

    @property
    def open(self) -> bool:
        return self.state == State.OPEN

    @property
    def population(self) -> int:
        return sum(row.population for row in self.strata)

    @property
    def flagged(self) -> int:
        return sum(row.flagged for row in self.strata)

    @property
    def drawn(self) -> int:
        return sum(row.drawn for row in self.strata)

    @property
    def missed(self) -> int:
        return sum(row.missed for row in self.strata)

    @property
    def cannot(self) -> int:
        return sum(row.cannot for row in self.strata)

    @property
    def alert_rate(self) -> float:
        total = self.population + self.flagged
        return self.flagged / total if total else 0.0


@dataclass(frozen=True, kw_only=True)
class Item:
    """A drawn call as whoever hears it may know it. `recording` is for the door alone and stands in no page."""

    id: UUID
    round: int
    round_title: str
    open: bool
    recording: UUID
    desk: str
    judged: bool


@dataclass(frozen=True, kw_only=True)
class MissedRow:
    """What was heard in a call that was silent."""

    recording: UUID
    reviewer: str
    at: datetime
    category: str
    start: float
    words: str
    reason: str
    seconds_heard: float


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How a round was heard: in seconds, by whom, and how many known positives were recognised."""

    reviewers: Sequence[tuple[str, int, float]]
    unblinded: int
    planted: Share | None


def plan(scope: Scope, wanted: Wanted) -> Plan:
    """What a draw would look like now.

    Raises:
        Refused: the scope draws nowhere, or not on a desk that is named. Invalid: it cannot be drawn so.
    """
    scope.require(Power.SAMPLE)
    for desk in wanted.desks:
        scope.require(Power.SAMPLE, desk)
    wanted.check()
    found = screened_calls(
        scope, power=Power.SAMPLE, since=wanted.since, until=wanted.until, desks=wanted.desks
    )
    parts = parted(found, wanted.by)
    allotted(parts, wanted)
    return Plan(parts=parts, unscreened=max(0, _arrived(scope, wanted) - len(found)))


def known_positives(scope: Scope, wanted: Wanted) -> list[UUID]:
    """Calls of the desks to be drawn from whose alert a person confirmed: the pool of known positives."""
    confirmed = outcomes(scope, power=Power.SAMPLE, actions=CONFIRMING)
    return [one.recording for one in confirmed if not wanted.desks or one.desk in wanted.desks]


def rounds(scope: Scope) -> list[RoundRow]:
    """Every round that touches a desk of the scope, newest first."""
    scope.require(Power.SEE)
    rows = Round.objects.filter(pk__in=_strata(scope).values("round"))
    return [_row(scope, row) for row in rows]


def round_of(scope: Scope, number: int) -> RoundRow:
    """One round.

    Raises:
        Hidden: it touches no desk of the scope. Missing: there is none.
    """
    row = Round.objects.filter(pk=number).first()
    if row is None:
        raise Missing("There is no such round.", cure="Check the address.")
    if not _strata(scope).filter(round=row).exists():
        raise Hidden("There is no such round.", cure="Check the address.", subject=f"round:{number}")
    return _row(scope, row)


def missed(scope: Scope, number: int) -> list[MissedRow]:
    """What was heard in the silent calls of a round, within the scope; known positives are not among it."""
    rows = _standing(scope, Power.LISTEN).filter(
        item__round=number, verdict=Verdict.MISSED, item__stratum__isnull=False
    )
    return [
        MissedRow(
            recording=row.item.recording_id,
            reviewer=row.reviewer,
            at=row.at,
            category=row.category,
            start=row.start or 0.0,
            words=row.words,
            reason=row.reason,
            seconds_heard=row.seconds_heard,
        )
        for row in rows.select_related("item")
    ]


def hearing(scope: Scope, number: int) -> Hearing:
    """How a round was heard; of known positives only once it is closed, for until then nobody may know of them."""
    rows = list(_standing(scope, Power.SEE).filter(item__round=number).select_related("item__round"))
    people: dict[str, list[float]] = {}
    for row in rows:
        people.setdefault(row.reviewer, []).append(row.seconds_heard)
    closed = Round.objects.filter(pk=number, state=State.CLOSED).exists()
    planted = [row for row in rows if row.item.stratum_id is None]
    known = sum(row.verdict == Verdict.MISSED for row in planted)
    return Hearing(
        reviewers=[(name, len(told), sum(told)) for name, told in sorted(people.items())],
        unblinded=sum(row.unblinded for row in rows),
        planted=Share(count=known, total=len(planted)) if closed and planted else None,
    )


def next_item(scope: Scope, number: int) -> UUID | None:
    """The call that the asker hears next in a round; None where nothing is left for them.

    A call is left to others where the asker has decided on its alert before: they would know it again.
    """
    open_ones = _items(scope).filter(round=number, round__state=State.OPEN)
    waiting = list(open_ones.exclude(judgements__standing=True).values_list("pk", "recording_id"))
    known = decided_by(scope.actor, [recording for _, recording in waiting])
    walled = behind(scope)
    left = [item for item, recording in waiting if recording not in known and str(recording) not in walled]
    return min(left, key=lambda item: drawing.turn_of(scope.actor, item), default=None)


def item(scope: Scope, number: UUID) -> Item:
    """One drawn call, for someone who may hear it and judge.

    Raises:
        Hidden: it lies on a desk where the scope does not review. Missing: there is none.
    """
    row = Drawn.objects.filter(pk=number).select_related("round").first()
    if row is None:
        raise Missing("There is no such call.", cure="Check the address.")
    may = scope.may(Power.REVIEW, row.desk) and scope.may(Power.LISTEN, row.desk)
    if not may or is_behind(scope, row.recording_id):
        raise Hidden("There is no such call.", cure="Check the address.", subject=f"drawn:{number}")
    return Item(
        id=row.pk,
        round=row.round_id,
        round_title=row.round.title,
        open=row.round.state == State.OPEN,
        recording=row.recording_id,
        desk=row.desk,
        judged=row.judgements.filter(standing=True).exists(),
    )


def waits(scope: Scope) -> int:
    """How many drawn calls wait for somebody of the scope's desks."""
    return _items(scope).filter(round__state=State.OPEN).exclude(judgements__standing=True).count()


def has_looked(actor: str, recording: UUID) -> bool:
    """Has somebody opened the call's own page, where findings stand, according to the ledger?"""
    viewed = Filter(actor=actor, action="viewed", subject=f"recording:{recording}")
    return entries(viewed).exists()


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Whether a round can be drawn again from its seed."""

    frame: bool
    sample: bool
    order: bool
    calls: int

    @property
    def identical(self) -> bool:
        return self.frame and self.sample and self.order


def verification(scope: Scope, number: int, *, seed: str = "") -> Verification:
    """Draw a round again from its kept frame and a seed — its own where none is named — and compare.

    Raises:
        Refused: the scope does not draw on every desk. Missing: there is no such round.
    """
    scope.require_everywhere(Power.SAMPLE, subject=f"round:{number}")
    row = Round.objects.filter(pk=number).first()
    if row is None:
        raise Missing("There is no such round.", cure="List them with manage.py draw_sample --list.")
    used = seed or row.seed
    strata = list(row.strata.all())
    told = drawing.frame_sha256({one.key: one.frame for one in strata})
    again: list[UUID] = []
    for one in strata:
        again += drawing.drawn(drawing.ids_in(one.frame), one.drawn, seed=used, frame_hash=told)
    again += drawing.drawn(drawing.ids_in(row.pool), row.planted, seed=used, frame_hash=told)
    kept = list(row.items.order_by("place").values_list("recording_id", flat=True))
    return Verification(
        frame=told == row.frame_sha256,
        sample=set(again) == set(kept) and len(again) == len(kept),
        order=drawing.in_order(again, seed=used, frame_hash=told) == kept,
        calls=len(kept),
    )


def _arrived(scope: Scope, wanted: Wanted) -> int:
    reach = scope.desks(Power.SAMPLE)
    desks = wanted.desks or (("",) if reach.every else tuple(sorted(reach.slugs)))
    return sum(calls(scope, desk=desk, since=wanted.since, until=wanted.until).total for desk in desks)


def _strata(scope: Scope) -> QuerySet[Stratum]:
    reach = scope.desks(Power.SEE)
    found = Stratum.objects.all()
    return found if reach.every else found.filter(desk__in=reach.slugs)


def _items(scope: Scope) -> QuerySet[Drawn]:
    """Drawn calls that the asker may hear and judge."""
    found = Drawn.objects.all()
    for power in (Power.REVIEW, Power.LISTEN):
        reach = scope.desks(power)
        found = found if reach.every else found.filter(desk__in=reach.slugs)
    return found


def _standing(scope: Scope, power: Power) -> QuerySet[Judgement]:
    reach = scope.desks(power)
    found = Judgement.objects.filter(standing=True)
    return found if reach.every else found.filter(item__desk__in=reach.slugs)


def _row(scope: Scope, row: Round) -> RoundRow:
    stands = Q(items__judgements__standing=True)
    strata = _strata(scope).filter(round=row)
    counted = strata.defer("frame").annotate(
        judged=Count("items", filter=stands),
        missed=Count("items", filter=stands & Q(items__judgements__verdict=Verdict.MISSED)),
        cannot=Count("items", filter=stands & Q(items__judgements__verdict=Verdict.CANNOT)),
    )
    rows = [
        StratumRow(
            name=one.name,
            desk=one.desk,
            population=one.population,
            flagged=one.flagged,
            drawn=one.drawn,
            judged=one.judged,
            missed=one.missed,
            cannot=one.cannot,
        )
        for one in counted.order_by("key")
    ]
    reach = scope.desks(Power.SEE)
    items = row.items.all() if reach.every else row.items.filter(desk__in=reach.slugs)
    return RoundRow(
        id=row.pk,
        title=row.title,
        since=row.since,
        until=row.until,
        allocation=row.allocation,
        seed=row.seed,
        seed_given=row.seed_given,
        frame_sha256=row.frame_sha256,
        unscreened=row.unscreened,
        state=row.state,
        drawn_by=row.drawn_by,
        drawn_at=row.drawn_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        reason=row.reason,
        strata=rows,
        whole=len(rows) == row.strata.count(),
        to_hear=items.count(),
        heard=items.filter(judgements__standing=True).count(),
        bound=_bound(rows, closed=row.state == State.CLOSED),
    )


def _bound(rows: Sequence[StratumRow], *, closed: bool) -> Bound | None:
    if not any(row.judged for row in rows):
        return None
    # Of a closed round nothing may be left out: what nobody heard might have been chosen not to be heard.
    layers = [
        Layer(
            population=row.population,
            drawn=row.drawn if closed else row.judged,
            missed=row.missed,
            unsure=row.cannot + (row.drawn - row.judged if closed else 0),
        )
        for row in rows
    ]
    return bound(layers)


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """A standing judgement on a call of a frame, for what learns from it; `start` and `end` in seconds."""

    judgement: int
    recording: UUID
    desk: str
    reviewer: str
    at: datetime
    missed: bool
    category: str
    start: float
    end: float


def verdicts(scope: Scope) -> list[Verdicts]:
    """What stands of the judgements on silent calls that could be judged, oldest first.

    Known positives are left out: their call has a decision of its own.
    """
    rows = _standing(scope, Power.LISTEN).filter(item__stratum__isnull=False).exclude(verdict=Verdict.CANNOT)
    return [
        Verdicts(
            judgement=row.pk,
            recording=row.item.recording_id,
            desk=row.item.desk,
            reviewer=row.reviewer,
            at=row.at,
            missed=row.verdict == Verdict.MISSED,
            category=row.category,
            start=row.start or 0.0,
            end=row.end or 0.0,
        )
        for row in rows.select_related("item")
    ]
