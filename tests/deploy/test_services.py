"""`make services`: real servers that start once, keep their data, and are never mistaken for others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.services import __main__ as services
from deploy.services.ground import find_ground
from deploy.services.postgres import Postgres
from deploy.services.processes import PidFile, end, identity
from deploy.services.record import Record
from deploy.services.redis import Redis
from deploy.setup.faults import REPOSITORY, SetUpFault

# Every test run has an EARSHOT_HOME of its own; the services are those of the checkout.
SERVICES_HOME = (
    Path(os.environ.get("SERVICES_ENV", REPOSITORY / "var/services/services.env")).resolve().parent
)


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The pids of this checkout's services; skipped where they do not run, failed in CI."""
    monkeypatch.setenv("EARSHOT_HOME", str(SERVICES_HOME.parent))
    pids = _pids()
    if "-" in pids.values():
        if os.environ.get("CI"):
            pytest.fail("The real services are not up; CI may skip nothing. Run `make services`.")
        pytest.skip("The real services are not up: run `make services`.")
    return pids


def _run(verb: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.services", verb]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False)


def _pids() -> dict[str, str]:
    lines = _run("status").stdout.splitlines()
    return {name: pid for name, pid, _address in map(str.split, lines)}


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that would run for long."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_a_second_start_only_checks(up: dict[str, str]) -> None:
    again = _run("start")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("runs already") == len(services.SERVICES)
    assert _pids() == up


@pytest.mark.usefixtures("up")
def test_credentials_are_readable_by_their_owner_alone_and_known_to_no_repository() -> None:
    home = find_ground().home
    for name in ("services.env", "services.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    if home.is_relative_to(REPOSITORY):
        ignored = subprocess.run(["git", "check-ignore", "-q", str(home / "services.env")], cwd=REPOSITORY)
        assert ignored.returncode == 0


@pytest.mark.usefixtures("up")
def test_no_service_answers_without_its_password() -> None:
    ground = find_ground()
    record = Record(ground.home / "services.json")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=record.port("postgres"), user="earshot", dbname="earshot", password="x"
        )
    with socket.create_connection(("127.0.0.1", record.port("redis") or 0), timeout=5) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")


@pytest.mark.usefixtures("up")
def test_what_was_written_is_there_after_a_stop_and_a_start(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a ground of its own, so that nobody's services are stopped under them."""
    home = tmp_path_factory.mktemp("ground")
    monkeypatch.setenv("EARSHOT_HOME", str(home))
    ground = find_ground()

    def both() -> list[Postgres | Redis]:
        record = Record(ground.home / "services.json")
        return [Postgres(ground, record), Redis(ground, record)]

    try:
        services.start(ground, both())
        told = ground.env_file.read_text(encoding="utf-8")
        with psycopg.connect(_database(told)) as db:
            db.execute("create table kept (word text)")
            db.execute("insert into kept values ('here')")
        services.stop(ground, both())
        assert [service.pidfile.running() for service in both()] == [None, None]
        services.start(ground, both())
        assert ground.env_file.read_text(encoding="utf-8") == told
        with psycopg.connect(_database(told)) as db:
            assert db.execute("select word from kept").fetchall() == [("here",)]
    finally:
        services.stop(ground, both())
        shutil.rmtree(ground.data)


def _database(told: str) -> str:
    settings = dict(line.split("=", 1) for line in told.splitlines())
    return settings["EARSHOT_DATABASE_URL"].replace("postgres://", "postgresql://")


def test_a_pid_that_now_belongs_to_a_stranger_is_never_ended(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    noted = identity(sleeper.pid)
    assert noted is not None
    pid, started, boot = noted.split()
    (tmp_path / "x.pid").write_text(f"{pid} {int(started) - 1} {boot}\n", encoding="ascii")
    pidfile = PidFile(tmp_path / "x.pid")
    assert pidfile.stale()
    assert end(pidfile, signal.SIGTERM, 1) is False
    assert sleeper.poll() is None


def test_the_process_that_was_started_is_ended_and_its_pid_file_with_it(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pidfile = PidFile(tmp_path / "x.pid")
    assert pidfile.keep(sleeper.pid)
    assert end(pidfile, signal.SIGTERM, 5) is True
    assert identity(sleeper.pid) is None
    assert not pidfile.path.exists()


def test_a_process_that_has_ended_leaves_a_stale_note(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "600"])
    pidfile = PidFile(tmp_path / "x.pid")
    pidfile.keep(process.pid)
    process.kill()
    time.sleep(0.1)  # a zombie until it is waited for, and just as dead
    assert pidfile.stale()
    process.wait()
    assert pidfile.stale()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_usual_port_that_is_taken_gives_way_to_the_next_and_stays_so(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVICES_REDIS_PORT", raising=False)
    chosen = Record(tmp_path / "services.json").choose_port("redis", taken)
    assert chosen > taken
    assert Record(tmp_path / "services.json").port("redis") == chosen


def test_a_port_a_person_asked_for_is_never_replaced(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICES_REDIS_PORT", str(taken))
    with pytest.raises(SetUpFault) as refused:
        Record(tmp_path / "services.json").choose_port("redis", 16379)
    assert str(taken) in refused.value.what
    assert "SERVICES_REDIS_PORT" in refused.value.cure


def test_passwords_are_drawn_once_and_differ(tmp_path: Path) -> None:
    first = Record(tmp_path / "services.json")
    assert first.secret("redis") != first.secret("postgres")
    assert Record(tmp_path / "services.json").secret("redis") == first.secret("redis")
    assert len(first.secret("redis")) == 40
    assert stat.S_IMODE((tmp_path / "services.json").stat().st_mode) == 0o600
