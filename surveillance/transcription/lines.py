"""The archive's words as lines of tokens, for Earshot's own programs: which calls there are, and what each said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from search.transcript import Transcript
from surveillance.transcription.models import Tokens, Version
from surveillance.transcription.sealing import opened_content, opened_lines

BATCH = 500  # lines opened at a time


@dataclass(frozen=True, kw_only=True)
class Line:
    """One call's newest words on one line; `version` is the key of the version they are of."""

    version: int
    recording: UUID
    desk: str
    started_at: datetime
    duration: float
    line: str


def newest_versions(*, since: datetime | None = None, until: datetime | None = None) -> list[int]:
    """The keys of the newest version of every call that began in [since, until), oldest call first; no drills."""
    newer = Version.objects.filter(recording=OuterRef("recording"), number__gt=OuterRef("number"))
    found = Version.objects.filter(~Exists(newer), recording__drill=False, recording__withheld="")
    if since is not None:
        found = found.filter(recording__started_at__gte=since)
    if until is not None:
        found = found.filter(recording__started_at__lt=until)
    return list(found.order_by("recording__started_at", "pk").values_list("pk", flat=True))


def lines(versions: Sequence[int]) -> Iterator[Line]:
    """The lines of these versions, in the order of their keys; those whose tokens were never made are left out."""
    wanted = sorted(versions)
    for start in range(0, len(wanted), BATCH):
        yield from _some_lines(wanted[start : start + BATCH])


def _some_lines(versions: Sequence[int]) -> Iterator[Line]:
    rows = Tokens.objects.filter(version__in=versions).order_by("version")
    told = list(
        rows.values_list(
            "version_id",
            "version__recording_id",
            "version__number",
            "version__recording__desk__slug",
            "version__recording__started_at",
            "version__recording__duration",
            "line",
        )
    )
    words = opened_lines((recording, number, line) for _, recording, number, _, _, _, line in told)
    for (version, recording, _, desk, started_at, duration, _), line in zip(told, words, strict=True):
        yield Line(
            version=version,
            recording=recording,
            desk=desk,
            started_at=started_at,
            duration=duration,
            line=line,
        )


def transcript_of(version: int) -> Transcript:
    """The whole words of one version."""
    row = Version.objects.values_list("recording_id", "number", "content").get(pk=version)
    return Transcript.from_json(opened_content(*row))
