"""The processes of one machine: a Celery worker with its beat, and the web server; started and ended together."""

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


def queues() -> str:
    """The queues a worker of this installation listens to; one more where NeMo is the recogniser."""
    speech = "nemo" if settings.EARSHOT.speech_engine == "nemo" else "speech"
    return f"io,{speech},screen,index"


@contextmanager
def worker(*, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker for as long as the block lasts. Its log stands in <home>/logs/worker.log."""
    home: Path = settings.EARSHOT.home
    (home / "logs").mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "celery", "-A", "surveillance.celery", "worker", "-B"),
        *("-Q", queues(), "-c", str(processes), "--loglevel", "INFO", "-n", f"earshot-{os.getpid()}@%h"),
        *("-s", str(home / "beat-schedule"), "--without-gossip", "--without-mingle"),
    ]
    with (home / "logs" / "worker.log").open("ab") as log, _running(command, log.fileno()) as process:
        yield process


@contextmanager
def web(*, address: str, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real web server on `address` for as long as the block lasts. Its log stands in <home>/logs/web.log."""
    home: Path = settings.EARSHOT.home
    (home / "logs").mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "gunicorn", "surveillance.wsgi:application", "-b", address),
        *("-w", str(processes), "--threads", "4", "--timeout", "120"),
    ]
    with (home / "logs" / "web.log").open("ab") as log, _running(command, log.fileno()) as process:
        yield process


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
