"""Reading the words of a recording, within a scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from search.transcript import Transcript
from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.transcription.models import Version
from surveillance.transcription.sealing import opened_content


@dataclass(frozen=True, kw_only=True)
class Words:
    """One version of the words, and what wrote it."""

    id: int
    number: int
    engine: str
    model: str
    model_sha256: str
    settings: Mapping[str, Any]
    language: str
    language_confidence: float
    unheard: tuple[tuple[int, float, float], ...]
    made_at: datetime
    transcript: Transcript


def current(scope: Scope, recording: UUID) -> Words | None:
    """The newest version; None while nothing was transcribed yet.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    newest = versions(scope, recording)
    return newest[0] if newest else None


def versions(scope: Scope, recording: UUID) -> list[Words]:
    """Every version, newest first.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording, power=Power.LISTEN)
    return [_words(row) for row in Version.objects.filter(recording_id=recording).order_by("-number")]


def newest_words(recording: UUID) -> Transcript | None:
    """The newest words of a call, for Earshot's own programs; None where there are none."""
    row = Version.objects.filter(recording_id=recording).order_by("-number").first()
    return Transcript.from_json(opened_content(recording, row.number, row.content)) if row else None


def next_number(recording: UUID) -> int:
    """The number of the next version of the words of a recording."""
    last = (
        Version.objects.filter(recording_id=recording)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return (last or 0) + 1


def transcribed() -> list[UUID]:
    """Every call that has words, for Earshot's own programs; drills are none."""
    return _with_words(drill=False)


def transcribed_drills() -> list[UUID]:
    """Every drill that has words, for the index of the drills."""
    return _with_words(drill=True)


def _with_words(*, drill: bool) -> list[UUID]:
    rows = Version.objects.filter(recording__drill=drill, recording__withheld="").order_by("recording_id")
    return list(rows.values_list("recording_id", flat=True).distinct())


def _words(row: Version) -> Words:
    return Words(
        id=row.pk,
        number=row.number,
        engine=row.engine,
        model=row.model,
        model_sha256=row.model_sha256,
        settings=row.settings,
        language=row.language,
        language_confidence=row.language_confidence,
        unheard=tuple((int(channel), start, end) for channel, start, end in row.unheard),
        made_at=row.made_at,
        transcript=Transcript.from_json(opened_content(row.recording_id, row.number, row.content)),
    )
