"""The recorders that hand calls in, and where each writes what Earshot must know: declared, never guessed."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils.text import slugify

from surveillance.capture.formats import xml_place
from surveillance.core.errors import Broken

FORMATS = ("json", "csv", "xml", "vcon")
NOTICES = ("given", "none")  # did the recorder play a notice, or a tone?
FIELDS = ("external_id", "started_at", "duration", "direction", "desk", "notice", "sha256", "size")
DURATIONS = ("seconds", "milliseconds", "h:m:s")
DIRECTIONS = ("inbound", "outbound", "internal", "unknown")
# Doors through which a file comes without its recorder; a sidecar is held against every declared map.
DOORS = ("upload", "api", "watched", "unattributed")

# draft-ietf-vcon-vcon-core: the first dialog is the recording; what a map leaves out is read from there.
VCON_FIELDS = {"external_id": "uuid", "started_at": "dialog.0.start", "duration": "dialog.0.duration"}


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Where a sidecar names who is on one channel."""

    person: str = ""
    number: str = ""
    line: str = ""
    employer: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One recorder. Its keys in the sources file are these fields; the file itself explains them."""

    name: str
    format: str
    sidecar: str
    title: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    time: str = "iso8601"
    zone: str = ""
    duration: str = "seconds"
    desk: str = ""  # where calls go whose sidecar names none
    mixed: bool = False  # every party on one channel, whatever the lanes say
    fields: Mapping[str, str] = field(default_factory=dict)
    channel: tuple[Lane, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


# A vCon without a map of its own: it is a standard, so nothing need be declared.
VCON = Source(name="vcon", title="vCon", format="vcon", sidecar=".vcon.json", fields=VCON_FIELDS)

# Drills come through the same door as calls, under a source of their own that no file may declare.
DRILL = Source(name="drill", title="Drills", format="vcon", sidecar=".vcon.json", fields=VCON_FIELDS)


def declared() -> Mapping[str, Source]:
    """Every declared source by name, as the sources file stands now.

    Raises:
        Broken: the file is missing or wrong; all faults are told at once.
    """
    path = settings.EARSHOT.sources
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as fault:
        raise Broken(
            f"The sources file cannot be read: {fault}", cure="Set EARSHOT_SOURCES to it."
        ) from fault


def endings() -> tuple[str, ...]:
    """How sidecars of the declared sources end, longest first."""
    found = {source.sidecar for source in declared().values()} | {
        ".json",
        ".csv",
        ".xml",
        ".vcon.json",
        ".vcon",
    }
    return tuple(sorted(found, key=lambda ending: (-len(ending), ending)))


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Mapping[str, Source]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Broken(f"The sources file {path.name} is not TOML: {fault}", cure="Correct it.") from fault
    faults = [f"[{name}] {fault}" for name, table in tables.items() for fault in _faults(name, table)]
    if faults:
        raise Broken(f"The sources file {path.name} is wrong: {'; '.join(faults)}.", cure="Correct it.")
    return {VCON.name: VCON} | {name: _source(name, table) for name, table in tables.items()}


def _source(name: str, table: Mapping[str, Any]) -> Source:
    lanes = tuple(Lane(**lane) for lane in table.get("channel", ()))
    standard = VCON_FIELDS if table["format"] == "vcon" else {}
    return Source(
        **{**table, "name": name, "channel": lanes, "fields": {**standard, **table.get("fields", {})}}
    )


def _faults(name: str, table: Any) -> Iterator[str]:
    if not isinstance(table, Mapping):
        yield "is not a table"
        return
    known = {f.name for f in fields(Source)} - {"name"}
    yield from (f"has an unknown key {key}" for key in table if key not in known)
    yield from (f"lacks {key}" for key in ("format", "sidecar") if key not in table)
    if name in (*DOORS, DRILL.name) or slugify(name) != name:
        yield "is not a name for a source: use lower-case letters, digits and hyphens"
    yield from _plain_faults(table)
    yield from _map_faults(table)


def _plain_faults(table: Mapping[str, Any]) -> Iterator[str]:
    if table.get("format", "json") not in FORMATS:
        yield f"format is none of {', '.join(FORMATS)}"
    if table.get("duration", "seconds") not in DURATIONS:
        yield f"duration is none of {', '.join(DURATIONS)}"
    if not str(table.get("sidecar", ".x")).startswith("."):
        yield "sidecar does not begin with a dot"
    try:
        codecs.lookup(table.get("encoding", "utf-8"))
        ZoneInfo(table.get("zone") or "UTC")
    except (LookupError, ZoneInfoNotFoundError, ValueError) as fault:
        yield f"has an unknown encoding or zone: {fault}"


def _map_faults(table: Mapping[str, Any]) -> Iterator[str]:
    paths = dict(table.get("fields", {}))
    yield from (f"maps an unknown field {key}" for key in paths if key not in FIELDS)
    if "started_at" not in paths and table.get("format") != "vcon":
        yield "does not say where started_at is"
    lane_keys = {f.name for f in fields(Lane)}
    for lane in table.get("channel", ()):
        yield from (f"names an unknown {key} of a channel" for key in lane if key not in lane_keys)
        paths |= lane
    for key, codes in table.get("values", {}).items():
        if key not in ("direction", "desk", "notice"):
            yield f"translates {key}, which has no codes"
        if key == "notice":
            yield from (
                f"{value} is neither given nor none" for value in codes.values() if value not in NOTICES
            )
        if key == "direction":
            yield from (f"{value} is not a direction" for value in codes.values() if value not in DIRECTIONS)
    if table.get("format") == "xml":
        yield from (f"{path} is not a path" for path in paths.values() if not _is_path(path))


def _is_path(path: str) -> bool:
    try:
        Element("root").find(xml_place(path)[0])
    except (SyntaxError, TypeError):
        return False
    return True
