"""Decoding is bounded in time, memory, output and reach, and a broken decoder is replaced."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import made_media as made
import numpy as np
import pytest

from detectors.audio import AudioUnreadable, Decoder, Limits, Reason


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


def child_of(decoder: Decoder) -> int:
    assert decoder._child is not None
    return decoder._child.process.pid


def test_one_decoder_serves_many_recordings(tmp_path: Path, decoder: Decoder) -> None:
    path = made.wav(tmp_path / "call.wav", made.tones(1, 400.0))
    decoder.decode(path, Limits())
    first = child_of(decoder)
    decoder.probe(path, Limits())
    decoder.peaks(path, Limits(), 20)
    assert child_of(decoder) == first


def test_a_decoder_that_met_a_bad_file_is_not_used_again(tmp_path: Path, decoder: Decoder) -> None:
    path = made.wav(tmp_path / "call.wav", made.tones(1, 400.0))
    decoder.decode(path, Limits())
    first = child_of(decoder)
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFFxxxxWAVE")
    with pytest.raises(AudioUnreadable):
        decoder.decode(bad, Limits())
    assert decoder.decode(path, Limits()).duration == pytest.approx(1.0, abs=0.01)
    assert child_of(decoder) != first


def test_a_decoder_killed_midway_is_a_fault_of_one_recording_only(tmp_path: Path, decoder: Decoder) -> None:
    long = made.quiet_wav(tmp_path / "long.wav", 3 * 3600, channels=4)
    good = made.wav(tmp_path / "call.wav", made.tones(1, 400.0))
    decoder.probe(good, Limits())
    victim = child_of(decoder)
    killing = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
    killing.start()
    with pytest.raises(AudioUnreadable) as fault:
        decoder.probe(long, Limits())
    killing.join()
    assert (fault.value.reason, fault.value.may_pass) == (Reason.DECODER_DIED, True)
    assert "SIGKILL" in fault.value.sentence
    assert decoder.probe(good, Limits()).channels == 1


def test_a_recording_that_takes_too_long_is_stopped(tmp_path: Path, decoder: Decoder) -> None:
    long = made.quiet_wav(tmp_path / "long.wav", 3 * 3600, channels=4)
    decoder.probe(made.wav(tmp_path / "call.wav", made.tones(1, 400.0)), Limits())
    began = time.monotonic()
    with pytest.raises(AudioUnreadable) as fault:
        decoder.probe(long, Limits(wall_seconds=0.2))
    assert fault.value.reason == Reason.DECODER_TIMED_OUT
    assert time.monotonic() - began < 5


def test_a_recording_that_eats_the_processor_is_stopped(tmp_path: Path, decoder: Decoder) -> None:
    long = made.quiet_wav(tmp_path / "long.wav", 4 * 3600 - 1, channels=8)
    with pytest.raises(AudioUnreadable) as fault:
        decoder.probe(long, Limits(cpu_seconds=1))
    assert fault.value.reason == Reason.DECODER_TIMED_OUT
    assert "processor" in fault.value.sentence


def test_a_recording_that_needs_too_much_memory_is_stopped(tmp_path: Path, decoder: Decoder) -> None:
    path = made.wav(tmp_path / "call.wav", np.zeros((8, 48_000 * 20)), rate=48_000)
    with pytest.raises(AudioUnreadable) as fault:
        decoder.decode(path, Limits(memory_bytes=300_000))
    assert fault.value.reason in (Reason.TOO_BIG, Reason.DECODER_DIED)


def peak_megabytes(process: str) -> float:
    """The most memory a process ever held. Not ru_maxrss: that one is inherited from whoever started it."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def test_an_hour_in_stereo_is_decoded_in_the_memory_of_a_minute(tmp_path: Path, decoder: Decoder) -> None:
    heard = decoder.decode(made.quiet_wav(tmp_path / "hour.wav", 3600), Limits())
    assert heard.samples.shape == (2, 57_600_000)
    assert not heard.samples[1, -16_000:].any()
    assert peak_megabytes(str(child_of(decoder))) < 150
    before = peak_megabytes("self")
    decoder.decode(tmp_path / "hour.wav", Limits())
    assert peak_megabytes("self") - before < 50


def test_the_decoder_holds_no_secrets_and_no_open_doors(
    tmp_path: Path, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_SECRET_KEY", "do not tell")
    with (tmp_path / "ledger").open("w"):
        decoder.probe(made.wav(tmp_path / "call.wav", made.tones(1, 400.0)), Limits())
        process = Path(f"/proc/{child_of(decoder)}")
        assert b"EARSHOT" not in (process / "environ").read_bytes()
        assert sorted(int(link.name) for link in (process / "fd").iterdir()) == [0, 1, 2, 3]
        assert {str((process / "fd" / str(nth)).readlink()) for nth in range(3)} == {"/dev/null"}
        limits = (process / "limits").read_text()
    assert "Max open files            6                    6" in limits
    assert "Max core file size        0                    0" in limits
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 6


def test_no_scratch_file_is_left_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Decoder(scratch=scratch) as decoder:
        heard = decoder.decode(made.wav(tmp_path / "call.wav", made.tones(1, 400.0)), Limits())
        assert list(scratch.iterdir()) == []
    assert heard.samples[0].any()


def test_a_forked_worker_gets_a_decoder_of_its_own(tmp_path: Path) -> None:
    path = made.wav(tmp_path / "call.wav", made.tones(1, 400.0))
    script = (
        "import os, sys; from pathlib import Path; from detectors import audio\n"
        "path = Path(sys.argv[1]); audio.decode(path)\n"
        "child = os.fork()\n"
        "assert audio.decode(path).duration > 0.9\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
        "os._exit(0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(path)], check=True, cwd=Path(__file__).parents[3], timeout=30
    )


def test_the_next_recording_is_decoded_while_this_one_is_heard(tmp_path: Path, decoder: Decoder) -> None:
    paths = [made.wav(tmp_path / f"{hertz}.wav", made.tones(1, hertz)) for hertz in (400.0, 700.0)]
    ahead = [decoder.decode_later(path, Limits()) for path in paths]
    assert [made.pitch(one.result().samples[0]) for one in ahead] == pytest.approx([400, 700], abs=5)


def test_a_fault_survives_the_way_through_a_queue() -> None:
    fault = pickle.loads(pickle.dumps(AudioUnreadable(Reason.TRUNCATED, "half is gone")))  # noqa: S301
    assert (fault.reason, fault.sentence) == (
        Reason.TRUNCATED,
        "A part of the recording is missing: half is gone.",
    )
