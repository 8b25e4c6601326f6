"""What the settings of this installation choose: thresholds and the speech engine, as an edition would hold them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from detectors.fusion import FITTED
from policies.schema import THRESHOLD as FINDING_FROM
from surveillance.rulebook.editions import READER, SPEECH, THRESHOLD, Wording, setting_of


def configured() -> list[Wording]:
    """What the settings say of thresholds and of the speech engine: each in force as it is chosen."""
    env = settings.EARSHOT
    return [
        setting_of(THRESHOLD, "finding", "", {"value": FINDING_FROM}, "Score from which talk is a finding"),
        setting_of(READER, "risk", "", _reader(env.reader), "What reads beside the policies"),
        setting_of(
            SPEECH,
            "engine",
            env.speech_model_sha256,
            {"engine": env.speech_engine, "model": env.speech_model},
            f"{env.speech_engine} {env.speech_model}",
        ),
    ]


def _reader(name: str) -> dict[str, Any]:
    """The reader and the weights by which it is fused with the policies: with both a past alert is told again."""
    if name == "none":
        return {"reader": name}
    try:
        return {"reader": name, "fusion": json.loads(FITTED.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return {"reader": name}
