"""Words come with their seconds and their channel, and as exactly as from the bare recogniser."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from faster_whisper import WhisperModel

from deploy.bench import speech as bench
from detectors import audio
from detectors.speech.engine import Engine
from detectors.speech.guard import Activity
from detectors.speech.weights import find_weights
from detectors.speech.whisper import _placed
from detectors.speech.windows import pack

CALLS = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "recordings"
CALL = CALLS / "mobile" / "energy-own-phone.wav"
PROMPTS = 45


@pytest.fixture(scope="module")
def call() -> audio.Audio:
    return audio.decode(CALL)


@pytest.mark.skipif(
    not bench.TRANSCRIPTS.is_file() and "CI" not in os.environ,
    reason="needs Debian's asterisk-core-sounds-en-wav: run `python3 -m deploy.setup prompts`",
)
def test_real_telephone_prompts_are_heard_as_well_and_as_fast_as_by_the_bare_recogniser(
    tiny: Engine, cache: Path
) -> None:
    bare = WhisperModel(
        str(find_weights("tiny.en", cache=cache).path), device="cpu", compute_type="int8", cpu_threads=1
    )
    files = bench.prompts(PROMPTS)
    ours, theirs = bench.compare(files, bench.our_recogniser(tiny), bench.bare_recogniser(bare))
    said = [text for _, text in files]
    # Half a point over 150 prompts is the promise; over 45, two words are half a point.
    assert ours.word_error_rate(said) <= theirs.word_error_rate(said) + 1.0
    assert ours.word_error_rate(said) < 7.0
    assert ours.seconds <= 1.10 * theirs.seconds


def test_both_parties_of_a_call_are_heard_apart_and_read_in_turn(tiny: Engine, call: audio.Audio) -> None:
    told = tiny.transcribe(call)
    left = " ".join(turn.text for turn in told.turns if turn.channel == 0).lower()
    right = " ".join(turn.text for turn in told.turns if turn.channel == 1).lower()
    assert "everything on here" in left
    assert "is this your work" in right
    assert "is this your work" not in left
    assert {turn.speaker for turn in told.turns} == {"channel 0", "channel 1"}
    assert len(told.turns) >= 6
    starts = [turn.start for turn in told.turns]
    assert starts == sorted(starts)


def test_every_word_lies_within_the_call_and_within_a_voice(tiny: Engine, call: audio.Audio) -> None:
    heard = tiny.hear(call)
    words = [word for turn in heard.transcript.turns for word in turn.words]
    assert len(words) > 60
    for word in words:
        assert 0 <= word.start < word.end <= call.duration
        assert word.end - word.start < 2.5
        assert 0 <= word.confidence <= 1
        assert any(
            stretch.start <= word.start and word.end <= stretch.end
            for stretch in heard.spoken
            if stretch.channel == word.channel
        )
    for turn in heard.transcript.turns:
        assert all(one.start <= two.start for one, two in pairwise(turn.words))


def test_the_same_call_is_told_in_the_same_words_each_time(tiny: Engine, call: audio.Audio) -> None:
    assert tiny.transcribe(call) == tiny.transcribe(call)


def test_a_mono_call_written_twice_is_told_once(tiny: Engine, call: audio.Audio) -> None:
    one = np.ascontiguousarray(call.samples[:1])
    twice = audio.Audio(samples=np.concatenate((one, one)))
    assert tiny.transcribe(twice) == tiny.transcribe(audio.Audio(samples=one))


def test_a_pause_does_not_move_the_words_after_it(tiny: Engine, call: audio.Audio) -> None:
    """Silence is cut out before recognition; times must be those of the recording, not of what is left."""
    one = call.samples[1:2, : int(2.9 * 16_000)]
    gap = np.zeros((1, 40 * 16_000), np.float32)
    words = [
        word
        for turn in tiny.transcribe(audio.Audio(samples=np.concatenate((one, gap, one), axis=1))).turns
        for word in turn.words
    ]
    first, second = (word for word in words if word.text.lower().startswith("work"))
    assert second.start - first.start == pytest.approx(42.9, abs=0.3)


def test_primed_words_do_not_displace_what_was_said(tiny: Engine, call: audio.Audio) -> None:
    plain, primed = (
        tiny.transcribe(call),
        tiny.transcribe(call, hotwords=("SONIA", "LIBOR", "Telegram", "gilt")),
    )
    assert "telegram" in primed.text.lower()
    assert len(primed.text.split()) == pytest.approx(len(plain.text.split()), rel=0.1)


def test_the_language_is_heard_where_it_is_not_told(base: Engine, call: audio.Audio) -> None:
    short = audio.Audio(samples=call.samples[1:2, : 12 * 16_000])
    heard = base.hear(short)
    assert heard.transcript.language == "en"
    assert heard.language_confidence > 0.8


def test_a_price_with_a_decimal_point_is_one_word() -> None:
    def piece(word: str, start: float) -> dict[str, object]:
        return {"word": word, "tokens": [1], "start": start, "end": start + 0.2, "probability": 0.9}

    (window,) = pack([Activity(start=0, end=3 * 16_000)], channel=0, length=3 * 16_000)
    pieces = [piece(" at", 0.1), piece(" 3", 0.4), piece(".", 0.6), piece("5", 0.8), piece("%", 1.0)]
    words = list(
        _placed([*pieces, piece(" un", 1.4), piece("-delete", 1.6), piece(".", 1.8)], window, spaced=True)
    )
    assert [word.text for word in words] == ["at", "3.5%", "un-delete."]
    assert (words[1].start, words[1].end) == pytest.approx((0.4, 1.2))
