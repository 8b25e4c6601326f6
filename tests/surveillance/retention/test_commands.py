"""`manage.py holds` and `manage.py dispose` say on one line of JSON what the pages say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from floor import Spoken, receive_call

from surveillance.access.models import User
from surveillance.access.scope import program
from surveillance.access.services import grant
from surveillance.retention.models import Hold


def told(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_a_hold_is_placed_shown_and_released_by_two_from_the_command_line(
    desks: tuple[str, ...], tmp_path: Path
) -> None:
    for name in ("rita", "sam"):
        User.objects.create(username=name)
        grant(scope=program("clerk"), username=name, role="records", desk=None)
    receive_call(tmp_path, "rates", Spoken(name="call"))
    terms = ("--custodian", "Alder", "--desk", "rates")
    assert told("holds", "--preview", *terms) == {"recordings": 1}
    [row] = told("holds", "--place", "Heron", "--reason", "Subpoena.", *terms, "--as", "rita")["holds"]
    assert (row["recordings"], row["locked_in_store"], row["asks_for"]) == (
        1,
        0,
        "calls with Alder, on rates",
    )
    number = str(row["hold"])
    told("holds", "--ask-release", number, "--reason", "Settled.", "--as", "rita")
    with pytest.raises(CommandError, match="yourself"):
        told("holds", "--release", number, "--as", "rita")
    assert told("holds", "--release", number, "--as", "sam")["holds"][0]["stands"] is False
    assert Hold.objects.get().released_by == "sam"
    assert [one["hold"] for one in told("holds")["holds"]] == [row["hold"]]


def test_the_dry_run_is_what_dispose_does_unasked(desks: tuple[str, ...]) -> None:
    assert told("dispose") == {"going": [], "staying": [], "why_staying": {}, "overdue": 0, "elsewhere": 0}
    with pytest.raises(CommandError, match="Nothing may go now"):
        told("dispose", "--prepare", "--reason", "Yearly.")
    with pytest.raises(CommandError, match="no such disposal"):
        told("dispose", "--approve", "7")


def test_a_file_that_is_no_receipt_fails_the_check(home: object, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("All is well.\n")
    with pytest.raises(CommandError, match="no receipt"):
        told("dispose", "--check", str(tmp_path / "note.txt"))
