"""What the second reader wrote, for whoever may listen to the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.detection.selectors import Unread, unread_findings
from surveillance.second_reader.models import Outcome, Reading

MOST_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """What a machine wrote about one finding."""

    finding: int
    text: str
    quotes: tuple[str, ...]
    model: str
    prompt_sha256: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Readings:
    """How the second reader fares: how many were written, refused by reason, and never answered."""

    written: int
    refused: int
    away: int
    reasons: tuple[tuple[str, int], ...]


def readings(scope: Scope, recording: UUID) -> dict[int, ReadingRow]:
    """What was written about the findings of a call, by the number of the finding.

    Raises:
        Hidden, Refused: the asker may not listen to it.
    """
    call(scope, recording, power=Power.LISTEN)
    rows = Reading.objects.filter(finding__screening__recording_id=recording, outcome=Outcome.WRITTEN)
    return {
        row.finding_id: ReadingRow(
            finding=row.finding_id,
            text=row.text,
            quotes=tuple(row.quotes),
            model=row.model,
            prompt_sha256=row.prompt_sha256,
            at=row.at,
        )
        for row in rows
    }


def tally() -> Readings | None:
    """Counts without a word of any call; None while there is no second reader and never was one."""
    counts = Reading.objects.aggregate(
        **{outcome.value: Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome}
    )
    if not settings.EARSHOT.second_reader_url and not any(counts.values()):
        return None
    reasons = Reading.objects.filter(outcome=Outcome.REFUSED).order_by("refusal").values_list("refusal")
    return Readings(
        written=counts["written"],
        refused=counts["refused"],
        away=counts["away"],
        reasons=tuple(reasons.annotate(times=Count("pk"))),
    )


def waiting(most: int) -> list[Unread]:
    """Findings of open alerts that nobody read yet, most pressing first; for this room's service."""
    done = Reading.objects.exclude(outcome=Outcome.AWAY, tries__lt=MOST_TRIES)
    return unread_findings(read=done.values("finding_id"), most=most)
