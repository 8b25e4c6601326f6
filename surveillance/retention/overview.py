"""What is kept until when, over whole desks: by month and rule, what is overdue, what nobody has said anything of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce, TruncMonth

from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import DeskName, desks
from surveillance.capture.selectors import rows
from surveillance.core.clock import now
from surveillance.retention.models import Held, Keeping, Profile


@dataclass(frozen=True, kw_only=True)
class Month:
    """How many recordings end in one month, by the rule that keeps them longest."""

    month: date
    by_rule: Mapping[str, int]

    @property
    def many(self) -> int:
        return sum(self.by_rule.values())


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The recordings within a scope. `elsewhere`: those on desks out of reach, counted and not shown."""

    months: tuple[Month, ...]
    total: int
    overdue: int
    overdue_held: int
    undecided: int
    open_ended: int
    held: int
    lock_behind: int
    elsewhere: int
    without_profile: tuple[DeskName, ...]


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A recording kept past its limit."""

    recording: UUID
    title: str
    desk: str
    started_at: datetime
    must_go_at: datetime
    words: str
    held: bool


def overview(scope: Scope) -> Overview:
    """What is kept until when on the desks that the scope sees.

    Raises:
        Refused: it sees none.
    """
    scope.require(Power.SEE)
    within = _within(scope)
    held = Held.objects.filter(hold__released_at__isnull=True).values("recording_id")
    late = within.filter(must_go_at__lte=now())
    behind = Q(locked_until__isnull=True) | Q(locked_until__lt=Coalesce("lock_until", "locked_until"))
    profiled = set(Profile.objects.values_list("desk__slug", flat=True))
    return Overview(
        months=_months(within),
        total=within.count(),
        overdue=late.count(),
        overdue_held=late.filter(recording_id__in=held).count(),
        undecided=within.filter(undecided=True).count(),
        open_ended=within.filter(open_ended=True).count(),
        held=within.filter(recording_id__in=held).count(),
        lock_behind=within.filter(behind, lock_until__isnull=False).count(),
        elsewhere=Keeping.objects.count() - within.count(),
        without_profile=tuple(desk for desk in desks(scope) if desk.slug not in profiled),
    )


def overdue(scope: Scope, *, most: int = 100) -> list[Overdue]:
    """What is kept past its limit, the longest first. Raises as `overview`."""
    scope.require(Power.SEE)
    late = list(_within(scope).filter(must_go_at__lte=now()).order_by("must_go_at", "pk")[:most])
    seen = rows(scope, [row.recording_id for row in late])
    held = set(
        Held.objects.filter(hold__released_at__isnull=True, recording_id__in=list(seen)).values_list(
            "recording_id", flat=True
        )
    )
    return [
        Overdue(
            recording=row.recording_id,
            title=seen[row.recording_id].title,
            desk=seen[row.recording_id].desk_name,
            started_at=seen[row.recording_id].started_at,
            must_go_at=row.must_go_at,
            words=row.words,
            held=row.recording_id in held,
        )
        for row in late
        if row.recording_id in seen and row.must_go_at is not None
    ]


def rules_in_use() -> dict[str, int]:
    """By how many recordings each rule is the one that decides; for documents that say how long calls are kept."""
    rows = Keeping.objects.exclude(rule="").values_list("rule").annotate(many=Count("pk"))
    return dict(rows)


def _within(scope: Scope) -> QuerySet[Keeping]:
    found = Keeping.objects.filter(recording__drill=False)
    reach = scope.desks(Power.SEE)
    return found if reach.every else found.filter(recording__desk__slug__in=reach.slugs)


def _months(within: QuerySet[Keeping]) -> tuple[Month, ...]:
    ends: QuerySet[Any, Any] = (
        within.annotate(end=TruncMonth(Coalesce("keep_until", "must_go_at")))
        .filter(end__isnull=False)
        .values_list("end", "rule")
        .annotate(many=Count("pk"))
        .order_by("end")
    )
    told: dict[date, Counter[str]] = {}
    for end, rule, many in ends:
        told.setdefault(end.date(), Counter())[rule] += many
    return tuple(Month(month=month, by_rule=dict(by_rule)) for month, by_rule in told.items())
