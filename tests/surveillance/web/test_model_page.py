"""The page of the reader shows the card that was measured with the packaged weights, or how to measure one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from visitors import Browse

from detectors.intent import CARD
from detectors.intent.assembly import PINS
from surveillance.web import model_card

pytestmark = pytest.mark.django_db
TOLD = json.loads(CARD.read_text(encoding="utf-8"))


def test_the_card_was_measured_with_the_weights_that_are_packaged() -> None:
    assert TOLD["sha256"] == hashlib.sha256(PINS.read_bytes()).hexdigest()


def test_figures_stand_beside_those_of_plainer_detectors(signed_in: Browse) -> None:
    page = signed_in("officer").get("/model").content.decode()
    for name, detectors in TOLD["sets"].items():
        assert model_card.SETS.get(name, name) in page.replace("&#x27;", "'")
        for told in detectors.values():
            assert f"<strong>{told['macro_f1']:.2f}</strong>" in page
    assert "Calibration" in page
    assert "No call was read by it yet" in page


def test_without_a_card_the_page_says_how_to_measure(
    signed_in: Browse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(model_card, "CARD", tmp_path / "card.json")
    page = signed_in("officer").get("/model").content.decode()
    assert "was not measured yet" in page
    assert "python -m detectors.intent.card" in page


def test_who_sees_no_calls_does_not_see_it(signed_in: Browse) -> None:
    assert signed_in("admin").get("/model").status_code == 403
