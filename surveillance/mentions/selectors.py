"""What calls name, within a scope: for whoever may listen, since every mention is a word that was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from search.transcript import Named, Transcript
from surveillance.access.names import number_of
from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call, visible
from surveillance.mentions.models import Mention, Reading
from surveillance.transcription.selectors import Words


@dataclass(frozen=True, kw_only=True)
class MentionRow:
    """One thing named, with its place: seconds, turn, words. `candidates` are who may be meant."""

    kind: str
    text: str
    value: str
    start: float
    end: float
    turn: int
    first: int
    last: int
    speaker: str
    channel: int
    link: str
    candidates: tuple[str, ...]
    confidence: float


def mentions(scope: Scope, recording: UUID) -> list[MentionRow]:
    """What the newest words of a recording name, in order of time.

    Raises:
        Hidden: the recording lies outside what the scope may listen to.
    """
    call(scope, recording, power=Power.LISTEN)
    newest = Reading.objects.filter(recording_id=recording).order_by("-version__number").first()
    if newest is None:
        return []
    return [_row(row) for row in newest.mentions.all()]


def naming(scope: Scope, recordings: Iterable[UUID], kinds: Iterable[str]) -> dict[UUID, list[MentionRow]]:
    """What several recordings name of some kinds; those outside the scope are left out."""
    heard = visible(scope, list(recordings), power=Power.LISTEN)
    newest: dict[UUID, int] = {}
    rows = Reading.objects.filter(recording_id__in=heard).order_by("version__number")
    for recording, reading in rows.values_list("recording_id", "pk"):
        newest[recording] = reading
    of = {reading: recording for recording, reading in newest.items()}
    found: dict[UUID, list[MentionRow]] = {recording: [] for recording in newest}
    for row in Mention.objects.filter(reading_id__in=of, kind__in=list(kinds)).order_by("start", "pk"):
        found[of[row.reading_id]].append(_row(row))
    return found


def people_named(recording: UUID) -> set[str]:
    """The people whom the words of a call name, as they are said and as they were told apart; for rooms."""
    rows = Mention.objects.filter(reading__recording_id=recording, kind="person")
    return {text for row in rows.values_list("text", "value", "link") for text in row if text}


def calls_naming(told: str) -> dict[UUID, set[str]]:
    """Calls whose words name somebody by a word of `told`, with the names; for rooms."""
    rows = Mention.objects.filter(kind="person").filter(Q(text__icontains=told) | Q(value__icontains=told))
    found: dict[UUID, set[str]] = {}
    for recording, text, value in rows.values_list("reading__recording_id", "text", "value"):
        found.setdefault(recording, set()).update((text, value))
    return found


def calls_telling(number: str) -> set[UUID]:
    """Calls whose words tell a telephone number, given as `access.names.number_of` makes it; for rooms."""
    rows = Mention.objects.filter(kind="phone", value__icontains=number[-4:])
    told = rows.values_list("reading__recording_id", "value")
    return {recording for recording, value in told if number_of(value) == number}


def with_names(words: Words) -> Transcript:
    """The words with what was named in them, as the index keeps them; for Earshot's own programs."""
    rows = Mention.objects.filter(reading__version_id=words.id)
    return replace(words.transcript, named=tuple(_named(row) for row in rows))


def unread(recordings: Iterable[UUID]) -> list[UUID]:
    """Those of some recordings whose newest words nobody has read for names; for Earshot's own programs."""
    known = set(Reading.objects.values_list("recording_id", flat=True))
    return [recording for recording in recordings if recording not in known]


def _row(row: Mention) -> MentionRow:
    return MentionRow(
        kind=row.kind,
        text=row.text,
        value=row.value,
        start=row.start,
        end=row.end,
        turn=row.turn,
        first=row.first,
        last=row.last,
        speaker=row.speaker,
        channel=row.channel,
        link=row.link,
        candidates=tuple(row.candidates),
        confidence=row.confidence,
    )


def _named(row: Mention) -> Named:
    return Named(
        kind=row.kind,
        value=row.value,
        turn=row.turn,
        first=row.first,
        last=row.last,
        amount=row.amount,
        unit=row.unit,
    )
