"""A folder as a store: files nobody may write to, each beside a sealed note of how long it is locked."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from surveillance.archive.stores.store import Altered, Locked, NotStored, Occupied, StoreAway, Stored
from surveillance.core.clock import now

CHUNK = 1 << 20
NOTE = ".lock"  # ending of the note beside each object
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class FolderStore:
    """Objects under `root`. `seal_key` signs the notes, so that a lock edited by hand is found out."""

    name = "folder"

    def __init__(self, root: Path, seal_key: bytes) -> None:
        self.root = root
        self._seal_key = seal_key

    def put(self, key: str, path: Path, *, sha256: str, retain_until: datetime) -> Stored:
        place = self._place(key)
        if place.exists():
            return self._again(key, sha256, retain_until)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._incoming() / uuid.uuid4().hex
        try:
            size = self._copied(path, part, sha256)
            stored = Stored(key=key, size=size, sha256=sha256, retain_until=retain_until, held=False)
            # The note first: bytes without a note would be bytes without a lock.
            self._write_note(stored)
            try:
                os.link(part, place)
            except FileExistsError:
                return self._again(key, sha256, retain_until)
            for folder in (place.parent, place.parent.parent):
                _sync_folder(folder)
        finally:
            part.unlink(missing_ok=True)
        return stored

    def stat(self, key: str) -> Stored:
        place = self._place(key)
        try:
            size = place.stat().st_size
        except FileNotFoundError as fault:
            raise NotStored(f"Nothing is stored under {key}.", cure="Run verify_archive.") from fault
        return replace(self._read_note(key), size=size)

    def exists(self, key: str) -> bool:
        return self._place(key).is_file()

    def keys(self, prefix: str = "") -> Iterator[str]:
        for folder, inner, files in os.walk(self.root):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(files):
                key = (Path(folder) / name).relative_to(self.root).as_posix()
                if not name.endswith(NOTE) and key.startswith(prefix):
                    yield key

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        with self._opened(key) as content:
            content.seek(start)
            left = length
            while left is None or left > 0:
                chunk = content.read(CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk

    def retain(self, key: str, until: datetime) -> None:
        with self._alone(key):
            stored = self.stat(key)
            if until < stored.retain_until:
                raise Locked(
                    f"{key} is locked until {stored.retain_until:%Y-%m-%d}; a lock is never shortened.",
                    cure="Choose a later day.",
                )
            self._write_note(replace(stored, retain_until=until))

    def hold(self, key: str, on: bool, *, version: str = "") -> None:
        with self._alone(key):
            self._write_note(replace(self.stat(key), held=on))

    def remove(self, key: str) -> None:
        with self._alone(key):
            stored = self.stat(key)
            if stored.held:
                raise Locked(f"{key} is under a legal hold.", cure="Release the hold first.")
            if stored.retain_until > now():
                raise Locked(
                    f"{key} is locked until {stored.retain_until:%Y-%m-%d}.", cure="Wait for that day."
                )
            place = self._place(key)
            place.unlink()
            self._note(key).unlink(missing_ok=True)
            _sync_folder(place.parent)

    def _place(self, key: str) -> Path:
        if not KEY.fullmatch(key) or key.endswith(NOTE):
            raise NotStored(f"{key!r} is not a key of ours.", cure="Run verify_archive.")
        return self.root / key

    def _note(self, key: str) -> Path:
        place = self._place(key)
        return place.with_name(place.name + NOTE)

    def _incoming(self) -> Path:
        folder = self.root / ".incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _copied(self, source: Path, part: Path, sha256: str) -> int:
        digest, size = hashlib.sha256(), 0
        try:
            with source.open("rb") as incoming, part.open("xb") as out:
                while chunk := incoming.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
                out.flush()
                os.fchmod(out.fileno(), 0o400)
                os.fsync(out.fileno())
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise StoreAway(
                    f"The archive takes no writes: {fault.strerror}.", cure="Make room for it."
                ) from fault
            raise
        if digest.hexdigest() != sha256:
            raise Altered(
                "The bytes in the spool are not those that were received.",
                cure="Look into the disk's health, then hand the recording in again.",
            )
        return size

    def _again(self, key: str, sha256: str, retain_until: datetime) -> Stored:
        stored = self.stat(key)
        if stored.sha256 != sha256:
            raise Occupied(
                f"Other bytes lie under {key}.", cure="Run verify_archive, and find out who put them."
            )
        if retain_until > stored.retain_until:
            self.retain(key, retain_until)
        return self.stat(key)

    @contextmanager
    def _opened(self, key: str) -> Iterator[IO[bytes]]:
        try:
            content = self._place(key).open("rb")
        except FileNotFoundError as fault:
            raise NotStored(f"Nothing is stored under {key}.", cure="Run verify_archive.") from fault
        with content:
            yield content

    def _write_note(self, stored: Stored) -> None:
        facts = {
            "key": stored.key,
            "sha256": stored.sha256,
            "retain_until": stored.retain_until.isoformat(),
            "held": stored.held,
        }
        note = self._note(stored.key)
        part = self._incoming() / uuid.uuid4().hex
        with part.open("x", encoding="utf-8") as out:
            json.dump({**facts, "seal": self._seal(facts)}, out)
            out.flush()
            os.fchmod(out.fileno(), 0o400)
            os.fsync(out.fileno())
        part.replace(note)
        _sync_folder(note.parent)

    def _read_note(self, key: str) -> Stored:
        cure = "Someone wrote into the archive: keep it as it is and find out who."
        try:
            facts: dict[str, Any] = json.loads(self._note(key).read_text(encoding="utf-8"))
            seal = facts.pop("seal")
            until = datetime.fromisoformat(facts["retain_until"])
        except (OSError, ValueError, KeyError, AttributeError) as fault:
            raise Altered(f"The lock of {key} is missing or unreadable.", cure=cure) from fault
        if facts.get("key") != key or not hmac.compare_digest(str(seal), self._seal(facts)):
            raise Altered(f"The lock of {key} was changed by a strange hand.", cure=cure)
        return Stored(key=key, size=0, sha256=facts["sha256"], retain_until=until, held=facts["held"])

    def _seal(self, facts: dict[str, Any]) -> str:
        return hmac.new(self._seal_key, json.dumps(facts, sort_keys=True).encode(), "sha256").hexdigest()

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """One writer of a note at a time, across processes."""
        self._place(key)
        with (self._incoming() / "notes.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def seal_key(path: Path) -> bytes:
    """The key that signs the notes; made at first need, kept outside the archive."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(secrets.token_bytes(32))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass  # another process of the same start was faster
    finally:
        part.unlink()
    return path.read_bytes()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
