"""Labels, editions, challengers and drift, as a scope may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from policies.schema import CATEGORIES
from surveillance.access.scope import Power, Scope
from surveillance.core.errors import Missing
from surveillance.learning import drift
from surveillance.learning.comparing import Both, Comparison, compared
from surveillance.learning.models import (
    Baseline,
    Challenger,
    DataSet,
    Exclusion,
    Kind,
    Label,
    Reading,
    Shadow,
    Standing,
)
from surveillance.learning.readings import FEATURES

KINDS: Mapping[str, str] = {kind.value: str(kind.label) for kind in Kind}
STANDINGS: Mapping[str, str] = {one.value: str(one.label) for one in Standing}
WEEKS = 26


@dataclass(frozen=True, kw_only=True)
class CategoryTally:
    """Labels that stand, of one category; `category` is empty for whole calls."""

    category: str
    violating: int
    innocent: int
    verdicts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class DataSetRow:
    """One edition; `withdrawn` of its labels no longer stand and are left out of an export."""

    id: int
    title: str
    reason: str
    frozen_by: str
    frozen_at: datetime
    sha256: str
    labels: int
    withdrawn: int
    counts: Mapping[str, Mapping[str, int]]
    approved_by: str
    approved_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChallengerRow:
    """One challenger beside the champion."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    sha256: str
    reason: str
    registered_by: str
    registered_at: datetime
    standing: str
    moved_by: str
    moved_at: datetime | None
    moved_because: str
    fault: str
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class WeekRow:
    """One feature in one week against the baseline."""

    week: date
    calls: int
    psi: float
    ks: float | None
    chance: float

    @property
    def crossed(self) -> str:
        return drift.crossed(self.psi, self.chance)


@dataclass(frozen=True, kw_only=True)
class FeatureDrift:
    """A feature over the last weeks, oldest first."""

    feature: str
    title: str
    weeks: Sequence[WeekRow]


@dataclass(frozen=True, kw_only=True)
class BaselineRow:
    """The window that weeks are compared with."""

    since: datetime
    until: datetime
    calls: int
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExclusionRow:
    """A desk that is not learnt from."""

    desk: str
    reason: str
    by: str
    at: datetime


def tally(scope: Scope) -> list[CategoryTally]:
    """Labels that stand on the scope's desks, by category; those of whole calls last.

    Raises:
        Refused: the scope does not read the rules.
    """
    scope.require(Power.RULES)
    rows = _labels(scope).order_by().values("category", "violating", "verdict").annotate(count=Count("pk"))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["category"], []).append(row)
    ordered = [name for name in (*CATEGORIES, "") if name in found]
    return [
        CategoryTally(
            category=name,
            violating=sum(row["count"] for row in found[name] if row["violating"]),
            innocent=sum(row["count"] for row in found[name] if not row["violating"]),
            verdicts={row["verdict"]: row["count"] for row in found[name]},
        )
        for name in ordered
    ]


def withdrawn(scope: Scope) -> int:
    """How many labels were withdrawn on the scope's desks."""
    reach = scope.desks(Power.RULES)
    gone = Label.objects.filter(withdrawn_at__isnull=False)
    return (gone if reach.every else gone.filter(desk__in=reach.slugs)).count()


def exclusions(scope: Scope) -> list[ExclusionRow]:
    """The desks that are not learnt from, of those the scope reaches."""
    rows = Exclusion.objects.filter(lifted_at__isnull=True)
    return [
        ExclusionRow(desk=row.desk, reason=row.reason, by=row.by, at=row.at)
        for row in rows
        if scope.may(Power.RULES, row.desk)
    ]


def data_sets(scope: Scope) -> list[DataSetRow]:
    """The editions, newest first; their counts tell no word of any call."""
    scope.require(Power.RULES)
    gone = Count("rows", filter=Q(rows__label__withdrawn_at__isnull=False))
    return [
        DataSetRow(
            id=row.pk,
            title=row.title,
            reason=row.reason,
            frozen_by=row.frozen_by,
            frozen_at=row.frozen_at,
            sha256=row.sha256,
            labels=row.labels,
            withdrawn=row.gone,
            counts=row.counts,
            approved_by=row.approved_by,
            approved_at=row.approved_at,
        )
        for row in DataSet.objects.annotate(gone=gone)
    ]


def challengers(scope: Scope) -> list[ChallengerRow]:
    """The challengers, newest first, compared on the calls of the scope's desks."""
    scope.require(Power.RULES)
    truth = _truth(scope)
    return [
        ChallengerRow(
            id=row.pk,
            name=row.name,
            kind=row.kind,
            settings=row.settings,
            sha256=row.sha256,
            reason=row.reason,
            registered_by=row.registered_by,
            registered_at=row.registered_at,
            standing=row.standing,
            moved_by=row.moved_by,
            moved_at=row.moved_at,
            moved_because=row.moved_because,
            fault=row.fault,
            comparison=compared(_both(scope, row, truth)),
        )
        for row in Challenger.objects.all()
    ]


def challenger(number: int) -> Challenger:
    """One challenger, for the services of this room.

    Raises:
        Missing: there is none.
    """
    row = Challenger.objects.filter(pk=number).first()
    if row is None:
        raise Missing("There is no such challenger.", cure="Reload the page.")
    return row


def baseline(scope: Scope) -> BaselineRow | None:
    """The window weeks are compared with; None while none was set."""
    scope.require(Power.RULES)
    row = Baseline.objects.first()
    if row is None:
        return None
    return BaselineRow(
        since=row.since,
        until=row.until,
        calls=row.calls,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
    )


def drifts(scope: Scope) -> list[FeatureDrift]:
    """Every feature over the last weeks against the baseline in force."""
    scope.require(Power.RULES)
    current = Baseline.objects.first()
    if current is None:
        return []
    weeks = sorted(set(current.readings.values_list("week", flat=True)))[-WEEKS:]
    rows = list(current.readings.filter(week__in=weeks))
    return [
        FeatureDrift(
            feature=feature,
            title=title,
            weeks=[_week(row) for row in rows if row.feature == feature],
        )
        for feature, title in FEATURES.items()
        if any(row.feature == feature for row in rows)
    ]


def _week(row: Reading) -> WeekRow:
    return WeekRow(week=row.week, calls=row.calls, psi=row.psi, ks=row.ks, chance=row.chance)


def _labels(scope: Scope) -> QuerySet[Label]:
    reach = scope.desks(Power.RULES)
    found = Label.objects.filter(withdrawn_at__isnull=True)
    return found if reach.every else found.filter(desk__in=reach.slugs)


def _truth(scope: Scope) -> dict[Any, bool]:
    """Of each judged call: was anything in it violating?"""
    truth: dict[Any, bool] = {}
    for recording, violating in _labels(scope).values_list("recording_id", "violating"):
        truth[recording] = truth.get(recording, False) or violating
    return truth


def _both(scope: Scope, row: Challenger, truth: Mapping[Any, bool]) -> list[Both]:
    """The newest shadow of each call."""
    reach = scope.desks(Power.RULES)
    shadows: QuerySet[Shadow] = row.shadows.order_by("-at", "-pk")
    if not reach.every:
        shadows = shadows.filter(desk__in=reach.slugs)
    newest: dict[Any, Both] = {}
    for recording, champion, challenged in shadows.values_list("recording_id", "champion", "challenged"):
        newest.setdefault(
            recording,
            Both(champion=bool(champion), challenger=bool(challenged), violating=truth.get(recording)),
        )
    return list(newest.values())
