"""An archive of silent calls and some flagged ones, on two desks, and the people who hear them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from floor import take_through, write_policies
from sampled import FLAGGED, SILENT

from surveillance.access.scope import Scope, combine
from surveillance.review.services import decide


@pytest.fixture
def supervisor() -> Scope:
    return combine("supervisor", [("supervisor", "rates"), ("supervisor", "fx")])


@pytest.fixture
def archive(desks: tuple[str, ...], tmp_path: Path, supervisor: Scope) -> dict[str, UUID]:
    """Three silent calls and a confirmed one on rates, one silent call on fx."""
    write_policies(tmp_path / "policies", [("okapi", "secrecy", "push w/3 okapi")])
    made = {
        f"silent-{nth}": take_through(
            tmp_path, "rates", replace(SILENT, name=f"silent-{nth}", pitch=200.0 + 40 * nth)
        )
        for nth in range(3)
    }
    made["flagged"] = take_through(tmp_path, "rates", replace(FLAGGED, pitch=500.0))
    made["fx"] = take_through(tmp_path, "fx", replace(SILENT, name="fx", pitch=600.0))
    decide(scope=supervisor, recording=made["flagged"], action="breach", reason="It is what it sounds like.")
    return made
