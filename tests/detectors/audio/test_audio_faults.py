"""What cannot be heard is refused with a reason a person understands, and never guessed at."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import made_media as made
import pytest

from detectors import audio
from detectors.audio import AudioUnreadable, Limits, Reason

SHORT = Limits(seconds=60.0)


def cut(path: Path, keep: float) -> Path:
    os.truncate(path, int(path.stat().st_size * keep))
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("call.wav", b"\0" * 50_000_000)
    return path


def flac(path: Path, seconds: float) -> Path:
    return made.encode(path, made.tones(seconds, 400.0), codec="flac", container="flac")


def m4a(path: Path) -> Path:
    return made.encode(path, made.tones(20, 400.0, rate=16000), codec="aac", rate=16000, container="mp4")


def mp3(path: Path) -> Path:
    return made.encode(
        path, made.tones(20, 400.0, rate=16000), codec="libmp3lame", rate=16000, container="mp3"
    )


def opus(path: Path) -> Path:
    return made.encode(path, made.tones(20, 400.0, rate=16000), codec="libopus", rate=16000, container="ogg")


def scratched(path: Path) -> Path:
    """A file whose middle was overwritten, as a bad disk leaves it."""
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = os.urandom(third)
    return written(path, bytes(content))


BAD: dict[str, tuple[Callable[[Path], Path], Reason]] = {
    "nothing at all": (lambda p: written(p, b""), Reason.EMPTY),
    "a header and no sound": (lambda p: written(p, made.wav_header(0)), Reason.EMPTY),
    "a header that promises what is not there": (
        lambda p: written(p, made.wav_header(160_000)),
        Reason.EMPTY,
    ),
    "half a WAV": (lambda p: cut(made.wav(p, made.tones(20, 400.0)), 0.5), Reason.TRUNCATED),
    "half a FLAC": (lambda p: cut(flac(p, 20), 0.5), Reason.TRUNCATED),
    "half an M4A": (lambda p: cut(m4a(p), 0.5), Reason.TRUNCATED),
    "half an MP3": (lambda p: cut(mp3(p), 0.5), Reason.TRUNCATED),
    "half an Opus": (lambda p: cut(opus(p), 0.5), Reason.TRUNCATED),
    "a 10 GB lie": (lambda p: made.rf64(p, made.tones(1, 400.0), 10 * 1024**3), Reason.TRUNCATED),
    "a 4 GB lie": (lambda p: made.wav(p, made.tones(1, 400.0), declared=0xFFFFFF00), Reason.TRUNCATED),
    "a header from before the crash": (
        lambda p: made.wav(p, made.tones(20, 400.0), declared=16_000),
        Reason.MISDECLARED,
    ),
    "random bytes": (lambda p: written(p, bytes(range(7, 250)) * 400), Reason.NOT_AUDIO),
    "zero bytes": (lambda p: written(p, b"\0" * 100_000), Reason.NOT_AUDIO),
    "a text": (lambda p: written(p, b"minutes of the meeting\n" * 100), Reason.NOT_AUDIO),
    "a web page": (lambda p: written(p, b"<!doctype html><title>Sign in</title>"), Reason.NOT_AUDIO),
    "a PDF": (lambda p: written(p, b"%PDF-1.7\n" + b"x" * 5000), Reason.NOT_AUDIO),
    "a zip bomb": (zipped, Reason.NOT_AUDIO),
    "RIFF and then nonsense": (
        lambda p: written(p, b"RIFF\x10\0\0\0WAVEjunk" + b"j" * 500),
        Reason.NOT_AUDIO,
    ),
    "a film without sound": (made.film_without_sound, Reason.NO_AUDIO_STREAM),
    "two sound tracks": (made.two_tracks, Reason.SEVERAL_STREAMS),
    "a codec we do not open": (
        lambda p: written(p, made.wav_header(64_000, tag=0x22) + b"\x11" * 64_000),
        Reason.UNSUPPORTED_CODEC,
    ),
    "sixty-four channels": (
        lambda p: written(p, made.wav_header(64_000, channels=64) + b"\x11" * 64_000),
        Reason.TOO_MANY_CHANNELS,
    ),
    "a scratched FLAC": (lambda p: scratched(flac(p, 20)), Reason.TRUNCATED),
    "a scratched M4A": (lambda p: scratched(m4a(p)), Reason.DAMAGED),
    "longer than allowed, and says so": (lambda p: made.quiet_wav(p, 61), Reason.TOO_LONG),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_heard_is_refused_with_its_reason_and_a_cure(tmp_path: Path, what: str) -> None:
    make, reason = BAD[what]
    path = make(tmp_path / "call.wav")
    for work in (audio.probe, audio.decode):
        with pytest.raises(AudioUnreadable) as fault:
            work(path, SHORT)
        assert fault.value.reason == reason, fault.value.sentence
        assert fault.value.sentence.endswith(".")
        assert fault.value.cure.endswith(".")
        assert not fault.value.may_pass


def test_a_small_file_that_unpacks_into_hours_is_stopped_at_the_bound(tmp_path: Path) -> None:
    """FLAC packs an hour of silence into kilobytes; one that declares no length is stopped while unpacking."""
    path = made.encode(tmp_path / "bomb.flac", made.tones(3600, 0.0), codec="flac", container="flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # STREAMINFO's total samples: unknown
    path.write_bytes(content)
    assert path.stat().st_size < 1_000_000  # against 230 MB of samples
    with pytest.raises(AudioUnreadable) as fault:
        audio.decode(path, Limits(seconds=600))
    assert fault.value.reason == Reason.TOO_LONG


def test_a_file_over_the_size_bound_is_not_even_opened(tmp_path: Path) -> None:
    with pytest.raises(AudioUnreadable) as fault:
        audio.probe(made.quiet_wav(tmp_path / "big.wav", 60), Limits(file_bytes=1000))
    assert fault.value.reason == Reason.TOO_BIG


@pytest.mark.parametrize("mark", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_recorder_that_could_not_know_the_length_is_believed_to_the_end(tmp_path: Path, mark: int) -> None:
    path = made.wav(tmp_path / "streamed.wav", made.tones(3, 400.0), declared=mark)
    facts = audio.probe(path)
    assert facts.duration == pytest.approx(3.0, abs=0.01)
    assert facts.declared_duration is None


def test_a_truncated_recording_can_be_released_by_a_person(tmp_path: Path) -> None:
    path = cut(made.wav(tmp_path / "call.wav", made.tones(20, 400.0)), 0.5)
    assert audio.decode(path, Limits(accept_truncated=True)).duration == pytest.approx(10.0, abs=0.1)


def test_a_missing_file_is_not_blamed_on_its_content(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        audio.probe(tmp_path / "gone.wav")


TRICKS = {
    "a playlist that reads a file": "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "a playlist that calls out": "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:{port}/call.ts\n#EXT-X-ENDLIST\n",
    "a list of files to join": "ffconcat version 1.0\nfile /etc/passwd\nfile http://127.0.0.1:{port}/a.wav\n",
    "a session description": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\nc=IN IP4 127.0.0.1\n",
    "a subtitle": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
    "a DASH manifest": '<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>\n',
    "a metadata script": ";FFMETADATA1\ntitle=x\n",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_playlist_dressed_as_a_call_reads_no_file_and_calls_nobody(tmp_path: Path, trick: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        text = TRICKS[trick].format(port=listener.getsockname()[1])
        path = written(tmp_path / "call.wav", text.encode())
        with pytest.raises(AudioUnreadable) as fault:
            audio.decode(path)
        assert fault.value.reason == Reason.NOT_AUDIO
        with pytest.raises(TimeoutError):
            listener.accept()
