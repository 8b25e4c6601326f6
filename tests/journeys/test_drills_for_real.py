"""Drills with the real recogniser, from their sound to the recall, on both columns."""

from __future__ import annotations

import json

import pytest

from installation import Installation

pytestmark = pytest.mark.long
DRILLS = ("conduct.off-channel", "secrecy.destroy-evidence", "complaint.formal")


def test_spoken_drills_are_heard_flagged_and_found_over_a_clean_line_and_a_mobile(
    earshot: Installation,
) -> None:
    done = earshot.manage("drill", *DRILLS, "--codec", "mulaw", "--codec", "amr", "--inline", "--json")
    told = json.loads(done.stdout)
    bad = [run for run in told["runs"] if not run["innocent"] and run["language"].startswith("en")]
    assert len(bad) == 2 * len(DRILLS)
    assert all(run["heard"] and run["findable"] for run in bad), bad
    caught = [run["drill"] for run in bad if run["right_category"] and run["codec"] == "mulaw"]
    assert len(caught) >= 2, bad
    assert all(run["engine"] and len(run["model_sha256"]) == 64 and run["policies_sha256"] for run in bad)
    foreign = [run for run in told["runs"] if not run["language"].startswith("en")]
    assert foreign, "a drill in another language was sent too"
    assert all(run["cause"] == "language" for run in foreign if not run["right_category"])
    listed = earshot.manage("find", "whatsapp or shred or complaint", "--json")
    assert json.loads(listed.stdout)["total"] == 0, "no search of calls finds a drill"
