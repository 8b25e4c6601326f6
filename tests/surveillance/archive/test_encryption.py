"""Encrypted at rest: nothing readable in store, cache and database; keys wrapped anew, changed, gone, destroyed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from surveillance.access.scope import Scope
from surveillance.archive import keys
from surveillance.archive.forgetting import forget
from surveillance.archive.keys import Shredded, key_of, rotate, shred
from surveillance.archive.models import DataKey, Seal
from surveillance.archive.selectors import listening_copy, native, open_native, peaks
from surveillance.archive.services import seal, verify
from surveillance.archive.stores.store import Altered
from surveillance.audit.models import Entry
from surveillance.capture.progress import Claim
from surveillance.core.errors import Broken, Refused


@pytest.fixture
def recording(claimed: Callable[[], Claim]) -> UUID:
    claim = claimed()
    seal(claim)
    return claim.recording


def stored(recording: UUID) -> Path:
    path: Path = settings.EARSHOT.home / "archive" / Seal.objects.get(recording=recording).key
    path.chmod(0o600)
    return path


def every_file() -> bytes:
    """All that lies under the home folder, the database aside."""
    files = [
        path for path in settings.EARSHOT.home.rglob("*") if path.is_file() and "sqlite3" not in path.name
    ]
    return b"\0".join(path.read_bytes() for path in files)


def test_no_file_of_ours_holds_the_sound(recording: UUID, tmp_path: Path, rates_officer: Scope) -> None:
    plain = (tmp_path / "in.wav").read_bytes()
    copy = listening_copy(rates_officer, recording).whole()
    peaks(rates_officer, recording)
    everything = every_file()
    for piece in (plain[2000:2064], copy[2000:2064], b"RIFF", b'"per_second"'):
        assert piece not in everything
    row = Seal.objects.get(recording=recording)
    assert row.encrypted
    assert row.stored_sha256 != row.sha256
    assert row.stored_size == stored(recording).stat().st_size > row.size


def test_ranges_of_a_native_across_its_segments(
    recording: UUID, tmp_path: Path, rates_officer: Scope
) -> None:
    plain = (tmp_path / "in.wav").read_bytes()
    assert len(plain) > 65_536
    for start, length in ((0, 1), (65_470, 30), (65_400, 400), (len(plain) - 5, 5), (65_479, 1), (65_480, 1)):
        out = open_native(rates_officer, recording, start=start, length=length)
        assert b"".join(out.chunks) == plain[start : start + length]


@pytest.mark.parametrize("place", [5, 30, 70_000, -1])
def test_a_flipped_byte_is_named_and_never_played(
    recording: UUID, rates_officer: Scope, clerk: Scope, place: int
) -> None:
    path = stored(recording)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    (fault,) = verify(scope=clerk).faults
    assert (fault.recording, fault.outcome) == (recording, "changed")
    assert fault.found_sha256 != fault.expected_sha256 == Seal.objects.get().stored_sha256
    with pytest.raises(Altered), native(recording):
        pass
    with pytest.raises(Altered):
        listening_copy(rates_officer, recording)


@pytest.mark.parametrize("change", [lambda old: old[:-1], lambda old: old + b"!", lambda old: b""])
def test_bytes_cut_off_or_added_are_named(
    recording: UUID, clerk: Scope, change: Callable[[bytes], bytes]
) -> None:
    path = stored(recording)
    path.write_bytes(change(path.read_bytes()))
    assert [fault.outcome for fault in verify(scope=clerk).faults] == ["changed"]


def test_the_native_of_one_call_does_not_open_as_that_of_another(
    claimed: Callable[[], Claim], clerk: Scope
) -> None:
    one, two = claimed(), claimed()
    seal(one)
    seal(two)
    first, second = stored(one.recording), stored(two.recording)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert {fault.outcome for fault in verify(scope=clerk).faults} == {"changed"}
    DataKey.objects.filter(recording=two.recording).update(
        wrapped=DataKey.objects.get(recording=one.recording).wrapped
    )
    with pytest.raises(Broken, match="does not open"):
        key_of(two.recording)


def test_rotation_wraps_every_key_anew_and_touches_no_sound(
    claimed: Callable[[], Claim], clerk: Scope
) -> None:
    recordings = []
    for _ in range(3):
        claim = claimed()
        seal(claim)
        recordings.append(claim.recording)
    before = {one: (key_of(one), stored(one).read_bytes()) for one in recordings}
    old = set(DataKey.objects.values_list("kek", flat=True))
    out = StringIO()
    call_command("rotate_keys", "--new", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["rewrapped"], told["left"], told["in_use"]) == (3, 0, {told["kek"]: 3})
    assert told["kek"] not in old
    for kek in old:
        (settings.EARSHOT.keys / kek).unlink()  # wraps nothing any more
    keys._kept_a_while.cache_clear()
    assert {one: (key_of(one), stored(one).read_bytes()) for one in recordings} == before
    assert verify(scope=clerk).sound
    assert Entry.objects.get(action="keys wrapped anew").detail["keys"] == 3


def test_a_rotation_that_was_killed_goes_on_where_it_was(
    claimed: Callable[[], Claim], clerk: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        seal(claimed())
    monkeypatch.setattr(keys, "BATCH", 2)

    class PowerCut(BaseException):
        pass

    def cut(done: int, of: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        rotate(scope=clerk, new=True, told=cut)
    assert sorted(keys.keks_in_use().values()) == [2, 2]
    assert verify(scope=clerk).sound
    assert rotate(scope=clerk, new=False).rewrapped == 2
    assert list(keys.keks_in_use().values()) == [4]


def test_an_officer_may_not_rotate(recording: UUID, rates_officer: Scope) -> None:
    with pytest.raises(Refused):
        rotate(scope=rates_officer, new=True)


def test_a_destroyed_key_closes_every_copy(
    recording: UUID, rates_officer: Scope, clerk: Scope, tmp_path: Path
) -> None:
    listening_copy(rates_officer, recording)
    copy = stored(recording).read_bytes()  # such as a backup holds
    assert shred(recording=recording, actor="user:records")
    assert not shred(recording=recording, actor="user:records")
    for way in (listening_copy, peaks):
        with pytest.raises(Shredded, match="disposed"):
            way(rates_officer, recording)
    with pytest.raises(Shredded):
        b"".join(open_native(rates_officer, recording).chunks)
    with pytest.raises(Shredded), native(recording):
        pass
    assert stored(recording).read_bytes() == copy
    assert Entry.objects.get(action="key destroyed").actor == "user:records"
    # The seal stands, the key does not: whoever did that, it is found.
    assert [fault.outcome for fault in verify(scope=clerk).faults] == ["unreadable"]


def test_disposal_destroys_the_key_with_the_seal(recording: UUID) -> None:
    forget(recording)
    row = DataKey.objects.get(recording=recording)
    assert row.wrapped is None
    assert row.destroyed_at is not None


def test_a_key_row_deleted_by_hand_is_found_and_said(
    recording: UUID, clerk: Scope, rates_officer: Scope
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM archive_datakey")
    assert [fault.outcome for fault in verify(scope=clerk).faults] == ["unreadable"]
    with pytest.raises(Broken, match="table of keys"):
        listening_copy(rates_officer, recording)


def test_what_was_sealed_before_there_was_encryption_is_read_beside_what_came_after(
    claimed: Callable[[], Claim], clerk: Scope, settings: Settings
) -> None:
    on, off = settings.EARSHOT, replace(settings.EARSHOT, encryption=False)
    settings.EARSHOT = off
    old = claimed()
    seal(old)
    settings.EARSHOT = on
    new = claimed()
    seal(new)
    assert [Seal.objects.get(recording=one.recording).encrypted for one in (old, new)] == [False, True]
    assert verify(scope=clerk).sound
    settings.EARSHOT = off
    assert verify(scope=clerk).sound
    with native(old.recording) as path:
        assert path.read_bytes()[:4] == b"RIFF"


def test_plain_bytes_do_not_outlive_the_work_on_them(recording: UUID) -> None:
    with native(recording) as path:
        assert path.stat().st_mode & 0o777 == 0o600
    assert not list(settings.EARSHOT.scratch.glob("*"))


def test_keys_from_the_environment_wrap_and_a_wrong_one_opens_nothing(
    claimed: Callable[[], Claim], settings: Settings, clerk: Scope
) -> None:
    one, two = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    settings.EARSHOT = replace(settings.EARSHOT, keeper="environment", keks=(f"a:{one}",))
    claim = claimed()
    seal(claim)
    assert DataKey.objects.get().kek == "a"
    settings.EARSHOT = replace(settings.EARSHOT, keks=(f"a:{one}", f"b:{two}"))
    assert rotate(scope=clerk, new=False).rewrapped == 1
    settings.EARSHOT = replace(settings.EARSHOT, keks=(f"b:{two}",))
    assert verify(scope=clerk).sound
    settings.EARSHOT = replace(settings.EARSHOT, keks=(f"b:{one}",))
    with pytest.raises(Broken, match="does not open"):
        key_of(claim.recording)
    settings.EARSHOT = replace(settings.EARSHOT, keks=(f"a:{one}",))
    with pytest.raises(Broken, match="is not there"):
        key_of(claim.recording)
    settings.EARSHOT = replace(settings.EARSHOT, keks=("c:short",))
    with pytest.raises(Broken, match="32 bytes") as fault:
        key_of(claim.recording)
    assert "short" not in str(fault.value)
