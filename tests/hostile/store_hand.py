"""Whoever is root of the store: the bucket's owner with every S3 right, or the folder's."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attacks import Came, attack
from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention
from site_at_work import Site

HAND = "root of the store"
KEY = """
from surveillance.archive.models import Seal
answer = Seal.objects.get(recording_id={recording!r}).key
"""


def _key(site: Site, name: str) -> str:
    return str(site.installation.ask(KEY.format(recording=site.calls[name])))


def _verified(site: Site, name: str) -> tuple[bool, str]:
    """Does `verify_archive` find fault with that native, and what does it say?"""
    told = site.installation.manage("verify_archive", "--recording", site.calls[name], "--json", check=False)
    faults = json.loads(told.stdout)["faults"]
    said = (
        f"verify_archive: {faults[0]['file']} is {faults[0]['outcome']}"
        if faults
        else "verify_archive: sound"
    )
    return bool(faults), said


def _client(site: Site) -> tuple[Minio, str]:
    env = site.installation.env
    client = Minio(
        env["EARSHOT_S3_ENDPOINT"],
        access_key=env["EARSHOT_S3_ACCESS_KEY"],
        secret_key=env["EARSHOT_S3_SECRET_KEY"],
        secure=False,
    )
    return client, env["EARSHOT_S3_BUCKET"]


def _refused(site: Site, name: str, deed: Callable[[Minio, str, str, str], Any]) -> Came:
    """Do it with root's key to the first version of a native; a refusal of the store is the prevention."""
    client, bucket = _client(site)
    key = _key(site, name)
    refusal = ""
    try:
        deed(client, bucket, key, _first_version(client, bucket, key))
    except S3Error as fault:
        refusal = f"the store refuses: {fault.code}"
    bent, said = _verified(site, name)
    return Came(prevented=not bent, detected=bent, how="; ".join(filter(None, (refusal, said))))


def _first_version(client: Minio, bucket: str, key: str) -> str:
    versions = [
        found
        for found in client.list_objects(bucket, prefix=key, recursive=True, include_version=True)
        if not found.is_delete_marker
    ]
    oldest = min(versions, key=lambda found: found.last_modified or datetime.max.replace(tzinfo=UTC))
    return str(oldest.version_id)


def _place(site: Site, name: str) -> Path:
    return site.installation.home / "archive" / _key(site, name)


def _on_disk(site: Site, name: str, deed: Callable[[Path], None]) -> Came:
    """Do it to the file of a native, look, and put the file back."""
    place = _place(site, name)
    note = place.with_name(place.name + ".lock")
    kept = {path: (path.read_bytes(), path.stat().st_mode) for path in (place, note)}
    deed(place)
    bent, said = _verified(site, name)
    for path, (content, mode) in kept.items():
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    return Came(detected=bent, how=said)


def _both(
    on_disk: Callable[[Path], None], in_bucket: Callable[[Minio, str, str, str], Any]
) -> Callable[[Site], Came]:
    """The same intent by the means each kind of store gives."""

    def tried(site: Site) -> Came:
        if site.installation.column == "embedded":
            return _on_disk(site, "fx-0002", on_disk)
        return _refused(site, "fx-0002", in_bucket)

    return tried


def _flip(place: Path) -> None:
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.chmod(0o600)
    place.write_bytes(bytes(content))


def _unlock(place: Path) -> None:
    note = place.with_name(place.name + ".lock")
    facts = json.loads(note.read_text())
    note.chmod(0o600)
    note.write_text(json.dumps({**facts, "retain_until": "2020-01-01T00:00:00+00:00"}))


def _delete_version(client: Minio, bucket: str, key: str, version: str) -> None:
    client.remove_object(bucket, key, version_id=version)


def _write_over(client: Minio, bucket: str, key: str, version: str) -> None:
    client.put_object(bucket, key, io.BytesIO(b"nothing was said"), 16)


def _shorten(client: Minio, bucket: str, key: str, version: str) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    client.set_object_retention(bucket, key, Retention(COMPLIANCE, soon), version_id=version)


def _to_governance(client: Minio, bucket: str, key: str, version: str) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    client.set_object_retention(bucket, key, Retention(GOVERNANCE, later), version_id=version)


def _mark_deleted(client: Minio, bucket: str, key: str, version: str) -> None:
    client.remove_object(bucket, key)


attack(HAND, "deletes a native")(_both(Path.unlink, _delete_version))
attack(HAND, "changes one bit of a native, or writes another over it")(_both(_flip, _write_over))
attack(HAND, "shortens the lock of a native")(_both(_unlock, _shorten))
attack(HAND, "turns COMPLIANCE into GOVERNANCE, or edits the note of the lock")(
    _both(_unlock, _to_governance)
)
attack(HAND, "marks a native deleted, or empties it")(_both(lambda place: _emptied(place), _mark_deleted))


def _emptied(place: Path) -> None:
    place.chmod(0o600)
    place.write_bytes(b"")


@attack(HAND, "reads a native from the store, past every wall")
def reads(site: Site) -> Came:
    key = _key(site, "fx-0002")
    if site.installation.column == "embedded":
        content = _place(site, "fx-0002").read_bytes()
    else:
        client, bucket = _client(site)
        version = _first_version(client, bucket, key)
        content = client.get_object(bucket, key, version_id=version).read()
    plain = content[:4] == b"RIFF" or b"WAVEfmt" in content[:64]
    return Came(prevented=not plain, how=f"its first bytes are {content[:8].hex()}")
