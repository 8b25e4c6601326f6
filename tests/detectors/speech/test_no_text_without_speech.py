"""A hit never rests on text where nobody spoke."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from detectors.audio import Audio
from detectors.speech import guard
from detectors.speech.engine import Engine, Stretch
from search.transcript import Word

RATE = 16_000
SECONDS = 30
At = npt.NDArray[np.float64]
RNG = np.random.default_rng(7)


def cadence(at: At, on: float, off: float) -> At:
    """Tone on and off, as exchanges send it."""
    return (at % (on + off) < on).astype(float)


def pair(at: At, low: float, high: float) -> At:
    return 0.2 * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at))


def hold_music(at: At) -> At:
    """A tune of plucked chords with a beat, band-limited like a telephone line."""
    notes = 220 * 2 ** (np.array([0, 3, 7, 10, 12, 7, 3, 5]) / 12)
    tune = np.zeros_like(at)
    for beat in range(int(at[-1] * 2)):
        since = at - beat * 0.5
        ring = np.where((since >= 0) & (since < 0.5), np.exp(-6 * np.clip(since, 0, None)), 0.0)
        for partial in (1, 2, 3):
            tune += ring * np.sin(2 * np.pi * notes[beat % 8] * partial * since) / partial
        tune += 0.3 * ring**4 * RNG.normal(size=len(at))
    return 0.3 * tune / np.abs(tune).max()


def keys(at: At) -> At:
    """DTMF: a digit every half second."""
    low, high = (697, 770, 852, 941), (1209, 1336, 1477)
    digit = (at / 0.5).astype(int)
    chosen = np.sin(2 * np.pi * np.take(low, digit % 4) * at) + np.sin(
        2 * np.pi * np.take(high, digit % 3) * at
    )
    return 0.2 * chosen * cadence(at, 0.2, 0.3)


SOUNDS: dict[str, Callable[[At], At]] = {
    "digital silence": lambda at: np.zeros_like(at),
    "an idle line": lambda at: RNG.normal(0, 0.001, len(at)),
    "white noise": lambda at: RNG.normal(0, 0.1, len(at)),
    "a dial tone": lambda at: pair(at, 350, 440),
    "a ring tone": lambda at: pair(at, 440, 480) * cadence(at, 2, 4),
    "a British ring tone": lambda at: pair(at, 400, 450) * cadence(at, 0.4, 0.2),
    "an engaged tone": lambda at: pair(at, 425, 425) * cadence(at, 0.5, 0.5),
    "dialled digits": keys,
    "mains hum": lambda at: 0.2 * sum(np.sin(2 * np.pi * 50 * k * at) / k for k in (1, 2, 3, 4)),
    "a fax": lambda at: 0.3 * cadence(at, 0.5, 3) * np.sin(2 * np.pi * 1100 * at),
    "hold music": hold_music,
    "clicks": lambda at: 0.5 * (RNG.random(len(at)) > 0.9995),
}


@pytest.mark.parametrize("what", SOUNDS)
def test_sounds_that_are_no_speech_give_no_words(tiny: Engine, what: str) -> None:
    sound = SOUNDS[what](np.arange(SECONDS * RATE) / RATE).astype(np.float32)
    told = tiny.transcribe(
        Audio(samples=sound[np.newaxis]), hotwords=("SONIA", "LIBOR", "WhatsApp", "delete")
    )
    assert told.turns == ()


def test_an_empty_recording_is_no_transcript_rather_than_a_crash(tiny: Engine) -> None:
    assert tiny.transcribe(Audio(samples=np.zeros((1, 0), np.float32))).turns == ()
    assert tiny.transcribe(Audio(samples=np.zeros((2, 10), np.float32))).turns == ()


LOOPS = ["thank you " * 12, "you you you you you", "press the key now press the key now press the key now"]
SPEECH = [
    "no no no no",
    "buy buy sell sell",
    "thirty five thirty five",
    "that is what i said that is what i said",
    "",
]


@pytest.mark.parametrize("text", LOOPS)
def test_a_recogniser_caught_in_a_loop_is_noticed(text: str) -> None:
    assert guard.repeats_itself(text)


@pytest.mark.parametrize("text", SPEECH)
def test_people_who_repeat_themselves_are_believed(text: str) -> None:
    assert not guard.repeats_itself(text)


def test_a_text_of_nothing_but_primed_words_is_doubted() -> None:
    primed = ("SONIA", "SOFR", "basis points")
    assert guard.only_hotwords("SONIA, SOFR.", primed)
    assert not guard.only_hotwords("sell SONIA", primed)
    assert not guard.only_hotwords("SONIA", primed)  # one word may well be all that was said
    assert not guard.only_hotwords("sell it", ())


def test_a_sentence_out_of_a_cough_is_doubted() -> None:
    assert guard.too_crowded(9, 0.4)
    assert not guard.too_crowded(4, 0.4)


def test_speech_that_left_no_words_is_pointed_out() -> None:
    spoken = [Stretch(start=1.0, end=3.0), Stretch(start=10.0, end=10.4), Stretch(start=20.0, end=24.0)]
    words = [Word(text="hello", start=1.2, end=1.6)]
    assert guard.unheard(words, spoken) == [2]
    assert guard.unheard([], spoken) == [0, 2]


def test_voice_activity_is_cut_where_a_voice_is_least_certain() -> None:
    frames = np.full(3000, 0.9, np.float32)  # 96 seconds without a pause
    frames[700] = 0.4
    found = guard.stretches(frames, 3000 * guard.FRAME)
    assert found[0].end == 700 * guard.FRAME
    assert all(one.end - one.start <= guard.LONGEST * RATE for one in found)
    assert [one.start for one in found[1:]] == [one.end for one in found[:-1]]


def test_hours_need_no_other_voice_activity_than_minutes() -> None:
    """Blocks are joined by the network's state: the same sound gives the same edges whatever the length."""
    sound = RNG.normal(0, 0.05, 20 * RATE).astype(np.float32)
    whole = guard._silero().probabilities(sound)
    block, guard.BATCH = guard.BATCH, 100
    try:
        assert np.allclose(guard._silero().probabilities(sound), whole, atol=1e-4)
    finally:
        guard.BATCH = block
