"""What a sidecar tells of a call, read through the map of its source, fault by fault."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from surveillance.capture.formats import (
    Look,
    SidecarAbsurd,
    SidecarUnreadable,
    opened,
    vcon_lanes,
    vcon_sha512,
)
from surveillance.capture.sidecars import Sidecar
from surveillance.capture.sources import DIRECTIONS, NOTICES, VCON, Lane, Source

LONGEST_SECONDS = 1e9
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# They turn the order of what is read after them: a name could pass for another.
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Someone on one channel, as the sidecar names them."""

    channel: int
    person: str = ""
    number: str = ""
    line: str = ""
    employer: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The sidecar in our words. `faults` holds, by field, what was there and could not be understood."""

    external_id: str = ""
    started_at: datetime | None = None
    duration: float | None = None
    direction: str = "unknown"
    desk: str = ""
    notice: str = ""
    sha256: str = ""
    sha512: str = ""
    size: int | None = None
    voices: tuple[Voice, ...] = ()
    mixed: bool = False  # the parties may share a channel
    faults: Mapping[str, str] = field(default_factory=dict)


def read(source: Source, sidecar: Sidecar) -> Told:
    """Ask a sidecar everything its source's map names.

    Raises:
        SidecarUnreadable: it is not in the source's format.
        SidecarAbsurd: it tells what can be true of no call.
    """
    look = opened(sidecar.content, form=source.format, encoding=source.encoding, delimiter=source.delimiter)
    asked = _Asked(source, look)
    standard_vcon = source.format == "vcon" and not source.channel
    return Told(
        external_id=asked.text("external_id")[:120],
        started_at=asked.moment(),
        duration=asked.seconds(),
        direction=asked.code("direction") or "unknown",
        desk=asked.code("desk"),
        notice=asked.code("notice"),
        sha256=asked.text("sha256").lower(),
        sha512=vcon_sha512(sidecar.content, source.encoding) if source.format == "vcon" else "",
        size=asked.whole("size"),
        voices=_standard_voices(source, sidecar) if standard_vcon else _voices(source.channel, look),
        mixed=source.mixed or standard_vcon,
        faults=asked.faults,
    )


def recognised(sources: Mapping[str, Source], sidecar: Sidecar) -> Source | None:
    """The source whose map finds most in this sidecar, the start among it; None where none or two do.

    Raises:
        SidecarAbsurd: no map fits, and one would have but for what can be true of no call.
    """
    found: list[tuple[int, Source]] = []
    absurd: SidecarAbsurd | None = None
    for source in sources.values():
        try:
            told = read(source, sidecar)
        except SidecarAbsurd as fault:
            absurd = fault
            continue
        except SidecarUnreadable:
            continue
        if told.started_at is not None and not _merely_standard(source, told):
            spoken = sum(bool(getattr(told, name)) for name in ("external_id", "duration", "desk"))
            found.append((spoken + len(told.voices) - len(told.faults), source))
    if absurd and not found:
        raise absurd
    # A map that was declared for this recorder goes before the standard reading of a vCon.
    found.sort(key=lambda pair: (pair[0], pair[1] is not VCON), reverse=True)
    if len(found) > 1 and found[0][0] == found[1][0] and found[1][1] is not VCON:
        return None
    return found[0][1] if found else None


def _merely_standard(source: Source, told: Told) -> bool:
    """A declared vCon map that finds nothing of its own: this vCon is another recorder's."""
    own = told.desk or told.direction != "unknown" or told.faults
    return source.format == "vcon" and source is not VCON and not own


def clean(text: str | None) -> str:
    """Text as a person would have written it: no control characters, half characters or blank edges.

    JSON can spell half of a character, a file's name can hold bytes that are no text, and a database takes neither.
    """
    whole = (text or "").encode("utf-8", "replace").decode("utf-8")
    return CONTROLS.sub(" ", TURNS.sub("", whole)).strip()


def _voices(lanes: tuple[Lane, ...], look: Look) -> tuple[Voice, ...]:
    voices = []
    for channel, lane in enumerate(lanes):
        said = {key: clean(look(path)) if path else "" for key, path in vars(lane).items()}
        if any(said.values()):
            voices.append(_voice(channel, said))
    return tuple(voices)


def _standard_voices(source: Source, sidecar: Sidecar) -> tuple[Voice, ...]:
    return tuple(
        _voice(channel, {key: clean(text) for key, text in lane.items()})
        for channel, lane in enumerate(vcon_lanes(sidecar.content, source.encoding))
        if any(lane.values())
    )


def _voice(channel: int, said: Mapping[str, str]) -> Voice:
    # Longer than our columns is cut; the sidecar itself is kept verbatim.
    return Voice(
        channel=channel,
        person=said.get("person", "")[:120],
        number=said.get("number", "")[:60],
        line=said.get("line", "")[:60],
        employer=said.get("employer", "")[:120],
    )


class _Asked:
    """One sidecar under questions; what it answers badly is noted, not raised."""

    def __init__(self, source: Source, look: Look) -> None:
        self.source, self.look = source, look
        self.faults: dict[str, str] = {}

    def text(self, name: str) -> str:
        path = self.source.fields.get(name)
        return clean(self.look(path)) if path else ""

    def code(self, name: str) -> str:
        """A recorder's code in our words; a code that nobody mapped is a fault, not a guess."""
        said = self.text(name)
        codes = self.source.values.get(name)
        if not said:
            return ""
        known = codes.get(said) if codes is not None else said
        allowed = {"direction": DIRECTIONS, "notice": NOTICES}.get(name)
        if known is None or (allowed is not None and known not in allowed):
            self.faults[name] = f"{said[:60]!r} is not among the codes of {self.source.name}"
            return ""
        return known

    def whole(self, name: str) -> int | None:
        said = self.text(name)
        if not said:
            return None
        if not re.fullmatch(r"\d{1,18}", said):
            self.faults[name] = f"{said[:60]!r} is not a whole number"
            return None
        return int(said)

    def seconds(self) -> float | None:
        said = self.text("duration")
        if not said:
            return None
        try:
            return _seconds(said, self.source.duration)
        except ValueError:
            self.faults["duration"] = f"{said[:60]!r} is not a duration in {self.source.duration}"
            return None

    def moment(self) -> datetime | None:
        said = self.text("started_at")
        if not said:
            self.faults["started_at"] = (
                f"there is nothing at {self.source.fields.get('started_at', 'started_at')}"
            )
            return None
        try:
            return moment(said, self.source.time, self.source.zone)
        except ZoneUntold:
            self.faults["started_at"] = f"{said[:60]!r} has no offset, and its source declares no zone"
        except (ValueError, OverflowError):
            self.faults["started_at"] = f"{said[:60]!r} is not a time of the form {self.source.time}"
        return None


class ZoneUntold(ValueError):
    """A wall-clock time, and nobody says of which wall."""


def _seconds(said: str, unit: str) -> float:
    parts = [float(part) for part in said.split(":")]
    if not all(math.isfinite(part) for part in parts):
        # "inf" and "nan" are numbers to Python, and so is 1e999 in JSON; no call lasted so long.
        raise SidecarAbsurd(f"it says that the call lasted {said[:60]!r}, which is no length of time")
    if any(part < 0 for part in parts) or len(parts) not in ((2, 3) if unit == "h:m:s" else (1,)):
        raise ValueError(said)
    seconds = sum(part * 60.0**power for power, part in enumerate(reversed(parts)))
    if unit == "milliseconds":
        seconds /= 1000
    if seconds >= LONGEST_SECONDS:
        raise ValueError(said)
    return seconds


def moment(said: str, form: str, zone: str) -> datetime:
    """A recorder's time in UTC.

    Raises:
        ValueError: not a time of that form, or a wall-clock time of an undeclared zone.
    """
    if form in ("epoch", "epoch_ms"):
        since = timedelta(seconds=float(said)) if form == "epoch" else timedelta(milliseconds=float(said))
        return datetime(1970, 1, 1, tzinfo=UTC) + since
    read_at = datetime.fromisoformat(said) if form == "iso8601" else datetime.strptime(said, form)  # noqa: DTZ007
    if read_at.tzinfo is None:
        if not zone:
            raise ZoneUntold(said)
        read_at = read_at.replace(tzinfo=ZoneInfo(zone))
    return read_at.astimezone(UTC)
