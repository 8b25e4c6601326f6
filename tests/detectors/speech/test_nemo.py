"""The second recogniser, on its real path: trained, saved, restored, and asked for words with their seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_nemo

from detectors import audio
from detectors.speech.engine import EngineSettings, get_engine
from detectors.speech.weights import WeightsUnusable, find_weights

pytestmark = [pytest.mark.long, pytest.mark.nemo]


def test_a_restored_nemo_model_tells_both_parties_apart_with_times(
    nemo_file: Path, cache: Path, tmp_path: Path
) -> None:
    pin = find_weights(str(nemo_file), cache=cache).sha256
    engine = get_engine("nemo", EngineSettings(model=str(nemo_file), model_sha256=pin, cache=cache))
    call = audio.decode(tiny_nemo.opening(tmp_path / "opening.wav"))
    heard = engine.hear(call)
    assert [(turn.channel, turn.text) for turn in heard.transcript.turns] == [
        (1, tiny_nemo.SENTENCES[0]),
        (0, tiny_nemo.SENTENCES[1]),
    ]
    words = [word for turn in heard.transcript.turns for word in turn.words]
    assert all(0 <= word.start < word.end <= call.duration for word in words)
    assert heard.transcript.turns[0].end <= heard.transcript.turns[1].start + 0.3
    assert engine.identity.engine == "nemo"
    assert engine.identity.model_sha256 == pin
    assert engine.identity.settings["class"] == "EncDecCTCModel"


def test_nemo_too_is_silent_where_nobody_speaks(nemo_file: Path, cache: Path) -> None:
    pin = find_weights(str(nemo_file), cache=cache).sha256
    engine = get_engine("nemo", EngineSettings(model=str(nemo_file), model_sha256=pin, cache=cache))
    at = np.arange(16_000 * 10) / 16_000
    tone = (0.3 * np.sin(2 * np.pi * 425 * at) * (at % 1 < 0.5)).astype(np.float32)
    assert engine.transcribe(audio.Audio(samples=np.stack([tone, tone * 0]))).turns == ()


def test_nemo_without_a_model_says_what_to_set(cache: Path) -> None:
    with pytest.raises(WeightsUnusable, match=r"\.nemo file"):
        get_engine("nemo", EngineSettings(cache=cache))
