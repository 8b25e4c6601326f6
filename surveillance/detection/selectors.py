"""Findings and alerts, as a scope may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.capture.walls import beyond
from surveillance.core.errors import Hidden, Missing
from surveillance.detection.models import Alert, AlertState, Finding, Screening


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """One stretch of talk that a policy caught; times in seconds."""

    id: int
    category: str
    policy: str
    policy_version: int
    score: float
    start: float
    end: float
    turn: int
    speaker: str
    channel: int
    words: str
    why: Mapping[str, Any]
    second_eyes: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an alert stands in the queue, in whichever order; it stays true while others come and go."""

    risk: float
    per_minute: float
    raised_at: datetime
    id: int


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert as a queue shows it."""

    id: int
    recording: UUID
    desk: str
    desk_name: str
    title: str
    started_at: datetime
    duration: float
    people: tuple[str, ...]
    risk: float
    per_minute: float
    categories: tuple[str, ...]
    findings: int
    top_words: str
    state: str
    raised_at: datetime
    second_eyes: bool

    @property
    def place(self) -> Place:
        return Place(risk=self.risk, per_minute=self.per_minute, raised_at=self.raised_at, id=self.id)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A finding of an open alert, for the second reader: which words, in which turn of which version."""

    id: int
    recording: UUID
    version: int
    category: str
    turn: int
    heard: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What to show of the queue; empty fields do not narrow."""

    state: str = "open"
    desk: str = ""
    category: str = ""
    order: str = "risk"
    power: Power = Power.SEE  # only of desks where the scope holds it too
    without: frozenset[int] = frozenset()  # numbers of alerts to leave out


# Fields of a `Place`; the last tells any two alerts apart.
ORDERS = {
    "risk": ("-risk", "-per_minute", "raised_at", "id"),
    "minutes": ("-per_minute", "raised_at", "id"),
    "age": ("raised_at", "id"),
    "newest": ("-raised_at", "id"),
}


def findings(scope: Scope, recording: UUID) -> list[FindingRow]:
    """What the newest screening of a recording caught, in order of time.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    newest = Screening.objects.filter(recording_id=recording).order_by("-at", "-pk").first()
    return [_finding(row) for row in newest.findings.all()] if newest else []


def raised_for(scope: Scope, recording: UUID) -> list[FindingRow]:
    """What a recording's alert stands for: of an open alert, also what newer policies no longer find.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    return [_finding(row) for row in Finding.objects.filter(screening__alerts__recording_id=recording)]


def alerts(
    scope: Scope, wanted: QueueFilter, *, after: Place | None = None, skip: int = 0, most: int | None = None
) -> list[AlertRow]:
    """The alerts a scope may see, most pressing first: of those that stand behind `after`, without the first
    `skip`, `most` of them (None: all)."""
    keys = _order(wanted)
    found = _narrowed(scope, wanted).order_by(*keys)
    if after is not None:
        found = found.filter(_behind(after, keys))
    return [_alert(row) for row in found[skip : None if most is None else skip + most]]


def count(scope: Scope, wanted: QueueFilter) -> int:
    """How many alerts `alerts` would tell of."""
    return _narrowed(scope, wanted).count()


def alert(scope: Scope, number: int) -> AlertRow:
    """One alert by its number.

    Raises:
        Hidden: it lies outside the scope. Missing: there is none of that number.
    """
    row = _visible(scope).filter(pk=number).first()
    if row is not None:
        return _alert(row)
    if Alert.objects.filter(pk=number).exists():
        raise Hidden("There is no such alert.", subject=f"alert:{number}")
    raise Missing("There is no such alert.")


def alert_of(scope: Scope, recording: UUID) -> AlertRow | None:
    """The alert a recording raised, if any.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    row = _visible(scope).filter(recording_id=recording).first()
    return _alert(row) if row else None


def alerted_among(recordings: Iterable[UUID]) -> set[UUID]:
    """Those of some recordings that raised an alert, decided or not. For rooms, never a door."""
    return set(Alert.objects.filter(recording_id__in=list(recordings)).values_list("recording_id", flat=True))


def unread_findings(*, read: QuerySet[Any], most: int) -> list[Unread]:
    """Findings that open alerts stand for and whose numbers are not in `read`, most pressing first. For rooms."""
    rows = Finding.objects.filter(
        screening__alerts__state=AlertState.OPEN,
        screening__recording__drill=False,
        screening__recording__withheld="",
    ).exclude(pk__in=read)
    return [
        Unread(
            id=row.pk,
            recording=row.screening.recording_id,
            version=row.screening.version_id,
            category=row.category,
            turn=row.turn,
            heard=tuple(str(one["words"]) for one in row.why.get("reasons", ())) or (row.words,),
        )
        for row in rows.select_related("screening").order_by("-screening__alerts__risk", "pk")[:most]
    ]


def _visible(scope: Scope) -> QuerySet[Alert]:
    # A finding's reasons are long, and no list shows them.
    caught = Finding.objects.only("screening", "score", "start", "words")
    rows = Alert.objects.select_related("recording__desk", "screening").prefetch_related(
        "recording__parties", Prefetch("screening__findings", caught)
    )
    return _where_holds(rows, scope, Power.SEE)


def _narrowed(scope: Scope, wanted: QueueFilter) -> QuerySet[Alert]:
    found = _where_holds(_visible(scope), scope, wanted.power).exclude(pk__in=wanted.without)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.desk:
        found = found.filter(recording__desk__slug=wanted.desk)
    if wanted.category:
        caught = Finding.objects.filter(screening=OuterRef("screening"), category=wanted.category)
        found = found.filter(Exists(caught))
    return found


def _where_holds(rows: QuerySet[Alert], scope: Scope, power: Power) -> QuerySet[Alert]:
    """The one narrowing that every queue goes through; a drill raises no alert, and would show none."""
    reach = scope.desks(power)
    rows = rows.filter(beyond(scope, "recording"), recording__drill=False, recording__withheld="")
    return rows if reach.every else rows.filter(recording__desk__slug__in=reach.slugs)


def _order(wanted: QueueFilter) -> tuple[str, ...]:
    return ORDERS.get(wanted.order, ORDERS["risk"])


def _behind(place: Place, keys: Sequence[str]) -> Q:
    """Later in the order: by the first key, or level there and later by the next, and so on."""
    later, level = Q(), Q()
    for key in keys:
        name = key.removeprefix("-")
        value = getattr(place, name)
        later |= level & Q((f"{name}__{'lt' if key.startswith('-') else 'gt'}", value))
        level &= Q((name, value))
    return later


def _alert(row: Alert) -> AlertRow:
    caught = sorted(row.screening.findings.all(), key=lambda item: -item.score)
    names = (party.person or party.number for party in row.recording.parties.all())
    return AlertRow(
        id=row.pk,
        recording=row.recording_id,
        desk=row.recording.desk.slug,
        desk_name=row.recording.desk.name,
        title=row.recording.name,
        started_at=row.recording.started_at,
        duration=row.recording.duration,
        people=tuple(dict.fromkeys(name for name in names if name)),
        risk=row.risk,
        per_minute=row.per_minute,
        categories=tuple(row.categories),
        findings=len(caught),
        top_words=caught[0].words if caught else "",
        state=row.state,
        raised_at=row.raised_at,
        second_eyes=row.second_eyes,
    )


def _finding(row: Finding) -> FindingRow:
    return FindingRow(
        id=row.pk,
        category=row.category,
        policy=row.policy,
        policy_version=row.policy_version,
        score=row.score,
        start=row.start,
        end=row.end,
        turn=row.turn,
        speaker=row.speaker,
        channel=row.channel,
        words=row.words,
        why=row.why,
        second_eyes=row.second_eyes,
    )


def flagged_for(scope: Scope, category: str) -> frozenset[UUID]:
    """The recordings within the scope whose alert rests on a finding of a category, decided or not."""
    found = Alert.objects.filter(beyond(scope, "recording"), screening__findings__category=category)
    desks = scope.desks(Power.SEE)
    if not desks.every:
        found = found.filter(recording__desk__slug__in=desks.slugs)
    return frozenset(found.values_list("recording_id", flat=True))
