"""The shape every service has: install, prepare, launch, wait until it really answers, stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar

from ..setup.faults import SetUpFault, last_lines, say
from .ground import Ground
from .processes import PidFile, end
from .record import Record


class Service(ABC):
    """One server on a loopback port, run by the unprivileged account, its log and data under the ground."""

    name: ClassVar[str]
    usual_port: ClassVar[int]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    # Seconds it may take to answer after its start, and to end after being asked to.
    patience: ClassVar[float] = 60.0

    def __init__(self, ground: Ground, record: Record) -> None:
        self.ground = ground
        self.record = record
        self.port = record.port(self.name) or self.usual_port
        self.pidfile = PidFile(ground.home / "run" / f"{self.name}.pid")

    @abstractmethod
    def install(self) -> None:
        """Finds the program, or installs it; does nothing when it is there."""

    @abstractmethod
    def prepare(self) -> None:
        """Writes configuration and makes the data folder; keeps data that is there."""

    @abstractmethod
    def launch(self) -> int:
        """Starts the server and returns its pid."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers; where the protocol lets us, it signs in, so no stranger passes for it."""

    def settle(self) -> None:  # noqa: B027 -- most services have nothing to settle
        """What is done once it answers, such as making a database; repeatable."""

    @abstractmethod
    def address(self) -> str:
        """Where it listens, for people; without credentials."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The EARSHOT_* settings that make the product use it."""

    @property
    def data(self) -> Path:
        return self.ground.folder(self.name)

    @property
    def log(self) -> Path:
        return self.data / f"{self.name}.log"

    def up(self) -> None:
        """Makes it run: only checks when it runs already."""
        pid = self.pidfile.running()
        if pid is None:
            self._start()
        else:
            self._await_answer()
            say(f"  {self.name:<9} runs already at {self.address()} (pid {pid})")
        self.settle()

    def down(self) -> None:
        """Ends exactly the process started here; data stays."""
        pid = self.pidfile.running()
        if pid is None:
            note = " (an old pid file was removed)" if self.pidfile.stale() else ""
            self.pidfile.forget()
            say(f"  {self.name:<9} was not running{note}")
            return
        end(self.pidfile, self.stop_signal, self.patience)
        say(f"  {self.name:<9} stopped (pid {pid}); its data stay in {self.data}")

    def spawn(self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> int:
        """Starts a program as the service account in a session of its own, so that it outlives us."""
        with self._open_log() as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.data,
                env=self.plain_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.ground.account.popen_options(),
            )
        return process.pid

    def tool(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        typed: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a tool to its end as the service account; `typed` goes to its standard input."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.data,
            env=self.plain_environment(environment),
            input=typed if typed is not None else "",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **self.ground.account.popen_options(),
        )

    def plain_environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A small environment: nothing of the caller's session leaks into a server."""
        plain = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(self.data)}
        return plain | dict(more or {})

    def _start(self) -> None:
        if self.pidfile.stale():
            say(f"  {self.name:<9} an old pid file was left behind by a process that has ended; removed")
            self.pidfile.forget()
        self.install()
        self.port = self.record.choose_port(self.name, self.usual_port)
        self.prepare()
        began = time.monotonic()
        if not self.pidfile.keep(self.launch()):
            raise self._did_not_start("ended at once")
        self._await_answer()
        say(f"  {self.name:<9} started at {self.address()} ({time.monotonic() - began:.0f} s)")

    def _await_answer(self) -> None:
        until = time.monotonic() + self.patience
        while not self.answers():
            if self.pidfile.running() is None:
                self.pidfile.forget()
                raise self._did_not_start("ended while starting")
            if time.monotonic() > until:
                raise self._did_not_start(f"did not answer within {self.patience:.0f} s")
            time.sleep(0.2)

    def _did_not_start(self, how: str) -> SetUpFault:
        log = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return SetUpFault(
            f"{self.name} {how}; the end of {self.log}:\n{last_lines(log, 12) or '    (empty)'}",
            "mend what the log names, then make services again; make services-stop ends what runs",
        )

    def _open_log(self) -> BinaryIO:
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        if os.geteuid() == 0:
            os.fchown(descriptor, self.ground.account.uid, self.ground.account.gid)
        return os.fdopen(descriptor, "wb")
