"""What the settings of this installation choose: thresholds and the speech engine, as an edition would hold them."""

from __future__ import annotations

from django.conf import settings

from policies.schema import THRESHOLD as FINDING_FROM
from surveillance.rulebook.editions import READER, SPEECH, THRESHOLD, Wording, setting_of


def configured() -> list[Wording]:
    """What the settings say of thresholds and of the speech engine: each in force as it is chosen."""
    env = settings.EARSHOT
    return [
        setting_of(THRESHOLD, "finding", "", {"value": FINDING_FROM}, "Score from which talk is a finding"),
        setting_of(READER, "risk", "", {"reader": env.reader}, "What reads beside the policies"),
        setting_of(
            SPEECH,
            "engine",
            env.speech_model_sha256,
            {"engine": env.speech_engine, "model": env.speech_model},
            f"{env.speech_engine} {env.speech_model}",
        ),
    ]
