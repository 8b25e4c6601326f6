"""From a recording and its desk to the facts of the rules, and from the rules to a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from policies.retention import Decision, Facts, RuleSet, Ruling, decide, load
from surveillance.capture.origins import Origin
from surveillance.core.clock import now
from surveillance.retention.models import Demand, Filing, Profile

# A duty whose end is not known rolls on: locked for a year, and again when half of it is gone.
ROLLING = timedelta(days=366)


@lru_cache(maxsize=1)
def rules() -> RuleSet:
    """The rules of this installation, read once."""
    return load()


def profile_at(desk: int, moment: datetime) -> Profile | None:
    """The profile of a desk for calls of that moment; before its first, the first."""
    found = Profile.objects.filter(desk_id=desk)
    standing = found.filter(effective_from__lte=moment).order_by("-effective_from", "-pk").first()
    return standing or found.order_by("effective_from", "-pk").first()


def facts_of(origin: Origin) -> Facts:
    """What the rules ask of a recording."""
    profile = profile_at(origin.desk, origin.started_at)
    filing = Filing.objects.filter(recording_id=origin.recording).order_by("-pk").first()
    demanded = Demand.objects.filter(
        desk_id=origin.desk, since__lte=origin.started_at, until__gt=origin.started_at
    )
    events = filing.events if filing else {}
    classes = (filing.classes if filing else []) or (profile.classes if profile else [])
    return Facts(
        created=origin.started_at,
        jurisdictions=frozenset(profile.jurisdictions if profile else ()),
        sectors=frozenset(profile.sectors if profile else ()),
        instruments=frozenset(profile.instruments if profile else ()),
        classes=frozenset(classes),
        events={name: datetime.fromisoformat(moment) for name, moment in events.items()},
        requests=frozenset(demanded.values_list("rule", flat=True)),
    )


def decision_on(origin: Origin) -> Decision:
    """Until when a recording is kept, by what is known of it now."""
    return decide(facts_of(origin), rules())


def lock_until(decision: Decision, at: datetime) -> datetime | None:
    """Until when the store is to lock it: as long as its duties run. None where no duty says a day."""
    return at + ROLLING if decision.open_ended else decision.keep_until


def row_of(decision: Decision) -> dict[str, Any]:
    """A decision as the columns of its row."""
    at = now()
    return {
        "decided_at": at,
        "keep_until": decision.keep_until,
        "open_ended": decision.open_ended,
        "undecided": decision.undecided,
        "must_go_at": decision.must_go_at,
        "accessible_until": decision.accessible_until,
        "worm": decision.worm,
        "words": decision.in_words(),
        "rule": next((one.rule.id for one in (*decision.because, decision.limit) if one), ""),
        "because": [_told(duty) for duty in decision.because],
        "limit": _told(decision.limit) if decision.limit else None,
        "rules_sha256": decision.rules_sha256,
        "stale": False,
        "lock_until": lock_until(decision, at),
    }


def _told(ruling: Ruling) -> dict[str, Any]:
    until = ruling.until.isoformat() if ruling.until else None
    return {
        "rule": ruling.rule.id,
        "citation": ruling.rule.citation,
        "words": ruling.in_words(),
        "until": until,
    }
