"""Hearing a recording: within the scope, through a labelled derivative, and the native untouched."""

from __future__ import annotations

import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from surveillance.access.scope import Scope, combine
from surveillance.archive import derivatives
from surveillance.archive.models import Seal
from surveillance.archive.selectors import listening_copy, open_native, peaks, sealed
from surveillance.archive.services import seal
from surveillance.capture.progress import Claim
from surveillance.core.errors import Hidden, Invalid, Missing, Refused


def cache() -> list[Path]:
    return list((settings.EARSHOT.cache / "listening").glob("[!.]*"))


@pytest.fixture
def recording(claimed: Callable[[], Claim]) -> UUID:
    claim = claimed()
    seal(claim)
    return claim.recording


def test_a_copy_for_ears_is_made_once_and_says_that_it_is_a_copy(
    recording: UUID, rates_officer: Scope
) -> None:
    copy = listening_copy(rates_officer, recording).whole()
    with wave.open(BytesIO(copy)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        assert sound.getnframes() == 24_000
    assert b"derivative" in copy[:400]
    (cached,) = cache()
    made = cached.stat().st_ino
    assert b"".join(listening_copy(rates_officer, recording).read(100, 50)) == copy[100:150]
    assert [path.stat().st_ino for path in cache()] == [made]
    assert copy[44:144] not in cached.read_bytes()


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
    names = []
    for _ in range(3):
        claim = claimed()
        seal(claim)
        listening_copy(rates_officer, claim.recording)
        names.append(Seal.objects.get(recording=claim.recording).sha256)
    assert [path.name for path in cache()] == [f"{names[2]}.wav.sealed"]
