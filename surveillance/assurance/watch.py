"""What may be wrong with the surveillance itself: looked for every hour, each check on its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.conf import settings

from policies.loader import load
from policies.schema import CATEGORIES, PolicyFaults
from surveillance.assurance import readings
from surveillance.assurance.models import KnownEngine, KnownSource
from surveillance.assurance.rhythm import silence
from surveillance.assurance.sightings import Sighting
from surveillance.capture.passage import deliveries, halted
from surveillance.capture.sources import VCON, declared
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Fault
from surveillance.detection.figures import alert_rate, fired
from surveillance.rulebook import selectors as rulebook
from surveillance.transcription.engines import EngineSeen, engines_seen

SILENT_FEED, NEVER_DELIVERED = "feed silent", "feed never delivered"
POLICIES_BROKEN, DRILL_FAILS, RECALL_FELL = (
    "policies do not load",
    "policy lost its drill",
    "recall below floor",
)
POLICY_SILENT, ALERTS_MOVED = "policy fell silent", "alert rate moved"
PIPELINE_STUCK, ENGINE_CHANGED = "pipeline stands still", "engine changed"
KINDS = (
    *(SILENT_FEED, NEVER_DELIVERED, POLICIES_BROKEN, DRILL_FAILS, RECALL_FELL),
    *(POLICY_SILENT, ALERTS_MOVED, PIPELINE_STUCK, ENGINE_CHANGED),
)

LOOK_BACK = timedelta(weeks=10)  # over which a feed's rhythm is known
FIRST_DELIVERY = timedelta(days=1)  # a declared source has to deliver within
STUCK = timedelta(hours=2)  # a recording may be under way
FLOOR = 0.75  # drill recall of a category, below which someone is told
FEWEST_DRILLS = 5
USED_TO, SILENT_FOR = timedelta(days=120), timedelta(days=30)
OFTEN = 6  # times a policy fired before its silence is news
RECENT, BEFORE = timedelta(days=7), timedelta(days=35)
FEWEST_CALLS = 100  # screened in each span, below which a rate is chance
SURPRISE = 4.0  # standard errors; by chance once in 16,000 weeks
AT_LEAST = 1.5  # times as many alerts, or as few


def sightings(stages: Sequence[str]) -> list[Sighting]:
    """Everything that does not hold now."""
    checks: tuple[Callable[[], Iterator[Sighting]], ...] = (
        *(_feeds, _never_delivered, _policies, _drills, _recall, _silent_policies, _alert_rate, _engines),
        lambda: _pipeline(stages),
    )
    return [sighting for check in checks for sighting in check()]


def declared_names() -> list[str]:
    """The recorders the sources file declares.

    Raises:
        Broken: it cannot be read.
    """
    return sorted(set(declared()) - {VCON.name})


def engines_at_work() -> list[EngineSeen]:
    """The recognisers whose words are in the archive, in the order of their first words."""
    return engines_seen()


def _feeds() -> Iterator[Sighting]:
    for source, moments in deliveries(since=now() - LOOK_BACK).items():
        found = silence(moments, now())
        if found is None:
            continue
        hours = (now() - found.since).total_seconds() / 3600
        in_other_weeks = (
            f" In each of the {found.weeks_compared} weeks before, these hours brought calls."
            if found.weeks_compared
            else ""
        )
        yield Sighting(
            kind=SILENT_FEED,
            subject=source,
            title=f"{source} has delivered nothing for {hours:.0f} hours.{in_other_weeks}",
            cure="Ask the recorder's owner; look at its connection and the watched folder. On a holiday, say so.",
            detail={"since": found.since.isoformat(), "weeks": found.weeks_compared},
        )


def _never_delivered() -> Iterator[Sighting]:
    try:
        names = set(declared_names())
    except Broken as fault:
        yield Sighting(
            kind=NEVER_DELIVERED,
            subject="sources",
            title=fault.message,
            cure=fault.cure or "Correct the file.",
        )
        return
    heard_of = set(deliveries())
    for source in KnownSource.objects.filter(name__in=names - heard_of, since__lte=now() - FIRST_DELIVERY):
        days = (now() - source.since).days
        yield Sighting(
            kind=NEVER_DELIVERED,
            subject=source.name,
            title=f"{source.name} is declared and has never delivered a call, for {days} days.",
            cure="Activate the feed, or take the source out of the sources file.",
            detail={"since": source.since.isoformat()},
        )


def _policies() -> Iterator[Sighting]:
    for subject, loading in (("in force", _in_force), ("on disk", _on_disk)):
        try:
            loading()
        except (Fault, PolicyFaults) as fault:
            yield Sighting(
                kind=POLICIES_BROKEN,
                subject=subject,
                title=f"The policies {subject} do not load: {fault}"[:300],
                cure="Run manage.py check_policies; what arrives meanwhile waits.",
            )


def _in_force() -> None:
    """The policies alone: their reader has no place in a process that only looks round."""
    rulebook.policy_set(rulebook.mark())


def _on_disk() -> None:
    load(settings.EARSHOT.policies)


def _drills() -> Iterator[Sighting]:
    for lost in readings.lost_drills():
        yield Sighting(
            kind=DRILL_FAILS,
            subject=lost.drill,
            title=f"{lost.policy} no longer catches its drill {lost.drill}, which it caught before.",
            cure="Open the drill and compare script and words; put back the policy's last edition if need be.",
            detail={"run": str(lost.run), "cause": lost.cause},
        )


def _recall() -> Iterator[Sighting]:
    for category, share in readings.recall_by("category").items():
        if share.total >= FEWEST_DRILLS and share.value < FLOOR:
            yield Sighting(
                kind=RECALL_FELL,
                subject=category,
                title=f"Drill recall in {CATEGORIES.get(category, category)} is {share}, below {FLOOR:.0%}.",
                cure="Read the missed drills; widen the policies or mend the recognition.",
                detail={"caught": share.count, "of": share.total},
            )


def _silent_policies() -> Iterator[Sighting]:
    """An error stayed hidden because "alerts in reasonable numbers" kept coming (Market Watch 79): each policy
    is held against its own past."""
    moment = now()
    before = fired(since=moment - USED_TO, until=moment - SILENT_FOR)
    lately = fired(since=moment - SILENT_FOR, until=moment)
    heard = alert_rate(since=moment - SILENT_FOR, until=moment).screened
    for policy, times in before.items():
        if times >= OFTEN and not lately.get(policy) and heard >= FEWEST_CALLS:
            yield Sighting(
                kind=POLICY_SILENT,
                subject=policy,
                title=f"{policy} fired {times} times and has not for {SILENT_FOR.days} days.",
                cure="Run its drill. If the drill passes, note why the talk has changed.",
                detail={"before": times},
            )


def _alert_rate() -> Iterator[Sighting]:
    moment = now()
    late = alert_rate(since=moment - RECENT, until=moment)
    early = alert_rate(since=moment - BEFORE, until=moment - RECENT)
    if min(late.screened, early.screened) < FEWEST_CALLS:
        return
    pooled = (late.alerts + early.alerts) / (late.screened + early.screened)
    error = math.sqrt(pooled * (1 - pooled) * (1 / late.screened + 1 / early.screened))
    moved = late.share - early.share
    times = max(late.share, early.share) / max(min(late.share, early.share), 1e-9)
    if error and abs(moved) / error > SURPRISE and times > AT_LEAST:
        yield Sighting(
            kind=ALERTS_MOVED,
            subject="",
            title=f"{late.share:.1%} of calls raised an alert in the last {RECENT.days} days, after {early.share:.1%}.",
            cure="Look at what changed: policies, recogniser, suppression, or the desks themselves.",
            detail={"late": [late.alerts, late.screened], "early": [early.alerts, early.screened]},
        )


def _engines() -> Iterator[Sighting]:
    for engine in KnownEngine.objects.filter(announced_by=""):
        yield Sighting(
            kind=ENGINE_CHANGED,
            subject=engine.model_sha256,
            title=f"{engine.engine} {engine.model} began to write transcripts, and no change announced it.",
            cure="Find out who changed it. Closing this with a reason accepts the engine; run all drills over it.",
            detail={"since": engine.since.isoformat()},
        )


def _pipeline(stages: Sequence[str]) -> Iterator[Sighting]:
    standing = halted(stages, older_than=STUCK)
    for stage, number in standing.items():
        yield Sighting(
            kind=PIPELINE_STUCK,
            subject=stage,
            title=f"{number} {'recording stands' if number == 1 else 'recordings stand'} still before {stage}.",
            cure="Look at the system page: is a worker running, and what does its log say?",
            detail={"recordings": number},
        )
