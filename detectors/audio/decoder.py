"""The parent's side of decoding: keeps one bounded child, hands it descriptors, parses no media itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from detectors.audio.faults import AudioUnreadable, DecoderUnavailable, Reason, clock
from detectors.audio.media import SAMPLE_RATE, Audio, Limits, MediaFacts, Peaks

START_SECONDS = 60.0  # a cold disk or a machine under load; the usual start takes a quarter of one
JOBS_A_CHILD = 500  # then a fresh one: bounds what a slow leak or an undetected break-in can reach
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from detectors.audio.child import main; main(int(sys.argv[1]))"
)


class _Child:
    """One bounded process and the socket to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        root = str(Path(__file__).resolve().parents[2])
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", PROGRAM, str(theirs.fileno()), root],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                # No secrets of the worker in there; one thread, since numpy would start one a core.
                env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
        except OSError as fault:
            ours.close()
            raise DecoderUnavailable(f"The decoder could not be started: {fault}") from fault
        finally:
            theirs.close()
        self.channel = ours
        self.ready = False
        self.jobs = 0

    def ask(
        self, request: dict[str, Any], source_fd: int, out_fd: int, wall_seconds: float
    ) -> dict[str, Any]:
        """One job. Raises TimeoutError, or ConnectionError when the child is gone."""
        if not self.ready:
            self._answer(time.monotonic() + START_SECONDS)
            self.ready = True
        self.jobs += 1
        message = json.dumps(request).encode() + b"\n"
        socket.send_fds(self.channel, [message], [source_fd, out_fd])
        return self._answer(time.monotonic() + wall_seconds)

    def _answer(self, deadline: float) -> dict[str, Any]:
        received = b""
        while not received.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.channel.settimeout(left)
            part = self.channel.recv(65_536)
            if not part or len(received) > 1_000_000:
                raise ConnectionError
            received += part
        answer: dict[str, Any] = json.loads(received)
        return answer

    def end(self) -> int:
        """Kill it if it still runs; its exit status, negative for a signal."""
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.2)
        self.process.kill()
        return self.process.wait()


class Decoder:
    """Decodes one file after another in a reusable child; safe to share between threads.

    The child is started at once (`start`) or at the first file, and replaced after any fault.
    """

    def __init__(self, *, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._child: _Child | None = None
        self._lock = threading.Lock()
        self._ahead = ThreadPoolExecutor(1, "decode-ahead")

    def start(self) -> None:
        """Start the child without waiting for it, so that its start overlaps with loading a model."""
        if self._lock.acquire(blocking=False):
            try:
                self._child = self._child or _Child()
            finally:
                self._lock.release()

    def close(self) -> None:
        self._ahead.shutdown(wait=True)
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def probe(self, path: Path, limits: Limits) -> MediaFacts:
        with open(os.devnull, "r+b", buffering=0) as nothing:  # noqa: PTH123 - os.devnull is no Path
            return MediaFacts.from_json(self._run("probe", path, limits, nothing)["facts"])

    def decode(self, path: Path, limits: Limits) -> Audio:
        with tempfile.TemporaryFile(dir=self._scratch, prefix="earshot-") as scratch:
            answer = self._run("decode", path, limits, scratch)
            facts = MediaFacts.from_json(answer["facts"])
            return Audio(samples=_mapped(scratch, facts.channels, **_shape(answer)), facts=facts)

    def decode_later(self, path: Path, limits: Limits) -> Future[Audio]:
        """Decode while the caller still recognises the file before."""
        return self._ahead.submit(self.decode, path, limits)

    def listening_copy(self, path: Path, out: Path, limits: Limits) -> MediaFacts:
        """Write the copy beside its place and move it there whole; never a half copy under the final name."""
        partial = tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False)  # noqa: SIM115
        try:
            with partial:
                facts = MediaFacts.from_json(self._run("listening_copy", path, limits, partial)["facts"])
            Path(partial.name).chmod(0o640)
            Path(partial.name).replace(out)
        except BaseException:
            Path(partial.name).unlink(missing_ok=True)
            raise
        return facts

    def peaks(self, path: Path, limits: Limits, per_second: int) -> Peaks:
        with tempfile.TemporaryFile(dir=self._scratch, prefix="earshot-") as scratch:
            answer = self._run("peaks", path, limits, scratch, {"per_second": per_second})
            points, channels = int(answer["points"]), int(answer["channels"])
            scratch.seek(0)
            outline = np.frombuffer(scratch.read(points * channels * 4), "<i2").reshape(points, channels, 2)
        rounded = np.round(outline / 32767.0, 3) + 0.0  # no "-0.0" in JSON
        lanes = tuple(tuple(rounded[:, channel, :].ravel().tolist()) for channel in range(channels))
        facts = MediaFacts.from_json(answer["facts"])
        return Peaks(per_second=per_second, duration=facts.duration, channels=lanes)

    def _run(
        self, work: str, path: Path, limits: Limits, out: IO[bytes], options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        request = {"work": work, "limits": asdict(limits), "options": options or {}}
        with path.open("rb", buffering=0) as source, self._lock:
            answer = self._ask(request, source.fileno(), out.fileno(), limits)
        if "unavailable" in answer:
            raise DecoderUnavailable(f"The decoded sound could not be written: {answer['unavailable']}")
        if "unreadable" in answer:
            raise AudioUnreadable(answer["unreadable"], answer["detail"])
        return answer

    def _ask(self, request: dict[str, Any], source_fd: int, out_fd: int, limits: Limits) -> dict[str, Any]:
        child = self._child = self._child or _Child()
        answer: dict[str, Any] = {}
        try:
            answer = child.ask(request, source_fd, out_fd, limits.wall_seconds)
        except TimeoutError as fault:
            if not child.ready:
                raise DecoderUnavailable("The decoder did not start in time.") from fault
            raise AudioUnreadable(
                Reason.DECODER_TIMED_OUT, f"{clock(limits.wall_seconds)} is allowed"
            ) from fault
        except (OSError, ValueError) as fault:
            raise self._death(child, limits) from fault
        finally:
            if "facts" not in answer or child.jobs >= JOBS_A_CHILD:
                child.end()
                self._child = None
        return answer

    def _death(self, child: _Child, limits: Limits) -> Exception:
        if not child.ready:
            return DecoderUnavailable(f"The decoder ended at its start with status {child.end()}.")
        status = child.end()
        if status == -signal.SIGXCPU:
            return AudioUnreadable(
                Reason.DECODER_TIMED_OUT, f"{limits.cpu_seconds} s of processor is allowed"
            )
        cause = signal.Signals(-status).name if status < 0 else f"status {status}"
        return AudioUnreadable(Reason.DECODER_DIED, cause)


def _shape(answer: dict[str, Any]) -> dict[str, int]:
    return {"stride": int(answer["stride"]), "samples": int(answer["samples"])}


def _mapped(scratch: IO[bytes], channels: int, *, stride: int, samples: int) -> Any:
    """The child's file as (channels, samples) float32, mapped; pages come in as they are read."""
    whole = stride * (channels - 1) + samples * 4
    if os.fstat(scratch.fileno()).st_size < whole:
        raise DecoderUnavailable("The decoder wrote less than it said.")
    raw = np.memmap(scratch, np.uint8, "c", shape=(whole,))
    return np.lib.stride_tricks.as_strided(
        raw[:4].view(np.float32), shape=(channels, samples), strides=(stride, 4), writeable=False
    )


_shared: Decoder | None = None
_shared_lock = threading.Lock()


def shared_decoder() -> Decoder:
    """The process's own decoder, made on first use; a forked worker makes its own."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Decoder()
        return _shared


def _forget_after_fork() -> None:
    global _shared, _shared_lock
    if _shared is not None and _shared._child is not None:
        _shared._child.channel.close()
    _shared, _shared_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
assert SAMPLE_RATE == 16_000  # noqa: S101 - the child's float32 rows are cut for it
