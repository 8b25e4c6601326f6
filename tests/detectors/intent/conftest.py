"""The packaged reader, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.intent.reader import Reader
from detectors.screen import Screener
from policies.loader import load


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("cache"), threads=2)


@pytest.fixture(scope="session")
def screener(reader: Reader) -> Screener:
    return Screener(load(), reader)


@pytest.fixture
def home_of_weights(tmp_path: Path) -> Path:
    """A copy of the packaged weights that a test may spoil."""
    import shutil

    from detectors.intent.assembly import HOME

    return Path(shutil.copytree(HOME, tmp_path / "weights"))
