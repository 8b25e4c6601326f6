"""A record as other rooms and doors see it: everything that was known of a recording at one time, and its bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

State = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A recording as it stood `at`: rows by kind and key, the policies in force, the hash of the native."""

    recording: UUID
    at: datetime
    rows: Mapping[str, Mapping[str, State]]
    policies: Sequence[tuple[str, int, str]]  # name, version, SHA-256 of the text

    @property
    def native_sha256(self) -> str:
        """Of the sound as it came; empty where it was not sealed yet."""
        return next((str(seal["sha256"]) for seal in self.rows.get("archive.Seal", {}).values()), "")

    @property
    def words(self) -> list[State]:
        """The versions of the words, the newest first."""
        return sorted(
            self.rows.get("transcription.Version", {}).values(), key=lambda row: -int(row["number"])
        )

    def content(self) -> bytes:
        """Canonical JSON: the same record is the same bytes, whenever it is asked for."""
        told = {
            "recording": str(self.recording),
            "rows": self.rows,
            "policies": self.policies,
            "native_sha256": self.native_sha256,
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Became:
    """One change of one row: `deed` came, changed or went; `fields` are the columns that differ."""

    at: datetime
    kind: str
    row: str
    deed: str
    fields: tuple[str, ...]

    @property
    def thing(self) -> str:
        return THINGS.get(self.kind, self.kind)


# What the rows are called where people read.
THINGS: Mapping[str, str] = {
    "capture.Recording": "recording",
    "capture.Party": "party",
    "capture.Receipt": "receipt of its arrival",
    "archive.Seal": "seal",
    "consent.Clearance": "consent",
    "consent.PersonalCall": "personal call",
    "transcription.Version": "words",
    "mentions.Reading": "reading for names",
    "mentions.Mention": "name in the words",
    "noise.Recognition": "noise recognised",
    "noise.Twin": "same call from another recorder",
    "noise.Undoing": "noise undone",
    "noise.Silenced": "finding silenced",
    "detection.Screening": "screening",
    "detection.Finding": "finding",
    "detection.Alert": "alert",
    "second_reader.Reading": "rationale",
    "review.Disposition": "decision",
    "retention.Filing": "filing",
    "retention.Keeping": "how long it is kept",
    "retention.Held": "legal hold",
}
