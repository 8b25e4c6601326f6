"""Processes we started, told apart from strangers that later got the same pid."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path


def identity(pid: int) -> str | None:
    """What a pid means just now: this boot and the tick the process began; None when it has ended.

    A pid alone is reused within hours; with the start tick of /proc/<pid>/stat (field 22, proc(5))
    and the boot id it names one process for ever.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may hold anything, so count from the last bracket: state is field 3.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else f"{pid} {started} {boot}"


class PidFile:
    """One line: pid, start tick, boot id."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, pid: int) -> bool:
        """Notes a process just started; False if it has ended already."""
        name = identity(pid)
        if name is None:
            return False
        self.path.write_text(name + "\n", encoding="ascii")
        return True

    def running(self) -> int | None:
        """The pid, if the very process noted here still runs."""
        try:
            noted = self.path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        first = noted.partition(" ")[0]
        return int(first) if first.isdigit() and identity(int(first)) == noted else None

    def stale(self) -> bool:
        """Whether a process is noted that has ended, or whose pid now belongs to a stranger."""
        return self.path.exists() and self.running() is None

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def end(pidfile: PidFile, sign: signal.Signals, patience: float) -> bool:
    """Asks the noted process to end, waits `patience` seconds, then kills it. True if it ran."""
    pid = pidfile.running()
    if pid is None:
        pidfile.forget()
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, sign)
    if not _gone_within(pidfile, patience):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _gone_within(pidfile, 10)
    pidfile.forget()
    return True


def _gone_within(pidfile: PidFile, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if pidfile.running() is None:
            return True
        # Our own child stays in the table until it is waited for.
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.05)
    return False


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
