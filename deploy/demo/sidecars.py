"""The sidecars of the demo's recorders, written as each recorder would: XML, CSV, JSON and vCon."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import tomllib
import uuid
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.script import HERE, Party, Script

LONDON = ZoneInfo("Europe/London")


def sources() -> dict[str, Any]:
    """sources.toml: what each recorder writes, and where."""
    return tomllib.loads((HERE / "sources.toml").read_text(encoding="utf-8"))


def write_sidecar(script: Script, audio: Path, seconds: float) -> Path:
    """The sidecar of one call beside its audio. `seconds` is the length of the audio."""
    source = sources()[script.source]
    content = WRITERS[source["format"]](script, audio, seconds)
    path = audio.with_name(audio.stem + source["sidecar"])
    path.write_bytes(content.encode(source.get("encoding", "utf-8")))
    return path


def _code(script: Script, field: str, value: str) -> str:
    """The recorder's own word for one of our values: the field map read backwards."""
    codes = sources()[script.source]["values"][field]
    return str(next(code for code, ours in codes.items() if ours == value))


def _turret(script: Script, audio: Path, seconds: float) -> str:
    root = ET.Element("VoiceRecord", schema="4.2")
    header = ET.SubElement(root, "Header", CallReference=script.external_id)
    start = script.start.astimezone(LONDON)
    for tag, text in (
        ("StartTime", start.isoformat(timespec="milliseconds")),
        ("StopTime", (start + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")),
        ("DurationMs", str(round(seconds * 1000))),
        ("Direction", _code(script, "direction", script.direction)),
        ("TriggerReason", "OFFHOOK"),
    ):
        ET.SubElement(header, tag).text = text
    ET.SubElement(root, "Desk", code=_code(script, "desk", script.desk)).text = script.desk.title()
    for channel, party in zip("LR", script.parties, strict=True):
        leg = ET.SubElement(root, "Leg", channel=channel)
        ET.SubElement(leg, "Appearance").text = party.line
        person = ET.SubElement(leg, "Party")
        ET.SubElement(person, "Name").text = party.name
        ET.SubElement(person, "CLI").text = party.number
        # This recorder writes the element also when it does not know the firm.
        ET.SubElement(leg, "Firm").text = party.employer
    media = ET.SubElement(root, "Media", codec="G711", packing="stereo")
    ET.SubElement(media, "File").text = audio.name
    ET.SubElement(media, "Archive").text = "NAS-02"
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _dealerboard(script: Script, audio: Path, seconds: float) -> str:
    left, right = script.parties
    whole = int(seconds)
    row = {
        "Call ID": script.external_id,
        "Board": left.line,
        "Start": script.start.astimezone(LONDON).strftime("%d/%m/%Y %H:%M:%S"),
        "Length": f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}",
        "Dir": _code(script, "direction", script.direction),
        "Desk": _code(script, "desk", script.desk),
        "Ch1 Name": left.name,
        "Ch1 Number": left.number,
        "Ch1 Line": left.line,
        "Ch1 Firm": left.employer,
        "Ch2 Name": right.name,
        "Ch2 Number": right.number,
        "Ch2 Line": right.line,
        "Ch2 Firm": right.employer,
        "Disk": "A:0417",
        "Remark": "",
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue()


def _mobile(script: Script, audio: Path, seconds: float) -> str:
    legs = [_mobile_leg(channel, party) for channel, party in enumerate(script.parties)]
    document = {
        "schema": "mobile-capture/7",
        "call": {
            "id": script.external_id,
            "startedAt": round(script.start.timestamp() * 1000),
            "durationSec": round(seconds, 2),
            "direction": _code(script, "direction", script.direction),
            "cause": 16,
            "roaming": False,
        },
        "subscriber": {"group": _code(script, "desk", script.desk), "policy": "record-always"},
        "legs": legs,
        "media": {
            "file": audio.name,
            "sha256": hashlib.sha256(audio.read_bytes()).hexdigest(),
            "beep": False,
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _mobile_leg(channel: int, party: Party) -> dict[str, Any]:
    leg: dict[str, Any] = {
        "channel": channel,
        "displayName": party.name,
        "e164": party.number,
        "label": party.line,
    }
    if party.employer:  # this recorder leaves the key out when it does not know
        leg["company"] = party.employer
    return leg


def _field_radio(script: Script, audio: Path, seconds: float) -> str:
    # draft-ietf-vcon-vcon-core: content_hash is the SHA-512 of the file, base64url without padding.
    digest = base64.urlsafe_b64encode(hashlib.sha512(audio.read_bytes()).digest()).rstrip(b"=").decode()
    start = script.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "vcon": "0.3.0",
        "uuid": script.external_id,
        "created_at": (script.start + timedelta(seconds=seconds + 4)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": "Radio traffic",
        "parties": [_radio_party(script, party) for party in script.parties],
        "dialog": [
            {
                "type": "recording",
                "start": start,
                "duration": round(seconds, 3),
                "parties": [0, 1],
                "originator": 0 if script.direction != "inbound" else 1,
                "mediatype": "audio/x-wav",
                "filename": audio.name,
                "url": f"https://radio.example/media/{audio.name}",
                "content_hash": f"sha512-{digest}",
            }
        ],
        "attachments": [
            {
                "purpose": "dispatch",
                "start": start,
                "party": 0,
                "encoding": "json",
                "body": {
                    "talkgroup": _talkgroup(script),
                    "direction": _code(script, "direction", script.direction),
                    "repeater": "R3",
                },
            }
        ],
        "analysis": [],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _talkgroup(script: Script) -> str:
    """Several talk groups belong to one desk; which one a call was on is told by its id."""
    groups = {"rig": "RIG-DECK", "feeder": "NET-OPS"}
    return next((group for word, group in groups.items() if word in script.id), "RAIL-FAULTS")


def _radio_party(script: Script, party: Party) -> dict[str, Any]:
    meta = {"radio": party.line}
    if party.employer:
        meta["employer"] = party.employer
    own = uuid.uuid5(uuid.UUID(script.external_id), party.name)
    return {"tel": party.number, "name": party.name, "uuid": str(own), "meta": meta}


WRITERS = {"xml": _turret, "csv": _dealerboard, "json": _mobile, "vcon": _field_radio}
