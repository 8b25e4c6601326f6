"""The house rules that import contracts cannot say: private models, settings in the manual, no stray tables."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import grimp
import pytest
from django.core.exceptions import ImproperlyConfigured

from surveillance.settings.env import Environment, read

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(path.parent.name for path in (ROOT / "surveillance").glob("*/models.py"))


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("surveillance")


# A foreign key needs the class it points to: models may name the models of rooms below, nothing else may.
@pytest.mark.parametrize("room", ROOMS)
def test_the_models_of_a_room_are_private_to_it(graph: grimp.ImportGraph, room: str) -> None:
    private = f"surveillance.{room}.models"
    strangers = {
        importer
        for importer in graph.find_modules_that_directly_import(private)
        if not importer.startswith(f"surveillance.{room}.") and not importer.endswith(".models")
    }
    assert strangers == set()


def test_every_setting_stands_in_the_manual() -> None:
    manual = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    missing = [name for f in fields(Environment) if (name := f"EARSHOT_{f.name.upper()}") not in manual]
    assert missing == []


def test_every_fault_of_the_environment_is_told_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        read({"EARSHOT_INDX": "sqlite", "EARSHOT_STORE": "s3", "EARSHOT_LEASE_SECONDS": "soon"})
    for part in ("EARSHOT_INDX", "EARSHOT_S3_ENDPOINT", "EARSHOT_LEASE_SECONDS"):
        assert part in str(told.value)
