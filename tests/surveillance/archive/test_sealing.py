"""Sealing: the native is byte-identical, a crash at any step loses nothing and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from surveillance.access.scope import Scope
from surveillance.archive import selectors, services
from surveillance.archive.models import Seal
from surveillance.archive.services import clear_spool, seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Altered
from surveillance.audit.models import Entry
from surveillance.capture import spool
from surveillance.capture.models import Progress, Recording
from surveillance.capture.progress import Claim, reopen, take
from surveillance.core.errors import Broken, Conflict


class PowerCut(BaseException):
    """The process ends here."""


def again(claim: Claim) -> Claim:
    """The lease runs out, and another worker takes the stage."""
    Progress.objects.filter(recording_id=claim.recording).update(until=None)
    taken = take(claim.recording, claim.stage, lease=60)
    assert taken is not None
    return taken


def only_once(recording: Any) -> None:
    row = Recording.objects.get(pk=recording)
    assert Seal.objects.get(recording=recording).sha256 == row.sha256
    assert Entry.objects.filter(action="sealed", subject=f"recording:{recording}").count() == 1
    assert list(store().keys("natives/")) == [Seal.objects.get().key]
    assert Progress.objects.get(recording=recording, stage="archive").state == "done"
    assert not spool.place(row.sha256).exists()


def test_a_native_is_sealed_byte_for_byte_and_leaves_the_spool(
    claimed: Callable[[], Claim], tmp_path: Path
) -> None:
    claim = claimed()
    seal(claim)
    with selectors.native(claim.recording) as path:
        assert path.read_bytes() == (tmp_path / "in.wav").read_bytes()
    only_once(claim.recording)


def test_retention_runs_from_the_call_and_not_from_its_arrival(
    claimed: Callable[[], Claim], settings: Settings
) -> None:
    claim = claimed()
    seal(claim)
    started = Recording.objects.get().started_at
    days = django_settings.EARSHOT.retention_days
    assert abs(Seal.objects.get().retain_until - started - timedelta(days=days)) < timedelta(seconds=2)


def test_a_call_older_than_its_duty_is_still_locked_for_a_day(
    claimed: Callable[[], Claim], settings: Settings
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, retention_days=0)
    claim = claimed()
    seal(claim)
    row = Seal.objects.get()
    assert row.retain_until > row.sealed_at + timedelta(hours=23)


STEPS: dict[str, tuple[Any, str]] = {
    "before the store takes it": (services, "_put"),
    "before it is read back": (services, "found"),
    "before the stage is settled": (services, "settle"),
    "before the ledger is written": (services, "record"),
    "before the spool lets go": (services.spool, "drop"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_power_cut_at_any_step_loses_nothing_and_doubles_nothing(
    claimed: Callable[[], Claim], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    claim = claimed()

    def cut(*_: Any, **__: Any) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(*STEPS[step], cut)
        with pytest.raises(PowerCut):
            seal(claim)
    assert spool.place(Recording.objects.get().sha256).exists()
    if step == "before the spool lets go":
        monkeypatch.setattr(
            services.spool, "contents", lambda: iter([(Recording.objects.get().sha256, 100.0)])
        )
        assert clear_spool() == 1
    else:
        assert Seal.objects.count() == 0
        seal(again(claim))
    only_once(claim.recording)


def test_a_worker_that_lost_its_claim_seals_nothing(claimed: Callable[[], Claim]) -> None:
    claim = claimed()
    newer = again(claim)
    with pytest.raises(Conflict):
        seal(claim)
    assert Seal.objects.count() == 0
    seal(newer)
    only_once(claim.recording)


def test_sealing_again_confirms_the_seal_and_makes_no_other(claimed: Callable[[], Claim]) -> None:
    claim = claimed()
    seal(claim)
    reopen(claim.recording, ["archive"])
    seal(again(claim))
    only_once(claim.recording)
    assert Entry.objects.filter(action="seal confirmed").count() == 1


def test_bytes_that_changed_in_the_spool_are_not_sealed(claimed: Callable[[], Claim]) -> None:
    claim = claimed()
    path = spool.place(Recording.objects.get().sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(Altered):
        seal(claim)
    assert Seal.objects.count() == 0


def test_bytes_that_are_nowhere_are_said_to_be_gone(claimed: Callable[[], Claim]) -> None:
    claim = claimed()
    spool.place(Recording.objects.get().sha256).unlink()
    with pytest.raises(Broken, match="neither"):
        seal(claim)


@pytest.mark.services
def test_sealing_into_a_bucket_is_the_same(
    bucket: Any, claimed: Callable[[], Claim], settings: Settings, tmp_path: Path, clerk: Scope
) -> None:
    settings.EARSHOT = replace(
        settings.EARSHOT,
        store="s3",
        s3_endpoint=bucket.endpoint,
        s3_access_key=bucket.access_key,
        s3_secret_key=bucket.secret_key,
        s3_bucket=bucket.bucket,
        s3_secure=bucket.secure,
    )
    claim = claimed()
    seal(claim)
    only_once(claim.recording)
    with selectors.native(claim.recording) as path:
        assert path.read_bytes() == (tmp_path / "in.wav").read_bytes()
    assert not path.exists()
    assert services.verify(scope=clerk).sound
