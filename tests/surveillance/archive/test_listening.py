"""Hearing a recording: within the scope, through a labelled derivative, and the native untouched."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from surveillance.access.scope import Scope, combine
from surveillance.archive import derivatives
from surveillance.archive.selectors import listening_copy, open_native, peaks, sealed
from surveillance.archive.services import seal
from surveillance.capture.progress import Claim
from surveillance.core.errors import Hidden, Invalid, Missing, Refused


@pytest.fixture
def recording(claimed: Callable[[], Claim]) -> UUID:
    claim = claimed()
    seal(claim)
    return claim.recording


def test_a_copy_for_ears_is_made_once_and_says_that_it_is_a_copy(
    recording: UUID, rates_officer: Scope
) -> None:
    path = listening_copy(rates_officer, recording)
    made = path.stat().st_mtime_ns, path.stat().st_ino
    with wave.open(str(path)) as copy:
        assert (copy.getnchannels(), copy.getsampwidth(), copy.getframerate()) == (2, 2, 8000)
        assert copy.getnframes() == 24_000
    assert b"derivative" in path.read_bytes()[:400]
    assert listening_copy(rates_officer, recording).stat().st_ino == made[1]
    assert [item.name for item in path.parent.glob("[!.]*")] == [path.name]


def test_the_outline_has_a_lane_for_each_channel(recording: UUID, rates_officer: Scope) -> None:
    drawn = peaks(rates_officer, recording)
    assert drawn["per_second"] == 20
    assert drawn["duration"] == pytest.approx(3.0, abs=0.05)
    assert [len(lane) for lane in drawn["channels"]] == [120, 120]
    assert max(drawn["channels"][0]) == pytest.approx(0.3, abs=0.03)


def test_the_native_goes_out_as_it_came_in(recording: UUID, rates_officer: Scope, tmp_path: Path) -> None:
    whole = (tmp_path / "in.wav").read_bytes()
    out = open_native(rates_officer, recording)
    assert b"".join(out.chunks) == whole
    assert (out.size, out.length) == (len(whole), len(whole))
    part = open_native(rates_officer, recording, start=100, length=50)
    assert b"".join(part.chunks) == whole[100:150]
    with pytest.raises(Invalid):
        open_native(rates_officer, recording, start=len(whole) + 1)


@pytest.mark.parametrize("way", [listening_copy, peaks, open_native, sealed])
def test_another_desk_hears_nothing_and_learns_nothing(
    recording: UUID, fx_officer: Scope, way: Callable[[Scope, UUID], object]
) -> None:
    with pytest.raises(Hidden):
        way(fx_officer, recording)


@pytest.mark.parametrize("way", [listening_copy, peaks, open_native])
def test_an_auditor_sees_that_a_call_exists_and_does_not_hear_it(
    recording: UUID, way: Callable[[Scope, UUID], object]
) -> None:
    auditor = combine("auditor", [("auditor", None)])
    assert sealed(auditor, recording) is not None
    with pytest.raises(Refused):
        way(auditor, recording)


def test_what_is_not_sealed_yet_is_not_played(claimed: Callable[[], Claim], rates_officer: Scope) -> None:
    with pytest.raises(Missing):
        listening_copy(rates_officer, claimed().recording)


def test_the_cache_forgets_what_nobody_plays(
    claimed: Callable[[], Claim], rates_officer: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivatives, "CACHE_BYTES", 100_000)
    monkeypatch.setattr(derivatives, "YOUNG_SECONDS", -1.0)
    paths = []
    for _ in range(3):
        claim = claimed()
        seal(claim)
        paths.append(listening_copy(rates_officer, claim.recording))
    assert [path.exists() for path in paths] == [False, False, True]
