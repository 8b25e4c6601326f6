"""Looking among the calls of the same moment for the same call from another recorder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from detectors.noise.twins import CLOCKS, Likeness, Spoken, likeness, meet
from surveillance.access.scope import program
from surveillance.capture.calls import Call
from surveillance.capture.selectors import call, is_drill, meeting
from surveillance.noise.models import Twin
from surveillance.transcription.selectors import Words, current

# Recordings of one moment that are compared at most, nearest start first: a floor's evening close holds many calls.
MOST = 50


@dataclass(frozen=True, kw_only=True)
class Found:
    """The recording that leads, and how alike the two are."""

    lead: UUID
    likeness: Likeness


def found_twin(recording: UUID, words: Words) -> Found | None:
    """The earlier recording of the same call, if there is one; of several the one that leads them."""
    if is_drill(recording):
        return None
    facts = call(program("noise"), recording)
    mine = _spoken(facts, words)
    for other in meeting(recording, within=timedelta(seconds=CLOCKS), most=MOST):
        theirs = call(program("noise"), other)
        if not meet(mine, _timed(theirs, mine)) or _follows(other, recording):
            continue
        said = current(program("noise"), other)
        alike = likeness(mine, _spoken(theirs, said)) if said else None
        if alike is not None:
            return Found(lead=_lead(other), likeness=alike)
    return None


def _spoken(facts: Call, words: Words) -> Spoken:
    return Spoken(
        started_at=facts.started_at,
        duration=facts.duration,
        people=frozenset(_people(facts)),
        transcript=words.transcript,
    )


def _timed(facts: Call, mine: Spoken) -> Spoken:
    """The other's times with words of ours: whether they met is told before its words are read."""
    return Spoken(
        started_at=facts.started_at,
        duration=facts.duration,
        people=frozenset(_people(facts)),
        transcript=mine.transcript,
    )


def _people(facts: Call) -> Iterator[str]:
    for party in facts.parties:
        yield from (told.casefold() for told in (party.person, party.number) if told)


def _follows(other: UUID, recording: UUID) -> bool:
    """Is the other one led by this one already?"""
    return Twin.objects.filter(Q(recording_id=other) & Q(lead_id=recording)).exists()


def _lead(other: UUID) -> UUID:
    led = Twin.objects.filter(recording_id=other, standing=True).values_list("lead_id", flat=True).first()
    return led or other
