"""Proving the record: as it stood, on record who asked."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from surveillance.access.scope import Power, Scope
from surveillance.archive.selectors import native
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.errors import Invalid
from surveillance.custody.records import Record
from surveillance.custody.selectors import record_as_of


def prove_record(*, scope: Scope, recording: UUID, at: datetime) -> Record:
    """The record as it stood; that it was asked for goes on record with the hash of what was told.

    Raises as `record_as_of`.
    """
    told = record_as_of(scope, recording, at)
    record(
        actor=scope.actor,
        action="record re-created",
        subject=f"recording:{recording}",
        detail={"as_of": at, "sha256": told.sha256},
    )
    return told


def export_record(*, scope: Scope, recording: UUID, at: datetime, out: Path) -> dict[str, Any]:
    """Write native, record and a manifest of their hashes into a folder that is new or empty; the manifest.

    Raises as `record_as_of`; Refused: the scope may not listen. Invalid: something lies in the folder. Broken: the
    native is not what was sealed.
    """
    facts = call(scope, recording, power=Power.LISTEN)
    told = prove_record(scope=scope, recording=recording, at=at)
    if out.exists() and any(out.iterdir()):
        raise Invalid(f"Something lies in {out}.", cure="Name a folder that is new or empty.")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = told.content()
    (out / "record.json").write_bytes(content)
    files = {"record": {"name": "record.json", "sha256": hashlib.sha256(content).hexdigest()}}
    if told.native_sha256:
        name = f"native{Path(facts.name).suffix.lower()[:8]}"
        with native(recording) as path:
            shutil.copyfile(path, out / name)
        files["native"] = {"name": name, "sha256": told.native_sha256}
    manifest = {"recording": str(recording), "as_of": at.isoformat(), "files": files}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest
