"""What was decided and what was heard, within a scope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.detection.selectors import AlertRow, QueueFilter, alert_of, alerts
from surveillance.review.hearing import Stretch, joined, seconds
from surveillance.review.models import Action, Disposition, Listening


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One disposition: reviewer, date, action and reason, with the seconds heard by then."""

    reviewer: str
    at: datetime
    action: str
    label: str
    reason: str
    seconds_heard: float
    second: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the asker may do about an alert now; `why_not` says what stands against a decision."""

    may_decide: bool
    as_second: bool
    may_reopen: bool
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one person played of a recording, each second once, and between which moments they did."""

    listener: str
    stretches: tuple[Stretch, ...]
    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        return seconds(self.stretches)


# Whose hands an alert waits for, by its state; as `standing` says of one of them.
HANDS = {"open": Power.REVIEW, "second": Power.SECOND}
# What a reviewer may choose; a re-opening is a deed of its own.
CHOICES = tuple((action.value, str(action.label)) for action in Action if action is not Action.REOPENED)


def decisions(scope: Scope, recording: UUID) -> list[Decision]:
    """Everything that was decided on a recording's alert, oldest first.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    return [_decision(row) for row in Disposition.objects.filter(alert__recording_id=recording)]


def standing(scope: Scope, alert: AlertRow) -> Standing:
    """May the asker decide on an alert, as the first or as the second pair of eyes, or re-open it?"""
    reviews = scope.may(Power.REVIEW, alert.desk)
    if alert.state == "closed":
        return Standing(
            may_decide=False, as_second=False, may_reopen=reviews, why_not="This alert is closed."
        )
    if alert.state == "second":
        return _second_standing(scope, alert)
    if not reviews:
        return Standing(
            may_decide=False,
            as_second=False,
            may_reopen=False,
            why_not="Your role does not decide on this desk.",
        )
    return Standing(may_decide=True, as_second=False, may_reopen=False)


def _second_standing(scope: Scope, alert: AlertRow) -> Standing:
    why_not = ""
    if not scope.may(Power.SECOND, alert.desk):
        why_not = "A supervisor of this desk must be the second pair of eyes."
    elif first_reviewer(alert.id) == scope.actor:
        why_not = "You decided first; the second pair of eyes must be someone else."
    return Standing(may_decide=not why_not, as_second=True, may_reopen=False, why_not=why_not)


def first_reviewer(alert: int) -> str:
    """Whoever made the decision that now waits for a second pair of eyes."""
    last = Disposition.objects.filter(alert_id=alert).order_by("-at", "-pk").first()
    return last.reviewer_name if last else ""


def seconds_heard(scope: Scope, recording: UUID, *, listener: str = "") -> float:
    """Seconds of a recording that `listener` — the asker, where none is named — has played so far.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    return seconds(stretches(recording, listener or scope.actor))


def stretches(recording: UUID, listener: str) -> list[Stretch]:
    """What one listener played of a recording, for the services of this room."""
    rows = Listening.objects.filter(recording_id=recording, listener=listener)
    return [Stretch(start=row.start, end=row.end) for row in rows]


def listeners(scope: Scope, recording: UUID) -> list[Heard]:
    """Everyone who played a recording, by name, with what they heard of it.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.SEE)
    found: dict[str, list[Listening]] = {}
    for row in Listening.objects.filter(recording_id=recording).order_by("listener", "at"):
        found.setdefault(row.listener, []).append(row)
    return [
        Heard(
            listener=name,
            stretches=tuple(joined(Stretch(start=row.start, end=row.end) for row in rows)),
            first=rows[0].at,
            last=rows[-1].at,
        )
        for name, rows in found.items()
    ]


def next_alert(scope: Scope, *, after: UUID, wanted: QueueFilter) -> AlertRow | None:
    """The alert to hear after this recording, in the order of the queue; one the asker may decide on.

    Past the end of the queue it starts from the top again; None when nothing else waits.

    Raises:
        Hidden, Missing: the recording lies outside the scope, or is none.
    """
    here = alert_of(scope, after)
    if wanted.state not in HANDS:
        return None
    left_out = _decided_first(scope.actor) if wanted.state == "second" else set()
    waiting = replace(
        wanted, power=HANDS[wanted.state], without=frozenset(left_out | ({here.id} if here else set()))
    )
    behind = alerts(scope, waiting, after=here.place, most=1) if here else []
    return next(iter(behind or alerts(scope, waiting, most=1)), None)


def _decided_first(reviewer: str) -> set[int]:
    """Alerts that wait for a second pair of eyes because of this reviewer, whose own do not count as one."""
    last = Disposition.objects.filter(alert=OuterRef("alert")).order_by("-at", "-pk").values("pk")[:1]
    mine = Disposition.objects.filter(alert__state="second", reviewer_name=reviewer, pk=Subquery(last))
    return set(mine.values_list("alert_id", flat=True))


def _decision(row: Disposition) -> Decision:
    return Decision(
        reviewer=row.reviewer_name,
        at=row.at,
        action=row.action,
        label=Action(row.action).label,
        reason=row.reason,
        seconds_heard=row.seconds_heard,
        second=row.second,
    )
