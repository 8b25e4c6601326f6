"""A library of one policy, whose drill is known; and a clock that can be set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from floor import write_policies

SetClock = Callable[[datetime], None]


@pytest.fixture
def floor_of_policies(desks: tuple[str, ...], tmp_path: Path) -> Path:
    """Two policies in force, small and quick: one catches its drill, the other cannot."""
    folder = tmp_path / "policies"
    write_policies(
        folder,
        [("off-channel", "off_channel", "message w/4 whatsapp"), ("private-mail", "off_channel", "pigeon")],
    )
    return folder


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Stop the one clock at a moment."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to
