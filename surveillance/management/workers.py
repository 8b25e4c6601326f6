"""The processes of one machine: Celery workers with their beat, and the web server; begun and ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

GRACE = 20.0  # seconds a process gets to finish what it is doing


def speech_queue() -> str:
    """The queue of the recogniser of this installation; NeMo has one of its own, for GPU workers."""
    return "nemo" if settings.EARSHOT.speech_engine == "nemo" else "speech"


@contextmanager
def workers(*, processes: int) -> Iterator[tuple[subprocess.Popen[bytes], ...]]:
    """Real workers for as long as the block lasts; their logs stand in <home>/logs.

    The recogniser has `processes` of its own, so that sealing, screening and indexing never wait behind an hour
    of speech. The beat runs beside the latter.
    """
    beat = ("-B", "-s", str(settings.EARSHOT.home / "beat-schedule"))
    with (
        _worker("speech", speech_queue(), processes) as recognisers,
        _worker("rest", "io,screen,index", 1, *beat) as rest,
    ):
        yield recognisers, rest


@contextmanager
def _worker(name: str, queues: str, processes: int, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "surveillance.celery", "worker", "-Q", queues),
        *("-c", str(processes), "--loglevel", "INFO", "-n", f"{name}-{os.getpid()}@%h"),
        *("--without-gossip", "--without-mingle", *more),
    ]
    with _log(f"worker-{name}") as log, _running(command, log) as process:
        yield process


@contextmanager
def web(*, address: str, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real web server on `address` for as long as the block lasts."""
    command = [
        *(sys.executable, "-m", "gunicorn", "surveillance.wsgi:application", "-b", address),
        *("-w", str(processes), "--threads", "4", "--timeout", "120"),
    ]
    with _log("web") as log, _running(command, log) as process:
        yield process


@contextmanager
def _log(name: str) -> Iterator[int]:
    """The descriptor of <home>/logs/<name>.log, opened for appending."""
    folder: Path = settings.EARSHOT.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("ab") as log:
        yield log.fileno()


@contextmanager
def _running(command: list[str], log: int) -> Iterator[subprocess.Popen[bytes]]:
    env = {"DJANGO_SETTINGS_MODULE": "surveillance.settings", **os.environ, "OMP_NUM_THREADS": "1"}
    # A session of its own, so that a Ctrl-C at the terminal reaches us first and we end it in order.
    process = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
