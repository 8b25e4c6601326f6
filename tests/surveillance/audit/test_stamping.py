"""A stranger's time stamp vouches for a checkpoint, and for no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from authority import authority, served

from surveillance.archive.ledger_keeping import lock_away
from surveillance.archive.stores.configured import store
from surveillance.audit.models import Checkpoint
from surveillance.audit.services import record
from surveillance.audit.walk import bends
from surveillance.core.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Path(tmp_path_factory.mktemp("stamps")) / "one"
    authority(made)
    return made


@pytest.fixture
def stamped(folder: Path, settings: Any) -> Checkpoint:
    record(actor="odile", action="viewed", subject="recording:1")
    with served(folder) as url:
        settings.EARSHOT = replace(settings.EARSHOT, timestamp_url=url, timestamp_roots=folder / "ca.pem")
        lock_away()
    return Checkpoint.objects.get()


def _why() -> list[str]:
    return [bend.why for bend in bends()]


def test_a_checkpoint_is_stamped_and_the_stamp_lies_locked_beside_it(stamped: Checkpoint) -> None:
    assert _why() == []
    assert b"".join(store().read(f"ledger/stamp/{stamped.size}")) == bytes(stamped.stamp) != b""


def test_a_stamp_over_another_checkpoint_is_no_stamp(stamped: Checkpoint, settings: Any) -> None:
    record(actor="odile", action="viewed", subject="recording:2")
    settings.EARSHOT = replace(settings.EARSHOT, timestamp_url="")
    lock_away()
    Checkpoint.objects.filter(size=2).update(stamp=bytes(stamped.stamp))
    [why] = _why()
    assert why.startswith("the time stamp of the checkpoint at 2")


def test_a_stamp_of_an_authority_nobody_named_is_no_stamp(
    stamped: Checkpoint, settings: Any, tmp_path: Path
) -> None:
    stranger = authority(tmp_path / "two", "Somebody else")
    settings.EARSHOT = replace(settings.EARSHOT, timestamp_roots=stranger)
    [why] = _why()
    assert why.startswith("the time stamp of the checkpoint at 1")


def test_a_checkpoint_dated_after_its_stamp_is_told(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(actor="odile", action="viewed", subject="recording:1")
    later = now() + timedelta(hours=1)
    monkeypatch.setattr("surveillance.audit.services.now", lambda: later)
    with served(folder) as url:
        settings.EARSHOT = replace(settings.EARSHOT, timestamp_url=url, timestamp_roots=folder / "ca.pem")
        lock_away()
    [why] = _why()
    assert "before it says it was made" in why


def test_an_authority_that_is_away_stops_no_checkpoint(settings: Any) -> None:
    record(actor="odile", action="viewed", subject="recording:1")
    settings.EARSHOT = replace(settings.EARSHOT, timestamp_url="http://127.0.0.1:9/")
    assert lock_away() == 1
    assert bytes(Checkpoint.objects.get().stamp) == b""
