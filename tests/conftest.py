"""What every test may ask for: the columns (embedded, real services), an installation, scopes, demo recordings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import COLUMNS, Installation, installation, real_services, services

# Contract suites ask for the services' addresses; Django's settings were read before this line and stay embedded.
SWITCHES = {"EARSHOT_DATABASE_URL", "EARSHOT_BROKER_URL", "EARSHOT_INDEX", "EARSHOT_STORE"}
for _name, _value in services().items():
    if _name not in SWITCHES:
        os.environ.setdefault(_name, _value)

JOURNEYS = Path(__file__).parent / "journeys"
DEMO = Path(__file__).resolve().parents[1] / "deploy" / "demo" / "recordings"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process does in a run with two: a module, so that its models are loaded once; a journey alone."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and JOURNEYS not in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
    items.sort(key=lambda item: JOURNEYS not in item.path.parents)  # the longest first


@pytest.fixture(params=COLUMNS)
def column(request: pytest.FixtureRequest) -> str:
    """Both columns of the design, one after the other; a test may ask for one of them."""
    if request.param == "real":
        real_services()
    return str(request.param)


@pytest.fixture
def earshot(column: str, tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation on each column."""
    with installation(column, tmp_path / "home") as made:
        yield made


@pytest.fixture
def demo_recordings() -> Path:
    """The folder of the demo's recordings with their sidecars."""
    return DEMO
