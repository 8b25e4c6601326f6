"""What tests of speech share: one recogniser of each kind, tiny, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_nemo

from detectors.speech.engine import Engine, EngineSettings, get_engine


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def tiny(cache: Path) -> Engine:
    """The smallest packaged recogniser: tiny.en."""
    return get_engine("whisper", EngineSettings(model="tiny.en", cache=cache))


@pytest.fixture(scope="session")
def base(cache: Path) -> Engine:
    """The default, multilingual recogniser."""
    return get_engine("whisper", EngineSettings(model="base", cache=cache))


@pytest.fixture(scope="session")
def nemo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A NeMo model of two sentences, trained here and now."""
    return tiny_nemo.train(tmp_path_factory.mktemp("nemo"))
