"""The contract of every store: put once, read back the same, locked until its day, held for as long as asked."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sounds import written

from surveillance.archive.stores.folder import FolderStore
from surveillance.archive.stores.s3 import S3Address, S3Store
from surveillance.archive.stores.store import Altered, Locked, NotStored, Occupied, Store, StoreAway
from surveillance.core.errors import Broken

BYTES = bytes(range(256)) * 5000
KEY = "natives/ab/abcdef"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def in_days(days: float) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)


@pytest.fixture
def native(tmp_path: Path) -> Path:
    return written(tmp_path / "native", BYTES)


def test_what_is_put_is_read_back_byte_for_byte(keeper: Store, native: Path) -> None:
    until = in_days(30)
    stored = keeper.put(KEY, native, sha256=sha(BYTES), retain_until=until)
    assert (stored.key, stored.size, stored.sha256) == (KEY, len(BYTES), sha(BYTES))
    assert (stored.retain_until, stored.held) == (until, False)
    assert keeper.stat(KEY) == stored
    assert b"".join(keeper.read(KEY)) == BYTES
    assert keeper.exists(KEY)


@pytest.mark.parametrize(
    ("start", "length"), [(0, 10), (1000, 1), (5, None), (len(BYTES) - 3, 100), (len(BYTES), 5), (0, 0)]
)
def test_a_range_is_read_as_a_range(keeper: Store, native: Path, start: int, length: int | None) -> None:
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))
    wanted = BYTES[start:] if length is None else BYTES[start : start + length]
    assert b"".join(keeper.read(KEY, start=start, length=length)) == wanted


def test_putting_the_same_bytes_again_changes_nothing(keeper: Store, native: Path) -> None:
    first = keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(9))
    assert keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(3)) == first
    assert b"".join(keeper.read(KEY)) == BYTES


def test_other_bytes_never_take_the_place_of_a_native(keeper: Store, native: Path, tmp_path: Path) -> None:
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))
    other = written(tmp_path / "other", b"other bytes")
    with pytest.raises(Occupied):
        keeper.put(KEY, other, sha256=sha(b"other bytes"), retain_until=in_days(1))
    assert b"".join(keeper.read(KEY)) == BYTES


def test_bytes_that_are_not_what_was_promised_are_not_stored(keeper: Store, native: Path) -> None:
    with pytest.raises(Altered):
        keeper.put(KEY, native, sha256=sha(b"something else"), retain_until=in_days(1))
    assert not keeper.exists(KEY)


def test_a_lock_is_lengthened_and_never_shortened(keeper: Store, native: Path) -> None:
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(5))
    keeper.retain(KEY, later := in_days(50))
    assert keeper.stat(KEY).retain_until == later
    with pytest.raises(Locked):
        keeper.retain(KEY, in_days(5))
    assert keeper.stat(KEY).retain_until == later


def test_nothing_leaves_before_its_day(keeper: Store, native: Path) -> None:
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))
    with pytest.raises(Locked):
        keeper.remove(KEY)
    assert b"".join(keeper.read(KEY)) == BYTES


def test_what_is_held_outlives_its_day_and_leaves_when_released(keeper: Store, native: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=soon)
    keeper.hold(KEY, True)
    assert keeper.stat(KEY).held
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 1.1)
    with pytest.raises(Locked):
        keeper.remove(KEY)
    keeper.hold(KEY, False)
    keeper.remove(KEY)
    assert not keeper.exists(KEY)


def test_what_is_not_there_is_said_to_be_missing(keeper: Store) -> None:
    assert not keeper.exists(KEY)
    for ask in (keeper.stat, lambda key: list(keeper.read(key)), keeper.remove):
        with pytest.raises(NotStored):
            ask(KEY)


def test_keys_are_listed_by_prefix_in_order(keeper: Store, native: Path) -> None:
    for key in ("natives/cd/2", "natives/ab/1", "exports/1"):
        keeper.put(key, native, sha256=sha(BYTES), retain_until=in_days(1))
    assert list(keeper.keys("natives/")) == ["natives/ab/1", "natives/cd/2"]
    assert list(keeper.keys("nothing")) == []


def test_a_lock_in_a_folder_that_was_edited_by_hand_is_found_out(native: Path, tmp_path: Path) -> None:
    keeper = FolderStore(tmp_path / "archive", b"key")
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(400))
    assert (tmp_path / "archive" / KEY).stat().st_mode & 0o777 == 0o400
    note = tmp_path / "archive" / f"{KEY}.lock"
    note.chmod(0o600)
    note.write_text(note.read_text().replace(str(in_days(400).year), "1999"))
    with pytest.raises(Altered):
        keeper.stat(KEY)
    note.unlink()
    with pytest.raises(Altered):
        keeper.remove(KEY)


@pytest.mark.services
def test_what_is_put_over_a_native_in_a_bucket_does_not_become_the_native(
    bucket: S3Address, native: Path, tmp_path: Path
) -> None:
    keeper = S3Store(bucket)
    keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))
    with written(tmp_path / "other", b"other").open("rb") as other:
        keeper._client.put_object(bucket.bucket, KEY, other, 5)
    keeper._client.remove_object(bucket.bucket, KEY)  # a delete marker: a plain GET finds nothing now
    fresh = S3Store(bucket)
    assert b"".join(fresh.read(KEY)) == BYTES
    assert fresh.stat(KEY).sha256 == sha(BYTES)
    assert list(fresh.keys()) == [KEY]


@pytest.mark.services
def test_a_bucket_without_object_lock_is_refused(bucket: S3Address, native: Path) -> None:
    keeper = S3Store(bucket)
    keeper._client.make_bucket(bucket.bucket)
    with pytest.raises(Broken, match="Object Lock"):
        keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))


def test_a_store_that_does_not_answer_is_a_passing_fault(native: Path) -> None:
    keeper = S3Store(
        S3Address(endpoint="127.0.0.1:9", access_key="a", secret_key="b" * 10, bucket="earshot", secure=False)
    )
    with pytest.raises(StoreAway):
        keeper.put(KEY, native, sha256=sha(BYTES), retain_until=in_days(1))
