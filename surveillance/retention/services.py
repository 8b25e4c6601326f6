"""Saying what a desk's calls are, entering what an authority asks, deciding until when each recording is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from policies.retention.rules import CLASSES, INSTRUMENTS, JURISDICTIONS, SECTORS, STARTS
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desk_key
from surveillance.archive.locks import lock_longer
from surveillance.audit.services import record
from surveillance.capture.origins import calls_outside, origin
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Fault, Invalid, Missing, Transient
from surveillance.retention.deciding import ROLLING, decision_on, row_of, rules
from surveillance.retention.models import Demand, Filing, Keeping, Profile
from surveillance.retention.told import Ask, Description, Swept

ACTOR = "program:retention"
_WORDS: Mapping[str, frozenset[str]] = {
    "jurisdictions": JURISDICTIONS,
    "sectors": SECTORS,
    "instruments": INSTRUMENTS,
    "classes": CLASSES,
}


@transaction.atomic
def set_profile(
    *, scope: Scope, desk: str, description: Description, reason: str, effective_from: datetime | None = None
) -> int:
    """Say what the calls of a desk are, from a day on; every recording of the desk is decided anew.

    Raises:
        Refused: the scope may not there. Missing: no such desk. Invalid: unknown words, no jurisdiction, no reason.
    """
    scope.require(Power.DISPOSE, desk)
    told = {name: sorted(getattr(description, name)) for name in _WORDS}
    for name, words in told.items():
        _known(name, words, _WORDS[name])
    if not told["jurisdictions"]:
        raise Invalid("A profile names at least one jurisdiction.", cure="Choose where the desk works.")
    row = Profile.objects.create(
        desk_id=_desk(desk),
        effective_from=effective_from or now(),
        **told,
        set_by=scope.actor,
        set_at=now(),
        reason=_reason(reason),
    )
    touched = _touch(Keeping.objects.filter(recording__desk_id=row.desk_id))
    record(
        actor=scope.actor,
        action="desk profile set",
        subject=f"desk:{desk}",
        detail={**told, "from": row.effective_from, "reason": row.reason, "recordings": touched},
    )
    return row.pk


@transaction.atomic
def enter_demand(*, scope: Scope, ask: Ask) -> int:
    """Enter what an authority asks: calls of a desk and span are kept under a rule that stands on request.

    Raises:
        Refused: the scope may not there. Missing: no such desk. Invalid: no such rule, no span, nobody asked.
    """
    scope.require(Power.HOLD, ask.desk)
    on_request = [rule.id for rule in rules().rules if rule.on_request]
    _known("rule", [ask.rule], on_request)
    if ask.until <= ask.since:
        raise Invalid("The span ends before it begins.", cure="Choose a later end.")
    if not ask.authority.strip() or not ask.reference.strip():
        raise Invalid("A demand names the authority and its reference.", cure="Take both from its letter.")
    row = Demand.objects.create(
        rule=ask.rule,
        desk_id=_desk(ask.desk),
        since=ask.since,
        until=ask.until,
        authority=ask.authority.strip()[:120],
        reference=ask.reference.strip()[:120],
        entered_by=scope.actor,
        entered_at=now(),
    )
    touched = _touch(
        Keeping.objects.filter(
            recording__desk_id=row.desk_id,
            recording__started_at__gte=row.since,
            recording__started_at__lt=row.until,
        )
    )
    record(
        actor=scope.actor,
        action="longer keeping demanded",
        subject=f"desk:{ask.desk}",
        detail={
            "rule": row.rule,
            "since": row.since,
            "until": row.until,
            "authority": row.authority,
            "reference": row.reference,
            "recordings": touched,
        },
    )
    return row.pk


@transaction.atomic
def file_recording(
    *, scope: Scope, recording: UUID, classes: Iterable[str], events: Mapping[str, datetime], reason: str
) -> None:
    """Say what one recording is (a near miss, a complaint), and what came to pass for it (the end of a swap).

    Raises:
        Hidden, Missing, Refused: out of reach. Invalid: unknown words, a moment without a zone, no reason.
    """
    call(scope, recording, power=Power.DISPOSE)
    told = sorted(set(classes))
    _known("classes", told, CLASSES)
    _known("events", events, STARTS.keys() - {"creation"})
    if any(moment.tzinfo is None for moment in events.values()):
        raise Invalid("A moment without a zone says nothing.", cure="Give it in UTC.")
    moments = {name: moment.isoformat() for name, moment in events.items()}
    row = Filing.objects.create(
        recording_id=recording,
        classes=told,
        events=moments,
        filed_by=scope.actor,
        filed_at=now(),
        reason=_reason(reason),
    )
    _touch(Keeping.objects.filter(recording_id=recording))
    detail = {"classes": told, "events": moments, "reason": row.reason}
    record(actor=scope.actor, action="recording filed", subject=f"recording:{recording}", detail=detail)


@transaction.atomic
def decide_keeping(*, recording: UUID) -> bool:
    """Decide until when a recording is kept, by the rules and facts of now; True where that moved.

    Raises:
        Missing: there is none of that id.
    """
    row = origin(recording)
    if row is None:
        raise Missing("There is no such recording.", cure="Check the address.")
    before = Keeping.objects.select_for_update().filter(recording_id=recording).first()
    decided = row_of(decision_on(row))
    moved = before is None or (before.words, before.rules_sha256) != (
        decided["words"],
        decided["rules_sha256"],
    )
    Keeping.objects.update_or_create(recording_id=recording, defaults=decided)
    if moved:
        record(
            actor=ACTOR,
            action="keeping decided",
            subject=f"recording:{recording}",
            detail={
                "words": decided["words"],
                "keep_until": decided["keep_until"],
                "before": before.words if before else None,
                "rules_sha256": decided["rules_sha256"],
            },
        )
    return moved


def keep_as_decided(*, most: int = 500) -> Swept:
    """Decide what is new or has moved, and let the store's locks follow. A dead store is asked again next time."""
    decided = locked = waiting = 0
    faults: dict[str, str] = {}
    for recording in calls_outside(_decided(), most=most):
        decided += decide_keeping(recording=recording)
    for row in _to_lock()[:most]:
        try:
            locked += _follow(row)
        except Transient as fault:
            # The rest would wait for the same store.
            faults[str(row.recording_id)] = fault.message
            waiting = _to_lock().count()
            break
        except Fault as fault:
            faults[str(row.recording_id)] = str(fault)
    return Swept(decided=decided, locked=locked, waiting=waiting, faults=faults)


def _follow(row: Keeping) -> bool:
    if row.lock_until is None:
        return False
    until = lock_longer(recording=row.recording_id, until=row.lock_until, actor=ACTOR)
    if until is None:
        return False
    Keeping.objects.filter(pk=row.pk).update(locked_until=until)
    return True


def _decided() -> QuerySet[Keeping, UUID]:
    """The recordings whose decision stands: nothing moved, and a rolling lock reaches far enough."""
    current = Keeping.objects.filter(stale=False, rules_sha256=rules().sha256)
    half = now() + ROLLING / 2
    return current.exclude(open_ended=True, lock_until__lt=half).values_list("recording_id", flat=True)


def _to_lock() -> QuerySet[Keeping]:
    behind = Q(locked_until__isnull=True) | Q(locked_until__lt=F("lock_until") - timedelta(seconds=1))
    return Keeping.objects.filter(behind, lock_until__isnull=False, recording__seal__isnull=False).order_by(
        "pk"
    )


def _touch(rows: QuerySet[Keeping]) -> int:
    return rows.update(stale=True)


def _desk(slug: str) -> int:
    key = desk_key(slug)
    if key is None:
        raise Missing(f"There is no desk {slug}.", cure="Open it first.")
    return key


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid("Say why.", cure="A sentence that an examiner can follow.")
    return reason.strip()[:4000]


def _known(name: str, told: Iterable[str], known: Iterable[str]) -> None:
    words = set(known)
    strange = sorted(word for word in told if word not in words)
    if strange:
        raise Invalid(
            f"{name}: {', '.join(strange)} {'is' if len(strange) == 1 else 'are'} not known.",
            cure=f"Known are {', '.join(sorted(words))}.",
        )
