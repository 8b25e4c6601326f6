"""Any S3 with Object Lock as a store: COMPLIANCE retention, which not even its administrator can shorten."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.retention import Retention
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from surveillance.archive.stores.store import Altered, Locked, NotStored, Occupied, StoreAway, Stored
from surveillance.core.clock import now
from surveillance.core.errors import Broken

CHUNK = 1 << 20
CONNECTIONS = 32  # kept open beside each other, as when a hold locks many objects
ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchObject", "MethodNotAllowed"})
BUSY = frozenset(
    {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "XMinioServerNotInitialized"}
)
REFUSED = frozenset({"AccessDenied", "InvalidRequest", "ObjectLocked", "Forbidden"})


@dataclass(frozen=True, kw_only=True)
class S3Address:
    """Where the store is, and as whom we speak to it."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    secure: bool = True


class S3Store:
    """Objects in one bucket.

    A bucket with Object Lock keeps every version. The first version under a key is the object: whatever is put
    or marked deleted over it later changes nothing for us.
    """

    name = "s3"

    def __init__(self, address: S3Address) -> None:
        self._bucket = address.bucket
        self._client = Minio(
            address.endpoint,
            access_key=address.access_key,
            secret_key=address.secret_key,
            secure=address.secure,
            http_client=PoolManager(
                maxsize=CONNECTIONS,
                timeout=Timeout(connect=5, read=60),
                retries=Retry(total=2, backoff_factor=0.2, status_forcelist=[502, 503, 504]),
            ),
        )
        self._ready = False
        self._versions: dict[str, str] = {}

    def put(self, key: str, path: Path, *, sha256: str, retain_until: datetime) -> Stored:
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
                raise Altered(
                    "The bytes in the spool are not those that were received.",
                    cure="Look into the disk's health, then hand the recording in again.",
                )
        with _translated(key):
            self._open()
            if self._first(key) is None:
                with path.open("rb") as content:
                    self._client.put_object(
                        self._bucket,
                        key,
                        content,
                        path.stat().st_size,
                        metadata={"x-amz-meta-sha256": sha256},
                        retention=Retention(COMPLIANCE, _whole_seconds(retain_until)),
                    )
        return self._again(key, sha256, retain_until)

    def stat(self, key: str) -> Stored:
        with _translated(key):
            version = self._object(key)
            found = self._client.stat_object(self._bucket, key, version_id=version)
            locked = self._client.get_object_retention(self._bucket, key, version_id=version)
            held = self._client.is_object_legal_hold_enabled(self._bucket, key, version_id=version)
        if locked is None or locked.mode != COMPLIANCE:
            raise Altered(f"{key} lies in the store without its lock.", cure="Find out who put it there.")
        until = locked.retain_until_date
        meta = {name.lower(): value for name, value in (found.metadata or {}).items()}
        return Stored(
            key=key,
            size=int(found.size or 0),
            sha256=meta.get("x-amz-meta-sha256", ""),
            retain_until=until if until.tzinfo else until.replace(tzinfo=UTC),
            held=bool(held),
            version=version,
        )

    def exists(self, key: str) -> bool:
        with _translated(key):
            self._open()
            return self._first(key) is not None

    def keys(self, prefix: str = "") -> Iterator[str]:
        with _translated(prefix):
            self._open()
            last = ""
            for found in self._client.list_objects(
                self._bucket, prefix=prefix, recursive=True, include_version=True
            ):
                if found.object_name and found.object_name != last:
                    last = found.object_name
                    yield last

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        with _translated(key):
            version = self._object(key)
            if length == 0 or start >= int(
                self._client.stat_object(self._bucket, key, version_id=version).size or 0
            ):
                return
            answer = self._client.get_object(
                self._bucket, key, offset=start, length=length or 0, version_id=version
            )
            try:
                yield from answer.stream(CHUNK)
            finally:
                answer.close()
                answer.release_conn()

    def retain(self, key: str, until: datetime) -> None:
        stored = self.stat(key)
        if until < stored.retain_until:
            raise Locked(
                f"{key} is locked until {stored.retain_until:%Y-%m-%d}; a lock is never shortened.",
                cure="Choose a later day.",
            )
        with _translated(key):
            self._client.set_object_retention(
                self._bucket,
                key,
                Retention(COMPLIANCE, _whole_seconds(until)),
                version_id=self._object(key),
            )

    def hold(self, key: str, on: bool, *, version: str = "") -> None:
        with _translated(key):
            version = version or self._object(key)
            if on:
                self._client.enable_object_legal_hold(self._bucket, key, version_id=version)
            else:
                self._client.disable_object_legal_hold(self._bucket, key, version_id=version)

    def remove(self, key: str) -> None:
        stored = self.stat(key)
        if stored.held or stored.retain_until > now():
            why = "under a legal hold" if stored.held else f"locked until {stored.retain_until:%Y-%m-%d}"
            raise Locked(f"{key} is {why}.", cure="Wait until nothing stands against it.")
        with _translated(key):
            self._client.remove_object(self._bucket, key, version_id=self._object(key))
        self._versions.pop(key, None)

    def _again(self, key: str, sha256: str, retain_until: datetime) -> Stored:
        stored = self.stat(key)
        if stored.sha256 != sha256:
            raise Occupied(
                f"Other bytes lie under {key}.", cure="Run verify_archive, and find out who put them."
            )
        if _whole_seconds(retain_until) > stored.retain_until:
            self.retain(key, retain_until)
            return self.stat(key)
        return stored

    def _object(self, key: str) -> str:
        self._open()
        version = self._first(key)
        if version is None:
            raise NotStored(f"Nothing is stored under {key}.", cure="Run verify_archive.")
        return version

    def _first(self, key: str) -> str | None:
        """The oldest version under a key. Once there, it stays the oldest, so it is asked for once."""
        if key not in self._versions:
            found = [
                version
                for version in self._client.list_objects(
                    self._bucket, prefix=key, recursive=True, include_version=True
                )
                if version.object_name == key and not version.is_delete_marker and version.version_id
            ]
            if not found:
                return None
            oldest = min(found, key=lambda version: version.last_modified or datetime.max.replace(tzinfo=UTC))
            self._versions[key] = str(oldest.version_id)
        return self._versions[key]

    def _open(self) -> None:
        """Make the bucket with Object Lock where there is none; refuse one without it."""
        if self._ready:
            return
        if not self._client.bucket_exists(self._bucket):
            try:
                self._client.make_bucket(self._bucket, object_lock=True)
            except S3Error as fault:
                if fault.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise
        try:
            self._client.get_object_lock_config(self._bucket)
        except S3Error as fault:
            if fault.code != "ObjectLockConfigurationNotFoundError":
                raise
            raise Broken(
                f"The bucket {self._bucket} has no Object Lock; natives would not be safe in it.",
                cure="Object Lock is chosen when a bucket is made: name a new one in EARSHOT_S3_BUCKET.",
            ) from fault
        self._ready = True


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """The store's faults in our words."""
    try:
        yield
    except S3Error as fault:
        if fault.code in ABSENT:
            raise NotStored(f"Nothing is stored under {key}.", cure="Run verify_archive.") from fault
        if fault.code in BUSY:
            raise StoreAway(
                f"The store is busy: {fault.code}.", cure="Earshot tries again by itself."
            ) from fault
        if fault.code in REFUSED:
            raise Locked(f"The store refuses: {fault.message}", cure="Check lock and access key.") from fault
        raise Broken(f"The store answers {fault.code}: {fault.message}", cure="Ask who runs it.") from fault
    except (HTTPError, InvalidResponseError, ServerError, OSError) as fault:
        raise StoreAway(
            f"The store does not answer: {fault}", cure="Earshot tries again by itself."
        ) from fault
    except MinioException as fault:
        raise Broken(f"The store does not do as it should: {fault}", cure="Ask who runs it.") from fault


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
