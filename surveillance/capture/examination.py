"""Is this file fit to be a recording? The sound is probed, the sidecar read, one held against the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from detectors.audio import AudioUnreadable, Limits, MediaFacts, probe
from surveillance.access.scope import Desks
from surveillance.access.selectors import desk_exists
from surveillance.capture.formats import SidecarUnreadable
from surveillance.capture.reasons import ACCEPTABLE, Unfit, Why, unfit
from surveillance.capture.said import Said
from surveillance.capture.sidecars import Sidecar
from surveillance.capture.sources import DIRECTIONS, DOORS, DRILL, Source, declared
from surveillance.capture.told import Told, Voice, read, recognised
from surveillance.core.clock import now

UNASSIGNED = "unassigned"
CLOCK_SKEW = timedelta(minutes=5)  # recorders' clocks may run ahead of ours by so much
EARLIEST = datetime(
    1950, 1, 1, tzinfo=UTC
)  # magnetic tape; an epoch read in the wrong unit falls before or after
NOTHING_TOLD = Told()


@dataclass(frozen=True, kw_only=True)
class Brought:
    """One file as it lies in the spool, with everything that came with it."""

    path: Path
    sha256: str
    size: int
    modified: datetime
    source: str
    sidecar: Sidecar | None
    said: Said
    desks: Desks  # for which of them the bringer may speak


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a recording is made of."""

    media: MediaFacts
    source: str
    desk: str
    external_id: str
    direction: str
    notice: str
    started_at: datetime
    started_by: str
    voices: tuple[Voice, ...]


def examine(brought: Brought) -> Fit:
    """Everything a recording needs, or the reason why it cannot be one.

    Raises:
        Unfit: it goes to quarantine for that reason.
        detectors.audio.DecoderUnavailable: our decoder is away; the file is not to blame.
    """
    media = _sound(brought)
    source, told = _words(brought)
    _compare(brought, told, media)
    start, by = _start(brought, told)
    return Fit(
        media=media,
        source=source.name if source else brought.source,
        desk=_desk(brought, source, told),
        external_id=told.external_id,
        direction=_direction(brought, told),
        notice=told.notice,
        started_at=start,
        started_by=by,
        voices=_seated(told, media),
    )


def meant_for(brought: Brought) -> str:
    """The desk a file was meant for, as far as that can be read without knowing whether it is fit."""
    try:
        source, told = _words(brought)
    except Unfit:
        return brought.said.desk
    return brought.said.desk or told.desk or (source.desk if source else "")


def _sound(brought: Brought) -> MediaFacts:
    limits = Limits(
        seconds=float(settings.EARSHOT.max_media_seconds),
        file_bytes=settings.EARSHOT.max_media_bytes,
        accept_truncated=brought.said.accept,
    )
    try:
        media = probe(brought.path, limits)
    except AudioUnreadable as fault:
        raise Unfit(fault.reason.value, fault.sentence, fault.cure) from fault
    if media.silent and not brought.said.accept:
        loudest = max(level.loudest for level in media.levels)
        raise unfit(Why.SILENT, f"{_clock(media.duration)}, never above {loudest:.0f} dB")
    return media


def _words(brought: Brought) -> tuple[Source | None, Told]:
    sources = declared()
    name = brought.said.source or brought.source
    source = DRILL if name == DRILL.name else sources.get(name)
    if source is None and name not in DOORS:
        raise unfit(Why.UNKNOWN_SOURCE, repr(name[:60]))
    if brought.sidecar is None:
        return source, NOTHING_TOLD
    try:
        return _read(sources, source, brought.sidecar)
    except Unfit as fault:
        if not _may_pass(brought.said, fault.code):
            raise
        return source, NOTHING_TOLD


def _may_pass(said: Said, code: str) -> bool:
    """A sidecar that fails may be set aside by a person who says what it should have said."""
    return code in ACCEPTABLE and (said.accept or bool(said.desk and said.started_at))


def _read(sources: Mapping[str, Source], source: Source | None, sidecar: Sidecar) -> tuple[Source, Told]:
    try:
        found = source or recognised(sources, sidecar)
        if found is not None:
            return found, read(found, sidecar)
    except SidecarUnreadable as fault:
        raise unfit(Why.SIDECAR_UNREADABLE, str(fault)) from fault
    raise unfit(Why.SIDECAR_UNRECOGNISED, f"{sidecar.name!r} was held against {', '.join(sorted(sources))}")


def _compare(brought: Brought, told: Told, media: MediaFacts) -> None:
    if brought.said.accept:
        return
    contradictions = [*_contradictions(brought, told, media)]
    if contradictions:
        raise unfit(Why.SIDECAR_CONTRADICTS, "; ".join(contradictions))
    for name in ("duration", "size", "direction"):
        if name in told.faults and not (name == "direction" and brought.said.direction):
            raise unfit(Why.SIDECAR_INCOMPLETE, f"{name}: {told.faults[name]}")


def _contradictions(brought: Brought, told: Told, media: MediaFacts) -> Iterator[str]:
    if told.duration is not None and abs(told.duration - media.duration) > max(2.0, 0.05 * media.duration):
        yield f"it says {_clock(told.duration)}, and the sound lasts {_clock(media.duration)}"
    last = max((voice.channel for voice in told.voices), default=0)
    if last >= media.channels and not told.mixed:
        has = "one channel" if media.channels == 1 else f"{media.channels} channels"
        yield f"it names someone on channel {last + 1}, and the sound has {has}"
    if told.size is not None and told.size != brought.size:
        yield f"it says {told.size:,} bytes, and there are {brought.size:,}"
    if told.sha256 and told.sha256 != brought.sha256:
        yield "it states another SHA-256 than these bytes have"
    if told.sha512 and told.sha512 != _sha512(brought.path):
        yield "it states another SHA-512 than these bytes have"


def _start(brought: Brought, told: Told) -> tuple[datetime, str]:
    if brought.said.started_at is not None:
        start, by = brought.said.started_at.astimezone(UTC), "person"
    elif told.started_at is not None:
        start, by = told.started_at, "sidecar"
    elif "started_at" in told.faults and not brought.said.accept:
        raise unfit(Why.SIDECAR_INCOMPLETE, f"started_at: {told.faults['started_at']}")
    else:
        start, by = brought.modified, "file time"
    if start > now() + CLOCK_SKEW:
        raise unfit(Why.START_IMPOSSIBLE, f"{start:%Y-%m-%d %H:%M:%S} UTC lies in the future")
    if start < EARLIEST:
        raise unfit(Why.START_IMPOSSIBLE, f"{start:%Y-%m-%d %H:%M:%S} UTC lies before recorders were made")
    return start, by


def _desk(brought: Brought, source: Source | None, told: Told) -> str:
    if not brought.said.desk and "desk" in told.faults:
        raise unfit(Why.UNKNOWN_DESK, told.faults["desk"])
    desk = brought.said.desk or told.desk or (source.desk if source else "") or _sole(brought.desks)
    if desk not in brought.desks:
        raise unfit(Why.DESK_REFUSED, desk)
    if desk != UNASSIGNED and not desk_exists(desk):
        raise unfit(Why.UNKNOWN_DESK, repr(desk[:60]))
    return desk


def _sole(desks: Desks) -> str:
    """A recorder that serves one desk only hands in for that desk; else nobody's desk, seen by few."""
    return next(iter(desks.slugs)) if len(desks.slugs) == 1 and not desks.every else UNASSIGNED


def _direction(brought: Brought, told: Told) -> str:
    said = brought.said.direction
    return said if said in DIRECTIONS else told.direction


def _seated(told: Told, media: MediaFacts) -> tuple[Voice, ...]:
    """Everyone on a channel that is there; who has none of their own shares the first."""
    return tuple(
        voice if voice.channel < media.channels else replace(voice, channel=0) for voice in told.voices
    )


def _sha512(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha512").hexdigest()


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
