"""What was recognised as noise and what it silenced, as a scope may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from detectors.noise import KINDS, VERSION
from detectors.shares import Share
from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call, visible
from surveillance.capture.walls import beyond
from surveillance.core.errors import Hidden, Missing
from surveillance.noise.models import Recognition, Silenced, Twin, Undoing, Verdict
from surveillance.noise.quiet import Undone

VERDICTS: Mapping[str, str] = {verdict.value: str(verdict.label) for verdict in Verdict}


@dataclass(frozen=True, kw_only=True)
class Change:
    """Someone undid, or restored, with a reason."""

    by: str
    at: datetime
    undone: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecognitionRow:
    """A stretch recognised as noise; times in seconds, `silenced` counts the findings it sets aside."""

    id: int
    kind: str
    title: str
    channel: int
    turn: int
    start: float
    end: float
    words: str
    why: str
    confidence: float
    standing: bool
    silenced: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class TwinRow:
    """`recording` is the same call as `lead`, whose alert leads."""

    recording: UUID
    lead: UUID
    lead_title: str
    why: str
    standing: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class SilencedRow:
    """A silenced finding that was drawn for review."""

    id: int
    recording: UUID
    desk: str
    desk_name: str
    title: str
    started_at: datetime
    kind: str
    kind_title: str
    noise_words: str
    noise_why: str
    category: str
    policy: str
    policy_version: int
    words: str
    why: Mapping[str, Any]
    start: float
    end: float
    verdict: str
    judge: str
    judged_at: datetime | None
    note: str


@dataclass(frozen=True, kw_only=True)
class KindTally:
    """What one kind of noise silenced, how much of it was judged, and what that says of the rest."""

    kind: str
    title: str
    recognised: int
    undone: int
    silenced: int
    drawn: int
    judged: int
    wrongly: int

    @property
    def waiting(self) -> int:
        return self.drawn - self.judged

    @property
    def share(self) -> Share:
        """Wrongly silenced among those judged; its interval is Wilson's, 95 %."""
        return Share(count=self.wrongly, total=self.judged)

    @property
    def most_wrongly(self) -> int:
        """At most so many of all silenced were wrongly silenced, by the interval; all of them while none was judged."""
        return round(self.silenced * (self.share.interval[1] if self.judged else 1.0))


def recognitions(scope: Scope, recording: UUID, version: int) -> list[RecognitionRow]:
    """The noise recognised in one version of the words, in order of time.

    Raises:
        Hidden, Refused: the asker may not listen to it, and so not read it.
    """
    call(scope, recording, power=Power.LISTEN)
    rows = Recognition.objects.filter(recording_id=recording, version_id=version, recogniser=VERSION)
    found = rows.annotate(hushed=Count("silenced")).prefetch_related("undoings")
    return [
        RecognitionRow(
            id=row.pk,
            kind=row.kind,
            title=KINDS.get(row.kind, row.kind),
            channel=row.channel,
            turn=row.turn,
            start=row.start,
            end=row.end,
            words=row.words,
            why=row.why,
            confidence=row.confidence,
            standing=row.standing,
            silenced=row.hushed,
            changes=_changes(row.undoings.all()),
        )
        for row in found
    ]


def twin_of(scope: Scope, recording: UUID) -> TwinRow | None:
    """Which call a recording is the same as; None where it is none, or the other lies outside the scope.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    call(scope, recording)
    row = Twin.objects.filter(recording_id=recording).select_related("lead").first()
    if row is None or not visible(scope, [row.lead_id]):
        return None
    return TwinRow(
        recording=recording,
        lead=row.lead_id,
        lead_title=row.lead.name,
        why=row.why,
        standing=row.standing,
        changes=_changes(row.undoings.all()),
    )


def followers_of(scope: Scope, recording: UUID) -> list[TwinRow]:
    """The recordings within the scope that are the same call as this one, which leads.

    Raises:
        Hidden: the recording lies outside the scope.
    """
    facts = call(scope, recording)
    rows = list(Twin.objects.filter(lead_id=recording, standing=True).prefetch_related("undoings"))
    seen = visible(scope, [row.recording_id for row in rows])
    return [
        TwinRow(
            recording=row.recording_id,
            lead=recording,
            lead_title=facts.name,
            why=row.why,
            standing=True,
            changes=_changes(row.undoings.all()),
        )
        for row in rows
        if row.recording_id in seen
    ]


def leads(scope: Scope, recordings: Iterable[UUID]) -> dict[UUID, UUID]:
    """For each recording that is the same call as another within the scope: that other one."""
    rows = Twin.objects.filter(recording_id__in=list(recordings), standing=True)
    pairs = dict(rows.values_list("recording_id", "lead_id"))
    seen = visible(scope, pairs.values())
    return {recording: lead for recording, lead in pairs.items() if lead in seen}


def tally(scope: Scope, *, power: Power = Power.SEE) -> list[KindTally]:
    """What each kind of noise recognised, silenced and got judged, on the desks where the scope holds `power`."""
    within = _within(scope, power)
    made: dict[str, dict[str, Any]] = {
        row["kind"]: dict(row)
        for row in Recognition.objects.filter(within, current=True)
        .order_by()
        .values("kind")
        .annotate(all=Count("pk"), lifted=Count("pk", filter=Q(standing=False)))
    }
    hushed: dict[str, dict[str, Any]] = {
        row["recognition__kind"]: dict(row)
        for row in Silenced.objects.filter(
            _within(scope, power, "recognition__recording__"), recognition__current=True
        )
        .order_by()
        .values("recognition__kind")
        .annotate(
            all=Count("pk"),
            drawn=Count("pk", filter=Q(drawn_at__isnull=False)),
            judged=Count("pk", filter=~Q(verdict="")),
            wrongly=Count("pk", filter=Q(verdict=Verdict.WRONGLY)),
        )
    }
    return [
        KindTally(
            kind=kind,
            title=title,
            recognised=made.get(kind, {}).get("all", 0),
            undone=made.get(kind, {}).get("lifted", 0),
            silenced=hushed.get(kind, {}).get("all", 0),
            drawn=hushed.get(kind, {}).get("drawn", 0),
            judged=hushed.get(kind, {}).get("judged", 0),
            wrongly=hushed.get(kind, {}).get("wrongly", 0),
        )
        for kind, title in KINDS.items()
        if kind in made or kind in hushed
    ]


def twins_counted(scope: Scope, *, power: Power = Power.SEE) -> int:
    """How many recordings are the same call as another, on the desks where the scope holds `power`."""
    return Twin.objects.filter(_within(scope, power), standing=True).count()


def drawn(scope: Scope, *, kind: str = "", judged: bool = False) -> list[SilencedRow]:
    """The silenced findings drawn for review, on desks where the asker may listen; by lot, judged ones newest first."""
    rows = _drawn().filter(_within(scope, Power.LISTEN, "recognition__recording__"))
    if kind:
        rows = rows.filter(recognition__kind=kind)
    if judged:
        rows = rows.exclude(verdict="").order_by("-judged_at")
    else:
        rows = rows.filter(verdict="", recognition__standing=True, recognition__current=True).order_by("lot")
    return [_silenced(row) for row in rows]


def silenced(scope: Scope, number: int) -> SilencedRow:
    """One silenced finding that was drawn.

    Raises:
        Hidden: it lies outside the scope. Missing: there is none of that number that was drawn.
    """
    row = _drawn().filter(pk=number).first()
    if row is None:
        raise Missing("There is no such finding to judge.", cure="Reload the page.")
    recording = row.recognition.recording
    if not scope.may(Power.SEE, recording.desk.slug):
        raise Hidden(
            "There is no such finding to judge.", cure="Reload the page.", subject=f"silenced:{number}"
        )
    call(scope, recording.pk, power=Power.LISTEN)
    return _silenced(row)


def undone_on(recording: UUID) -> tuple[list[Undone], int]:
    """What people declared no noise on a recording, and how many such deeds there were; for the services of rooms."""
    rows = Recognition.objects.filter(recording_id=recording, standing=False)
    stretches = {(row.kind, row.channel, row.start, row.end) for row in rows}
    deeds = Undoing.objects.filter(recognition__recording_id=recording).count()
    return [Undone(kind=k, channel=c, start=s, end=e) for k, c, s, e in sorted(stretches)], deeds


def _drawn() -> QuerySet[Silenced]:
    rows = Silenced.objects.filter(
        drawn_at__isnull=False, recognition__recording__drill=False, recognition__recording__withheld=""
    )
    return rows.select_related("recognition__recording__desk")


def _within(scope: Scope, power: Power, path: str = "recording__") -> Q:
    """The one narrowing to desks; drills are in no count and no list."""
    reach = scope.desks(power)
    calls = Q(**{f"{path}drill": False}) & beyond(scope, path.removesuffix("__") or "pk")
    return calls if reach.every else calls & Q(**{f"{path}desk__slug__in": reach.slugs})


def _changes(rows: Iterable[Undoing]) -> tuple[Change, ...]:
    return tuple(Change(by=row.by, at=row.at, undone=row.undone, reason=row.reason) for row in rows)


def _silenced(row: Silenced) -> SilencedRow:
    noise = row.recognition
    recording = noise.recording
    return SilencedRow(
        id=row.pk,
        recording=recording.pk,
        desk=recording.desk.slug,
        desk_name=recording.desk.name,
        title=recording.name,
        started_at=recording.started_at,
        kind=noise.kind,
        kind_title=KINDS.get(noise.kind, noise.kind),
        noise_words=noise.words,
        noise_why=noise.why,
        category=row.category,
        policy=row.policy,
        policy_version=row.policy_version,
        words=row.words,
        why=row.why,
        start=row.start,
        end=row.end,
        verdict=row.verdict,
        judge=row.judge,
        judged_at=row.judged_at,
        note=row.note,
    )
