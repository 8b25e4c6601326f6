"""Every format that recorders write is read in full, with its channels apart."""

from __future__ import annotations

from pathlib import Path

import made_media as made
import numpy as np
import pytest

from detectors import audio

WAVES = ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"]
OTHERS = [
    ("mp3", "libmp3lame", 16000),
    ("opus", "libopus", 16000),
    ("flac", "flac", 8000),
    ("m4a", "aac", 16000),
    ("aac", "aac", 16000),
    ("aiff", "pcm_s16be", 8000),
]
CONTAINERS = {"m4a": "mp4", "aac": "adts"}
PITCHES = (400.0, 700.0, 1000.0, 1300.0)


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("codec", WAVES)
def test_a_wav_of_any_width_is_heard_in_full_with_its_channels_apart(
    tmp_path: Path, codec: str, channels: int
) -> None:
    path = made.encode(
        tmp_path / "call.wav", made.tones(2, *PITCHES[:channels]), codec=codec, container="wav"
    )
    heard = audio.decode(path)
    assert heard.samples.dtype == np.float32
    assert heard.sample_rate == 16_000
    assert heard.duration == pytest.approx(2.0, abs=0.02)
    assert [made.pitch(channel) for channel in heard.samples] == pytest.approx(PITCHES[:channels], abs=5)
    assert np.abs(heard.samples[:, 4000:-4000]).max() == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("suffix", "codec", "rate"), OTHERS)
def test_a_compressed_call_is_heard_in_full_with_its_channels_apart(
    tmp_path: Path, suffix: str, codec: str, rate: int, channels: int
) -> None:
    sound = made.tones(3, *PITCHES[:channels], rate=rate)
    container = CONTAINERS.get(suffix, suffix)
    path = made.encode(tmp_path / f"call.{suffix}", sound, codec=codec, rate=rate, container=container)
    facts = audio.probe(path)
    assert facts.channels == channels
    assert facts.duration == pytest.approx(3.0, abs=0.15)
    assert not facts.silent
    assert [made.pitch(channel) for channel in audio.decode(path).samples] == pytest.approx(
        PITCHES[:channels], abs=5
    )


def test_an_amr_call_from_a_handset_is_heard(tmp_path: Path) -> None:
    path = made.encode(
        tmp_path / "call.amr", made.tones(2, 500.0), codec="libopencore_amrnb", container="amr"
    )
    assert audio.decode(path).duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("make", [made.gsm_wav, made.raw_gsm, made.amr_wideband])
def test_formats_that_nobody_encodes_any_more_are_still_heard(tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "call.wav", 2.0)  # type: ignore[operator]
    assert audio.decode(path).duration == pytest.approx(2.0, abs=0.05)


def test_the_name_of_a_file_decides_nothing(tmp_path: Path) -> None:
    path = made.encode(tmp_path / "call.wav", made.tones(1, 500.0), codec="flac", container="flac")
    assert audio.probe(path).container == "flac"


def test_the_facts_say_what_the_recorder_wrote(tmp_path: Path) -> None:
    path = made.encode(tmp_path / "c.wav", made.tones(2, 400.0, 700.0), codec="pcm_alaw", container="wav")
    facts = audio.probe(path)
    assert (facts.container, facts.codec, facts.sample_rate, facts.channels) == ("wav", "pcm_alaw", 8000, 2)
    assert facts.declared_duration == pytest.approx(2.0, abs=0.01)
    assert facts.size == path.stat().st_size
    assert facts.bit_rate == 128_000
    assert audio.MediaFacts.from_json(facts.to_json()) == facts


def test_a_line_on_which_nobody_was_is_reported_as_silent(tmp_path: Path) -> None:
    facts = audio.probe(made.quiet_wav(tmp_path / "open-line.wav", 2 * 3600))
    assert facts.silent
    assert facts.duration == pytest.approx(7200)
    hiss = made.tones(5, 400.0) * 0.0 + np.random.default_rng(1).normal(0, 0.0003, (1, 40_000))
    assert audio.probe(made.wav(tmp_path / "hiss.wav", hiss)).silent
    assert not audio.probe(made.wav(tmp_path / "faint.wav", made.tones(5, 400.0) * 0.05)).silent


def test_a_word_in_an_hour_of_silence_is_not_silence(tmp_path: Path) -> None:
    sound = np.zeros((1, 8000 * 600))
    sound[:, 8000 * 400 : 8000 * 400 + 4000] = made.tones(0.5, 300.0)
    assert not audio.probe(made.wav(tmp_path / "one-word.wav", sound)).silent


def test_a_listening_copy_is_plain_labelled_and_leaves_the_native_recording_untouched(tmp_path: Path) -> None:
    path = made.encode(tmp_path / "c.wav", made.tones(2, 400.0, 700.0), codec="pcm_mulaw", container="wav")
    native = path.read_bytes()
    audio.listening_copy(path, tmp_path / "copy.wav")
    assert path.read_bytes() == native
    assert b"A derivative for playing, not the record" in (tmp_path / "copy.wav").read_bytes()[:300]
    facts = audio.probe(tmp_path / "copy.wav")
    assert (facts.codec, facts.sample_rate, facts.channels) == ("pcm_s16le", 8000, 2)
    assert facts.duration == pytest.approx(2.0, abs=0.001)
    assert sorted(made.name for made in tmp_path.iterdir()) == ["c.wav", "copy.wav"]


def test_a_listening_copy_of_pcm_holds_the_same_samples(tmp_path: Path) -> None:
    sound = made.tones(1.5, 400.0, 700.0)
    audio.listening_copy(made.wav(tmp_path / "c.wav", sound), tmp_path / "copy.wav")
    copy = (tmp_path / "copy.wav").read_bytes()
    body = np.frombuffer(copy[-len(made.pcm(sound)) :], "<i2")
    assert np.array_equal(body, np.frombuffer(made.pcm(sound), "<i2"))


def test_no_half_written_copy_is_left_when_the_recording_cannot_be_read(tmp_path: Path) -> None:
    path = made.wav(tmp_path / "c.wav", made.tones(1, 400.0), declared=10**8)
    with pytest.raises(audio.AudioUnreadable):
        audio.listening_copy(path, tmp_path / "copy.wav")
    assert [made.name for made in tmp_path.iterdir()] == ["c.wav"]


def test_the_outline_follows_each_channel(tmp_path: Path) -> None:
    sound = made.tones(2, 400.0, 700.0)
    sound[0, :8000] = 0.0  # the left is silent in its first second
    sound[1, 8000:] *= 0.5
    outline = audio.peaks(made.wav(tmp_path / "c.wav", sound)).to_json()
    assert (outline["per_second"], outline["duration"]) == (20, 2.0)
    left, right = (np.array(lane).reshape(-1, 2) for lane in outline["channels"])
    assert len(left) == len(right) == 40
    assert np.abs(left[:19]).max() < 0.01
    assert left[21:39].min() == pytest.approx(-0.4, abs=0.02)
    assert right[:19].max() == pytest.approx(0.4, abs=0.02)
    assert right[21:39].max() == pytest.approx(0.2, abs=0.02)
