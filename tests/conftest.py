"""What every test may ask for: the columns (embedded, real services), an installation, scopes, demo recordings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import Installation, installation, services

# Contract suites ask for the services' addresses; Django's settings were read before this line and stay embedded.
SWITCHES = {"EARSHOT_DATABASE_URL", "EARSHOT_BROKER_URL", "EARSHOT_INDEX", "EARSHOT_STORE"}
for _name, _value in services().items():
    if _name not in SWITCHES:
        os.environ.setdefault(_name, _value)

DEMO = Path(__file__).resolve().parents[1] / "deploy" / "demo" / "recordings"


def real_services() -> dict[str, str]:
    """The real services' addresses; without them a test is skipped, and in CI it fails."""
    found = services()
    if not found:
        if os.environ.get("CI"):
            pytest.fail("The real services are not up; CI may skip nothing. Run `make services`.")
        pytest.skip("The real services are not up: run `make services`.")
    return found


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.services)])
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
