"""The processes of one machine: Celery workers with their beat, and the web server; begun, kept up, ended together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

GRACE = 20.0  # seconds a process gets to finish what it is doing
LONGEST_PAUSE = 30.0  # seconds between attempts to bring one up that dies at once
SETTLED = 60.0  # seconds after which a process counts as having come up


class Kept:
    """A process with a log of its own in <home>/logs, brought up again when it ends by itself."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._command = command
        self._deaths = 0
        self._noticed = False
        self._begin()

    def _begin(self) -> None:
        folder: Path = settings.EARSHOT.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        env = {"DJANGO_SETTINGS_MODULE": "surveillance.settings", **os.environ, "OMP_NUM_THREADS": "1"}
        with (folder / f"{self.name}.log").open("ab") as out:
            # A session of its own, so that a Ctrl-C at the terminal reaches us first and we end it in order.
            self._process = subprocess.Popen(
                self._command,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=env,
                start_new_session=True,
            )
        self._begun, self._noticed = time.monotonic(), False

    def keep_up(self) -> None:
        """Begin it again where it has ended; one that dies at once waits longer each time."""
        if self._process.poll() is None:
            return
        since = time.monotonic() - self._begun
        if not self._noticed:
            self._noticed = True
            self._deaths = 1 if since > SETTLED else self._deaths + 1
            log.warning(
                "%s ended by itself (exit %s); its log says why. It begins again.",
                self.name,
                self._process.returncode,
            )
        if since >= min(2.0**self._deaths, LONGEST_PAUSE):
            self._begin()

    def end(self) -> None:
        """Ask it to finish, and insist after a while."""
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def speech_queue() -> str:
    """The queue of the recogniser of this installation; NeMo has one of its own, for GPU workers."""
    return "nemo" if settings.EARSHOT.speech_engine == "nemo" else "speech"


@contextmanager
def workers(*, processes: int) -> Iterator[tuple[Kept, ...]]:
    """Real workers for as long as the block lasts.

    The recogniser has `processes` of its own, so that sealing, screening and indexing never wait behind an hour
    of speech. The beat runs beside the latter.
    """
    beat = ["-B", "-s", str(settings.EARSHOT.home / "beat-schedule")]
    with (
        _ended_after(Kept("worker-speech", _worker("speech", speech_queue(), processes))) as recognisers,
        _ended_after(Kept("worker-rest", _worker("rest", "io,screen,index", 1) + beat)) as rest,
    ):
        if not settings.EARSHOT.second_reader_url:
            yield recognisers, rest
            return
        # A model may think for half a minute; nothing else waits behind it.
        with _ended_after(Kept("worker-second", _worker("second", "second", 1))) as second:
            yield recognisers, rest, second


@contextmanager
def web(*, address: str, processes: int) -> Iterator[Kept]:
    """A real web server on `address` for as long as the block lasts."""
    command = [sys.executable, "-m", "gunicorn", "surveillance.wsgi:application", "-b", address]
    command += ["-w", str(processes), "--threads", "4", "--timeout", "120"]
    with _ended_after(Kept("web", command)) as site:
        yield site


def _worker(name: str, queues: str, processes: int) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "surveillance.celery", "worker", "-Q", queues),
        *("-c", str(processes), "--loglevel", "INFO", "-n", f"{name}-{os.getpid()}@%h"),
        *("--without-gossip", "--without-mingle"),
    ]


@contextmanager
def _ended_after(process: Kept) -> Iterator[Kept]:
    try:
        yield process
    finally:
        process.end()


@contextmanager
def ended_in_order() -> Iterator[None]:
    """A SIGTERM ends the block as Ctrl-C does, so that no child is left behind."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        log.info("ending")
    finally:
        signal.signal(signal.SIGTERM, before)
