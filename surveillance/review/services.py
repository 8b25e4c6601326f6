"""Deciding on an alert, opening it again, and keeping count of what was heard."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Refused
from surveillance.detection.selectors import AlertRow, alert_of
from surveillance.detection.services import move_alert
from surveillance.review import selectors
from surveillance.review.hearing import Stretch, possible, seconds
from surveillance.review.models import Action, Disposition, Listening, Play

OPEN, SECOND, CLOSED = "open", "second", "closed"


@transaction.atomic
def decide(*, scope: Scope, recording: UUID, action: str, reason: str) -> str:
    """Decide on a recording's alert and return the state it is in now.

    FINRA 3110.07: reviewer, communication, date and action are kept, with the reason and the seconds heard.
    Where a policy asks for a second pair of eyes, the first decision leaves the alert waiting for someone else.

    Raises:
        Refused: the asker may not decide, or was the first reviewer of an alert that needs a second.
        Invalid: no such action, or no reason. Conflict: the alert is closed, or was decided meanwhile.
    """
    alert = _alert(scope, recording)
    standing = selectors.standing(scope, alert)
    if alert.state == CLOSED:
        raise Conflict(
            standing.why_not, cure="Re-open it first, with a reason.", subject=f"recording:{recording}"
        )
    if not standing.may_decide:
        raise Refused(standing.why_not, cure="Leave it to someone who may.", subject=f"recording:{recording}")
    if action not in dict(selectors.CHOICES):
        raise Invalid("Choose what is to be done about this call.", cure="Nothing was recorded yet.")
    to = SECOND if alert.second_eyes and not standing.as_second else CLOSED
    move_alert(alert=alert.id, expected=alert.state, to=to)
    _keep(scope, alert, action, reason, second=standing.as_second)
    return to


@transaction.atomic
def reopen(*, scope: Scope, recording: UUID, reason: str) -> None:
    """Open a closed alert again, with a reason.

    Raises:
        Refused: the asker does not review on this desk. Invalid: no reason. Conflict: it is not closed.
    """
    alert = _alert(scope, recording)
    scope.require(Power.REVIEW, alert.desk, subject=f"recording:{recording}")
    move_alert(alert=alert.id, expected=CLOSED, to=OPEN)
    _keep(scope, alert, Action.REOPENED, reason, second=False)


@transaction.atomic
def begin_playing(*, scope: Scope, recording: UUID, position: float) -> None:
    """Put on record that someone pressed play, and where (seconds).

    Raises:
        Hidden, Refused: the asker may not listen to it.
    """
    facts = call(scope, recording, power=Power.LISTEN)
    at = round(min(max(0.0, position), facts.duration), 1)
    Play.objects.create(recording_id=recording, listener=scope.actor, position=at, at=now())
    record(actor=scope.actor, action="played", subject=f"recording:{recording}", detail={"position": at})


@transaction.atomic
def heard(*, scope: Scope, recording: UUID, start: float, end: float) -> float:
    """Count a stretch that sounded; return the seconds of this recording the asker has heard, each once.

    A stretch that cannot have sounded — outside the recording, or longer than the time since the asker's last
    report or press of play allows — is left out, not refused: a player with a wrong clock is no offence.

    Raises:
        Hidden, Refused: the asker may not listen to it.
    """
    facts = call(scope, recording, power=Power.LISTEN)
    stretch = Stretch(start=start, end=end)
    waited = _waited(scope.actor, recording)
    if waited is not None and possible(stretch, duration=facts.duration, waited=waited):
        sounded = {"start": round(max(0.0, start), 1), "end": round(min(end, facts.duration), 1)}
        Listening.objects.create(recording_id=recording, listener=scope.actor, at=now(), **sounded)
        record(actor=scope.actor, action="heard", subject=f"recording:{recording}", detail=sounded)
    return seconds(selectors.stretches(recording, scope.actor))


def _waited(listener: str, recording: UUID) -> float | None:
    """Seconds since this listener last pressed play here, or last reported anything; None if never pressed."""
    plays = Play.objects.filter(listener=listener, recording_id=recording)
    pressed = plays.order_by("-at").values_list("at", flat=True).first()
    if pressed is None:
        return None
    reports = Listening.objects.filter(listener=listener)
    reported = reports.order_by("-at").values_list("at", flat=True).first()
    since = max(pressed, reported) if reported else pressed
    return (now() - since).total_seconds()


def _alert(scope: Scope, recording: UUID) -> AlertRow:
    alert = alert_of(scope, recording)
    if alert is None:
        raise Conflict("This call was not flagged.", cure="Only flagged calls are decided on.")
    return alert


def _keep(scope: Scope, alert: AlertRow, action: str, reason: str, *, second: bool) -> None:
    said = reason.strip()
    if not said:
        raise Invalid("Say why.", cure="A decision needs a reason: one sentence is enough.")
    heard_by_now = seconds(selectors.stretches(alert.recording, scope.actor))
    Disposition.objects.create(
        alert_id=alert.id,
        reviewer=get_user_model().objects.filter(username=scope.actor).first(),
        reviewer_name=scope.actor,
        at=now(),
        action=action,
        reason=said,
        seconds_heard=heard_by_now,
        second=second,
    )
    record(
        actor=scope.actor,
        action="reopened" if action == Action.REOPENED else "decided",
        subject=f"recording:{alert.recording}",
        detail={
            "alert": alert.id,
            "action": action,
            "reason": said,
            "seconds_heard": round(heard_by_now, 1),
            "second": second,
        },
    )
