"""Weights are the ones that were tested, or they are refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from detectors.speech import weights
from detectors.speech.engine import EngineSettings, EngineUnknown, get_engine
from detectors.speech.weights import Verified, WeightsUnusable, find_weights


def test_weights_that_come_in_parts_are_joined_once_and_pinned(cache: Path) -> None:
    found = find_weights("base", cache=cache)
    assert found.sha256 == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert found.path.is_relative_to(cache)
    made = (found.path / "model.bin").stat().st_mtime_ns
    assert find_weights("base", cache=cache) == found
    assert (found.path / "model.bin").stat().st_mtime_ns == made


def test_swapped_weights_are_refused(tmp_path: Path, cache: Path) -> None:
    home = tmp_path / "cache"
    shutil.copytree(find_weights("base", cache=cache).path, home / "weights" / "base-d01c3014881c")
    with (home / "weights" / "base-d01c3014881c" / "model.bin").open("r+b") as swapped:
        swapped.seek(1_000_000)
        swapped.write(b"not what was tested")
    with pytest.raises(WeightsUnusable) as fault:
        find_weights("base", cache=home)
    assert "not the file that was tested" in fault.value.sentence
    assert "install the pinned package again" in fault.value.cure


def test_ones_own_weights_are_held_against_their_pin(tmp_path: Path) -> None:
    own = tmp_path / "own.nemo"
    own.write_bytes(b"weights")
    hashed = find_weights(str(own), cache=tmp_path).sha256
    assert find_weights(str(own), cache=tmp_path, sha256=hashed).name == "own.nemo"
    with pytest.raises(WeightsUnusable):
        find_weights(str(own), cache=tmp_path, sha256="0" * 64)


def test_a_second_start_reads_no_weights_but_a_changed_file_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "model.bin"
    own.write_bytes(b"weights")
    first = Verified(tmp_path / "cache").sha256(own)
    read: list[Path] = []
    blocks = weights._blocks
    monkeypatch.setattr(weights, "_blocks", lambda paths: blocks(read.extend(paths) or read[-1:]))
    assert Verified(tmp_path / "cache").sha256(own) == first
    assert read == []
    own.write_bytes(b"Weights")
    os.utime(own, ns=(0, 0))
    assert Verified(tmp_path / "cache").sha256(own) != first
    assert read == [own]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_broken_stamps_cost_a_hash_and_no_more(tmp_path: Path, content: bytes) -> None:
    own = tmp_path / "model.bin"
    own.write_bytes(b"weights")
    (tmp_path / "verified-weights.json").write_bytes(content)
    assert len(Verified(tmp_path).sha256(own)) == 64


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnusable, match="no weights called"):
        find_weights("large", cache=tmp_path)


def test_an_engine_is_loaded_once_in_a_process(cache: Path) -> None:
    settings = EngineSettings(model="tiny.en", cache=cache)
    assert get_engine("whisper", settings) is get_engine("whisper", settings)
    assert get_engine("whisper", settings).identity.model_sha256.startswith("1a5afae06a4d")
    with pytest.raises(EngineUnknown, match="nemo, whisper"):
        get_engine("siri", settings)
