"""Hostile hands at a running site, each with real rights: what is tried is prevented, or found out and told where.

`make hostile` runs it on both columns and prints what came of each attempt; THREATS.md says what it does not cover.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import database_hand
import doors_hand
import pytest
import store_hand
from attacks import ATTACKS, Attack, Came
from site_at_work import Site, running

from installation import Installation, installation, real_services

HANDS = (doors_hand, store_hand, database_hand)  # in this order: the gentlest first


@pytest.fixture(scope="module", params=["embedded", pytest.param("real", marks=pytest.mark.services)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if request.param == "real":
        real_services()
    home = Path(tmp_path_factory.mktemp("hostile")) / "home"
    with installation(request.param, home) as made, running(made) as site:
        yield site


@pytest.fixture(scope="module")
def told(site: Site) -> Iterator[dict[str, Came]]:
    """What came of each attempt; told as a table when all were made."""
    came: dict[str, Came] = {}
    yield came
    column = site.installation.column
    lines = [f"\nThe hostile pass, {column}:"]
    lines += [
        f"  {attack.hand}: {attack.tries}\n      {came[attack.tries].told} — {came[attack.tries].how}"
        for attack in ATTACKS
        if attack.tries in came
    ]
    sys.stdout.write("\n".join(lines) + "\n")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.tries.replace(" ", "-"))
def test_a_hostile_hand_is_stopped_or_found_out(site: Site, attack: Attack, told: dict[str, Came]) -> None:
    came = told[attack.tries] = attack.do(site)
    assert came.prevented or came.detected, came.how
    assert came.how


def test_after_all_of_it_the_record_holds(site: Site, told: dict[str, Came]) -> None:
    made: Installation = site.installation
    made.manage("verify_archive")
    made.manage("verify_ledger")
