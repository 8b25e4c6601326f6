"""What a dead process leaves behind is found again: half-judged receipts, bytes without a receipt, broken copies."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from sounds import wav

from detectors.audio import DecoderUnavailable
from surveillance.access.scope import Scope
from surveillance.capture import services, spool
from surveillance.capture.models import Receipt, Recording
from surveillance.capture.services import recover
from surveillance.core.errors import Transient


class PowerCut(BaseException):
    """The process ends here."""


def cut(*_: object, **__: object) -> None:
    raise PowerCut


def test_a_receipt_whose_process_died_is_finished_by_another(
    hand_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(services, "examine", cut)
        with pytest.raises(PowerCut):
            hand_in(wav(tmp_path / "a.wav"), desk="fx")
    assert Receipt.objects.get().outcome == "received"
    made = list(recover())
    assert made == [Recording.objects.get().id]
    assert Recording.objects.get().desk.slug == "fx"
    assert list(recover()) == []


def test_a_receipt_somebody_still_works_on_is_left_to_them(
    hand_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(services, "examine", cut)
        with pytest.raises(PowerCut):
            hand_in(wav(tmp_path / "a.wav"))
    with spool.held(Receipt.objects.get().sha256) as path:
        assert path is not None
        assert list(recover()) == []
    assert len(list(recover())) == 1


def test_bytes_without_a_receipt_are_found_and_wait_for_a_person(
    hand_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wav(tmp_path / "a.wav")
    with monkeypatch.context() as broken:
        broken.setattr(services.receipts, "note_arrival", cut)
        with pytest.raises(PowerCut):
            hand_in(path)
    assert Receipt.objects.count() == 0
    monkeypatch.setattr(services, "ORPHAN_SECONDS", -1.0)
    list(recover())
    row = Receipt.objects.get()
    assert (row.outcome, row.reason_code) == ("quarantined", "orphaned")
    list(recover())
    assert Receipt.objects.count() == 1
    again = hand_in(path, desk="fx")
    assert again.outcome == "recorded"
    row.refresh_from_db()
    assert (row.outcome, row.recording_id) == ("duplicate", again.recording)


def test_a_full_disk_takes_nothing_in_and_says_how_to_go_on(
    hand_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wav(tmp_path / "a.wav")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(spool.os, "fsync", full)
        with pytest.raises(Transient) as told:
            hand_in(path)
    assert "room" in told.value.cure
    assert Receipt.objects.count() == 0
    assert list((tmp_path / "home" / "spool").rglob("*.*")) == []
    assert [item for item in (tmp_path / "home" / "spool").rglob("*") if item.is_file()] == []
    assert hand_in(path).outcome == "recorded"


def test_a_decoder_that_is_away_is_not_the_file_s_fault(
    hand_in: Any, clerk: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise DecoderUnavailable("no memory")

    with monkeypatch.context() as broken:
        broken.setattr(services, "examine", away)
        got = hand_in(wav(tmp_path / "a.wav"))
    assert (got.outcome, got.reason_code) == ("received", "decoder_away")
    assert len(list(recover())) == 1
    assert Receipt.objects.get().outcome == "recorded"


def test_copies_that_were_broken_off_are_cleared_away(home: Any, db: None) -> None:
    part = home.spool / "incoming" / "abc"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    list(recover())
    assert part.exists()
    os.utime(part, (1, 1))
    list(recover())
    assert not part.exists()


def test_an_arrival_asked_for_twice_under_one_id_is_one_arrival(
    desks: tuple[str, ...], clerk: Scope, tmp_path: Path
) -> None:
    import uuid

    number, path = uuid.uuid4(), wav(tmp_path / "a.wav")
    answers = [
        services.receive(scope=clerk, source="api", path=path, name="a.wav", receipt=number) for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Receipt.objects.count() == 1
