"""A small archive on two desks, screened by two policies, and the people who change them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from changes_scene import CALLS, policy_text
from floor import Spoken, receive_call, say, screened_again, write_policies

from surveillance.access.scope import Scope, combine
from surveillance.changes import drills


@pytest.fixture(autouse=True)
def drilled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """These animals have no spoken drills; what drills say to a change has tests of its own."""
    if "real_drills" not in request.keywords:
        monkeypatch.setattr(drills, "state_of", lambda name, version: "passing")


@pytest.fixture
def archive(desks: tuple[str, ...], tmp_path: Path) -> dict[str, UUID]:
    """Five calls through capture, transcription and screening; words → recording."""
    folder = tmp_path / "policies"
    write_policies(folder, [("wombat", "secrecy", "wombat")])
    (folder / "rules" / "conduct" / "quokka.toml").write_text(policy_text("quokka", "push w/3 quokka"))
    made = {}
    for nth, (desk, words) in enumerate(CALLS):
        spoken = Spoken(name=f"call-{nth}", turns=((0, words), (1, "so be it")), pitch=200 + 20 * nth)
        recording = receive_call(tmp_path, desk, spoken)
        say(recording, spoken)
        screened_again(recording)
        made[words] = recording
    return made


@pytest.fixture
def officer() -> Scope:
    return combine("officer", [("officer", "rates")])


@pytest.fixture
def supervisor() -> Scope:
    return combine("supervisor", [("supervisor", "rates"), ("supervisor", "fx")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "policies"
