"""Opening a sidecar: JSON, CSV, XML and vCon become one question, "what stands at this path?"."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

# The text at a path, or None where the path leads nowhere.
Look = Callable[[str], str | None]

# Each party is a row, written while everyone else waits to write; the largest conference bridge has fewer.
MOST_PARTIES = 64


class SidecarUnreadable(Exception):
    """The sidecar is not what its source writes; the message completes "cannot be read: …"."""


class SidecarAbsurd(SidecarUnreadable):
    """It is in the source's format, and tells what can be true of no call."""


def opened(content: bytes, *, form: str, encoding: str = "utf-8", delimiter: str = ",") -> Look:
    """A sidecar ready to be asked.

    Raises:
        SidecarUnreadable: broken, in another format, or built to exhaust the reader.
    """
    if not content.strip():
        raise SidecarUnreadable("it is empty")
    if form == "xml":
        return _xml(content)
    if form == "csv":
        return _csv(_text(content, encoding), delimiter)
    return _json(content, encoding, vcon=form == "vcon")


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        raise SidecarUnreadable(f"it is not {encoding} at byte {fault.start}") from fault
    except UnicodeError as fault:
        raise SidecarUnreadable(f"it is not {encoding}") from fault


def _xml(content: bytes) -> Look:
    try:
        # No DTD at all: entity bombs and outside references both need one.
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as fault:
        raise SidecarUnreadable(
            "it declares a document type, which no recorder needs and attackers do"
        ) from fault
    except ParseError as fault:
        line, column = fault.position
        raise SidecarUnreadable(f"it is not XML at line {line}, column {column + 1}") from fault
    except (ValueError, LookupError) as fault:
        raise SidecarUnreadable("it is not XML in an encoding that is known") from fault

    def look(path: str) -> str | None:
        place, attribute = xml_place(path)
        element = root.find(place)
        if element is None:
            return None
        return element.get(attribute) if attribute else "".join(element.itertext())

    return look


def xml_place(path: str) -> tuple[str, str]:
    """A path as (the element, the attribute or ""): a last part "@name" is an attribute."""
    place, slash, last = path.rpartition("/")
    return (place or ".", last[1:]) if last.startswith("@") else (place + slash + last, "")


def _csv(text: str, delimiter: str) -> Look:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        rows = [row for row in reader if any(row)]
    except csv.Error as fault:
        raise SidecarUnreadable(f"it is not CSV at line {reader.line_num}") from fault
    if len(rows) != 2:
        raise SidecarUnreadable(f"it should hold one row under one header, and holds {len(rows)} rows")
    if len(rows[0]) != len(rows[1]):
        raise SidecarUnreadable(f"its header has {len(rows[0])} columns and its row {len(rows[1])}")
    return dict(zip((name.strip() for name in rows[0]), rows[1], strict=True)).get


def _json(sidecar: bytes, encoding: str, *, vcon: bool) -> Look:
    content = _loaded(sidecar, encoding)
    if not isinstance(content, dict):
        raise SidecarUnreadable("it is JSON, but not an object")
    if vcon:
        _check_vcon(content)

    def look(path: str) -> str | None:
        return _plain(_down(content, path))

    return look


def _loaded(sidecar: bytes, encoding: str) -> Any:
    try:
        return json.loads(_text(sidecar, encoding).removeprefix("\ufeff"))
    except json.JSONDecodeError as fault:
        raise SidecarUnreadable(f"it is not JSON at line {fault.lineno}, column {fault.colno}") from fault
    except RecursionError as fault:
        raise SidecarUnreadable("it is nested deeper than any recorder writes") from fault
    except ValueError as fault:  # the only other one: Python reads no number of more than 4300 digits
        raise SidecarUnreadable("it holds a number of thousands of digits") from fault


def _check_vcon(content: Mapping[str, Any]) -> None:
    if "payload" in content and "signatures" in content:
        raise SidecarUnreadable("it is a signed vCon, and only plain ones are read")
    if "ciphertext" in content:
        raise SidecarUnreadable("it is an encrypted vCon")
    if "vcon" not in content or not isinstance(content.get("dialog"), list):
        raise SidecarUnreadable("it is JSON, but not a vCon")


def _down(content: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(content, dict):
            content = content.get(part)
        elif isinstance(content, list) and part.isdecimal() and int(part) < len(content):
            content = content[int(part)]
        else:
            return None
    return content


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def vcon_lanes(content: bytes, encoding: str = "utf-8") -> tuple[Mapping[str, str], ...]:
    """Who is on each channel of a vCon's first dialog, in lane order, where no map says it.

    draft-ietf-vcon-vcon-core: `dialog[].parties` indexes `parties`; with two lanes they are in channel order.

    Raises:
        SidecarAbsurd: more parties than a call can have.
    """
    content_ = _loaded(content, encoding)
    order = _down(content_, "dialog.0.parties")
    order = [order] if isinstance(order, int) else order if isinstance(order, list) else []
    parties = content_.get("parties") if isinstance(content_.get("parties"), list) else []
    if not order:
        order = list(range(len(parties)))
    if len(order) > MOST_PARTIES:
        raise SidecarAbsurd(f"it names {len(order):,} parties, and up to {MOST_PARTIES} are taken")
    known = [index for index in order if isinstance(index, int) and 0 <= index < len(parties)]
    lanes = []
    for party in (parties[index] for index in known):
        look = party.get if isinstance(party, dict) else {}.get
        number = _plain(look("tel")) or _plain(look("sip")) or _plain(look("mailto")) or ""
        lanes.append({"person": _plain(look("name")) or "", "number": number})
    return tuple(lanes)


def vcon_sha512(content: bytes, encoding: str = "utf-8") -> str:
    """The SHA-512 (hex) that a vCon's first dialog states of its media, or ""."""
    stated = _down(_loaded(content, encoding), "dialog.0.content_hash")
    for item in stated if isinstance(stated, list) else [stated]:
        if isinstance(item, str) and item.startswith("sha512-"):
            coded = item.removeprefix("sha512-")
            try:
                return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).hex()
            except ValueError:
                return "not a hash"
    return ""
