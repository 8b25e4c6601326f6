"""Names of uploaded files, however odd: each file is kept, and finds its sidecar."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile

from surveillance.capture.sidecars import Sorting, sorted_out
from surveillance.web.intake import _kept

LONG = "é" * 200


def kept(folder: Path, *names: str) -> Sorting:
    """What becomes of files uploaded together; each holds its number."""
    paths = []
    for number, name in enumerate(names):
        file = TemporaryUploadedFile(name, "application/octet-stream", 1, None)
        file.write(str(number).encode())
        file.flush()
        paths.append(_kept(file, folder))
        file.close()
    return sorted_out(paths, source="upload")


def numbers(sorting: Sorting) -> list[tuple[bytes, bytes]]:
    return sorted(
        (pair.media.read_bytes(), pair.sidecar.content if pair.sidecar else b"") for pair in sorting.pairs
    )


@pytest.fixture(autouse=True)
def sources(home: object) -> None:
    """The declared recorders, whose endings tell a sidecar."""


def test_the_same_name_again_and_again_is_kept_each_time(tmp_path: Path) -> None:
    names = ["again", "call.wav", "call.json", "call.wav", "call.json", "call.wav", "call.json"]
    assert numbers(kept(tmp_path, *names)) == [(b"0", b""), (b"1", b"2"), (b"3", b"4"), (b"5", b"6")]


def test_a_name_longer_than_a_disk_takes_keeps_its_ending_and_its_sidecar(tmp_path: Path) -> None:
    other = LONG[:-1] + "e"
    sorting = kept(tmp_path, f"{LONG}.wav", f"{other}.wav", f"{other}.json", f"{LONG}.vcon.json")
    assert numbers(sorting) == [(b"0", b"3"), (b"1", b"2")]
    assert {pair.media.suffix for pair in sorting.pairs} == {".wav"}
    assert all(pair.media.name.startswith("éééé") for pair in sorting.pairs)


@pytest.mark.parametrize("name", [LONG, f"{LONG}.", f"{'.é' * 120}"])
def test_whatever_the_shape_of_a_long_name_it_is_kept(tmp_path: Path, name: str) -> None:
    assert numbers(kept(tmp_path, name)) == [(b"0", b"")]
