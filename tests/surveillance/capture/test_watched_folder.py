"""A recorder drops files into a folder: taken when they have come to rest, together, once, whatever dies midway."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings
from sounds import names, wav, written

from surveillance.capture import services, watch
from surveillance.capture.models import Receipt, Recording
from surveillance.capture.services import collect_watched

SIDECAR = """<Recording><Header CallReference="T-9"><StartTime>2026-03-02T10:00:00Z</StartTime>
<DurationMs>3000</DurationMs><Direction>O</Direction></Header><Desk code="LDN-STIR"/></Recording>"""


class PowerCut(BaseException):
    """The process ends here."""


@pytest.fixture
def folder(desks: tuple[str, ...], settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "watched"
    path.mkdir()
    settings.EARSHOT = replace(settings.EARSHOT, watch_folder=path)
    return path


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass for whoever asks how long a file has stood still."""
    gone = [0.0]
    real = watch.time.time
    monkeypatch.setattr(watch.time, "time", lambda: real() + gone[0])

    def pass_(seconds: float) -> None:
        gone[0] += seconds

    return pass_


def test_a_file_is_left_alone_while_it_grows_and_taken_when_it_stands_still(
    folder: Path, later: Callable[[float], None]
) -> None:
    wav(folder / "a.wav")
    written(folder / "a.xml", SIDECAR)
    assert collect_watched() == []
    later(watch.STILL_SECONDS + 1)
    made = collect_watched()
    assert len(made) == 1
    row = Recording.objects.get()
    assert (row.desk.slug, row.source, row.external_id) == ("rates", "turret", "T-9")
    assert list(folder.rglob("*")) == []
    assert collect_watched() == []


def test_a_recording_waits_longer_for_a_sidecar_that_may_still_come(
    folder: Path, later: Callable[[float], None]
) -> None:
    wav(folder / "a.wav")
    later(watch.STILL_SECONDS + 1)
    assert collect_watched() == []
    written(folder / "a.xml", SIDECAR)
    later(watch.STILL_SECONDS + 1)
    assert len(collect_watched()) == 1
    assert Recording.objects.get().desk.slug == "rates"


def test_a_sign_of_completion_ends_the_waiting(folder: Path) -> None:
    wav(folder / "a.wav")
    written(folder / "a.wav.done", b"")
    assert len(collect_watched()) == 1
    assert list(folder.rglob("*")) == []


def test_a_folder_named_after_a_source_says_who_wrote_it(
    folder: Path, later: Callable[[float], None]
) -> None:
    wav(folder / "turret" / "a.wav")
    later(watch.SIDECAR_SECONDS + 1)
    assert len(collect_watched()) == 1
    assert Recording.objects.get().source == "turret"


def test_unfinished_hidden_and_linked_files_are_not_taken(
    folder: Path, later: Callable[[float], None], tmp_path: Path
) -> None:
    wav(folder / "a.wav.part")
    wav(folder / ".hidden.wav")
    (folder / "link.wav").symlink_to(wav(tmp_path / "elsewhere.wav"))
    later(1000)
    assert collect_watched() == []
    assert names(list(folder.iterdir())) == [".hidden.wav", "a.wav.part", "link.wav"]


def test_what_cannot_be_read_goes_to_quarantine_and_out_of_the_folder(
    folder: Path, later: Callable[[float], None]
) -> None:
    written(folder / "a.wav", b"not sound at all, but text")
    later(1000)
    assert collect_watched() == []
    assert Receipt.objects.get().outcome == "quarantined"
    assert list(folder.rglob("*.wav")) == []


def test_what_is_too_big_to_keep_is_set_aside_and_not_lost(
    folder: Path, later: Callable[[float], None], settings: Settings
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, max_media_bytes=10_000)
    content = wav(folder / "a.wav").read_bytes()
    later(1000)
    assert collect_watched() == []
    row = Receipt.objects.get()
    assert (row.outcome, row.reason_code) == ("quarantined", "too_big_to_keep")
    assert (folder / watch.ASIDE / str(row.id) / "a.wav").read_bytes() == content
    assert collect_watched() == []
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("step", ["before the receipt", "before the verdict", "before the folder is cleared"])
def test_a_power_cut_midway_loses_nothing_and_doubles_nothing(
    folder: Path, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    wav(folder / "a.wav")
    written(folder / "a.xml", SIDECAR)
    later(1000)
    places = {
        "before the receipt": (services.receipts, "note_arrival"),
        "before the verdict": (services, "examine"),
        "before the folder is cleared": (services.watch, "clear"),
    }

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(*places[step], cut)
        with pytest.raises(PowerCut):
            collect_watched()
    assert (folder / "a.wav").exists()
    collect_watched()
    assert not (folder / "a.wav").exists()
    assert Recording.objects.count() == 1
    assert [row.outcome for row in Receipt.objects.all()] == ["recorded"]


def test_a_file_that_changed_after_it_was_read_is_another_arrival(
    folder: Path, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wav(folder / "a.wav")
    later(1000)
    clear = services.watch.clear

    def rewritten(dropped: watch.Dropped) -> None:
        wav(path, pitch=500)
        clear(dropped)

    monkeypatch.setattr(services.watch, "clear", rewritten)
    collect_watched()
    monkeypatch.setattr(services.watch, "clear", clear)
    assert path.exists()
    later(2000)
    collect_watched()
    assert Recording.objects.count() == 2
    assert not path.exists()


def test_the_same_file_dropped_again_is_a_second_receipt(
    folder: Path, later: Callable[[float], None]
) -> None:
    for _ in range(2):
        os.utime(wav(folder / "a.wav"), (1_700_000_000, 1_700_000_000))
        later(1000)
        collect_watched()
    assert Recording.objects.count() == 1
    assert sorted(Receipt.objects.values_list("outcome", flat=True)) == ["duplicate", "recorded"]
