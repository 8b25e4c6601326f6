"""Watching, a day at a time; and deciding on what was reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from surveillance.access.scope import Scope
from surveillance.access.selectors import peers_of, usernames
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid
from surveillance.oversight.acts import Act
from surveillance.oversight.judging import Judged, counted, judged
from surveillance.oversight.models import Report, ReportState, Tally
from surveillance.oversight.patterns import PATTERNS
from surveillance.oversight.selectors import report
from surveillance.oversight.world import Rooms

ACTOR = "program:oversight"
PAST = timedelta(days=90)
ONE_STRETCH = timedelta(days=7)
CATCH_UP = 31  # days at most that a night makes good


def watch() -> int:
    """Judge every day that is over and was not judged yet; how many reports are new."""
    yesterday = now().date() - timedelta(days=1)
    last = Tally.objects.aggregate(last=Max("day"))["last"]
    day = max(last + timedelta(days=1), yesterday - timedelta(days=CATCH_UP)) if last else yesterday
    made = 0
    while day <= yesterday:
        made += watch_day(day)
        day += timedelta(days=1)
    return made


@transaction.atomic
def watch_day(day: date) -> int:
    """Count and judge one day of everybody; judged once more it changes nothing. How many reports are new."""
    by_actor = _acts(day)
    recordings = {act.recording for acts in by_actor.values() for act in acts if act.recording}
    begins = datetime.combine(day, time(), tzinfo=UTC)
    world = Rooms(recordings, since=begins - PAST, until=begins)
    made = 0
    for actor, acts in sorted(by_actor.items()):
        today = [act for act in acts if act.at >= begins]
        if not today or Tally.objects.filter(actor=actor, day=day).exists():
            continue
        windows = {
            days: [act for act in acts if act.at >= begins - timedelta(days=days - 1)]
            for days in {pattern.days for pattern in PATTERNS}
        }
        found = counted(windows, world)
        own, peers = _reference(actor, day)
        made += sum(_reported(one, day) for one in judged(actor, found, own=own, peers=peers))
        Tally.objects.create(actor=actor, day=day, counts={name: one.value for name, one in found.items()})
    record(
        actor=ACTOR, action="day watched", subject="oversight", detail={"day": day, "people": len(by_actor)}
    )
    return made


@transaction.atomic
def decide_report(*, scope: Scope, number: int, state: str, reason: str) -> None:
    """Explain a report, or escalate it, with a reason.

    Raises:
        Refused, Hidden, Missing: as `selectors.report`. Invalid: no reason, no such state. Conflict: decided already.
    """
    report(scope, number)
    if state not in (ReportState.EXPLAINED, ReportState.ESCALATED):
        raise Invalid("A report is explained or escalated.", cure="Choose one of the two.")
    if not reason.strip():
        raise Invalid("Say why.", cure="What you found when you looked into it.")
    row = Report.objects.select_for_update().get(pk=number)
    if row.state != ReportState.OPEN:
        raise Conflict("It was decided already.", cure="Reload the page.")
    row.state, row.decided_by, row.decided_at = state, scope.actor, now()
    row.reason = reason.strip()[:2000]
    row.save()
    record(actor=scope.actor, action="report decided", subject=f"report:{number}", detail={"state": state})


def _acts(day: date) -> dict[str, list[Act]]:
    """Everybody's acts of a day, and of the days before those that some pattern looks at; oldest first."""
    begins = datetime.combine(day, time(), tzinfo=UTC)
    ends = begins + timedelta(days=1)
    people = usernames()
    wanted: dict[int, set[str]] = defaultdict(set)
    for pattern in PATTERNS:
        wanted[pattern.days] |= set(pattern.actions)
    found: dict[int, Act] = {}
    for days, actions in wanted.items():
        rows = entries(Filter(since=begins - timedelta(days=days - 1), until=ends)).filter(actor__in=people)
        if days > 1:
            rows = rows.filter(action__in=actions)
        told = rows.values_list("sequence", "at", "actor", "action", "subject", "detail")
        for sequence, at, actor, action, subject, detail in told.iterator(chunk_size=5000):
            found[sequence] = Act(
                sequence=sequence, at=at, actor=actor, action=action, subject=subject, detail=detail
            )
    by_actor: dict[str, list[Act]] = defaultdict(list)
    for sequence in sorted(found):
        by_actor[found[sequence].actor].append(found[sequence])
    return by_actor


def _reference(actor: str, day: date) -> tuple[Mapping[str, list[int]], Mapping[str, list[int]]]:
    """What a person counted on the days before, and what those of the same role did.

    Days that stand in a report are no reference until they are explained: abuse must not become the measure of itself.
    """
    own: dict[str, list[int]] = defaultdict(list)
    peers: dict[str, list[int]] = defaultdict(list)
    people = {actor, *peers_of(actor)}
    told = defaultdict(list)
    reported = Report.objects.filter(actor__in=people, last_day__gte=day - PAST)
    for row in reported.exclude(state=ReportState.EXPLAINED):
        told[row.actor, row.pattern].append((row.first_day, row.last_day))
    rows = Tally.objects.filter(day__lt=day, day__gte=day - PAST, actor__in=people)
    for other, at, counts in rows.values_list("actor", "day", "counts"):
        into = own if other == actor else peers
        for pattern, value in counts.items():
            if not any(first <= at <= last for first, last in told.get((other, pattern), ())):
                into[pattern].append(value)
    return own, peers


def _reported(one: Judged, day: date) -> bool:
    """Keep it: as a new report, or as more of one that is open and a week old at most. Is it new?"""
    running = Report.objects.filter(
        pattern=one.pattern.id, actor=one.actor, state=ReportState.OPEN, last_day__gte=day - ONE_STRETCH
    ).first()
    if running is not None:
        running.last_day = max(running.last_day, day)
        running.evidence = sorted({*running.evidence, *one.evidence})[-500:]
        if one.value > running.value:
            running.value, running.words = one.value, one.words
        running.save()
        return False
    row = Report.objects.create(
        pattern=one.pattern.id,
        actor=one.actor,
        first_day=day,
        last_day=day,
        value=one.value,
        words=one.words,
        evidence=list(one.evidence),
        raised_at=now(),
    )
    # Neither whom nor what it is about: whoever reads the ledger is not to be warned by it.
    record(actor=ACTOR, action="report raised", subject=f"report:{row.pk}")
    return True
