"""An installation of Earshot for one test: its own home, and with real services its own database, bucket and index.

Everything is driven from outside, through `manage.py` and real processes, as an administrator would.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

if TYPE_CHECKING:
    import psycopg

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ROOT / "var" / "services" / "services.env"
COLUMNS = ("embedded", pytest.param("real", marks=pytest.mark.services))
LIGHT = {"EARSHOT_SPEECH_MODEL": "tiny.en", "EARSHOT_LEASE_SECONDS": "3", "EARSHOT_SWEEP_SECONDS": "1"}

ORGANISATION = """
from pathlib import Path
from django.conf import settings
from surveillance.access.scope import program
from surveillance.management.organisation import found
plan = Path("deploy/demo/organisation.toml")
found(plan, scope=program("test"), keep=settings.EARSHOT.home / "sign-ins.json")
answer = True
"""

# A claim of a killed run is given up after so many seconds.
_LONGEST_TEST = 3600

# Starting Django for every look would take the processor from the worker that is waited for.
POLLED = """
import time
names, end = {{}}, time.monotonic() + {seconds}
while True:
    exec({code!r}, names)
    if names["answer"] or time.monotonic() > end:
        break
    time.sleep(0.5)
answer = bool(names["answer"])
"""


# What a wait that ended in vain was waiting for.
LEFT = """
from surveillance.capture.models import Progress
fields = "recording_id", "stage", "state", "attempts", "rests", "sends", "sent_at", "until", "fault"
answer = [[str(value) for value in row] for row in Progress.objects.exclude(state="done").values_list(*fields)]
"""


def services() -> dict[str, str]:
    """The addresses `make services` wrote; empty where it did not run."""
    where = Path(os.environ.get("SERVICES_ENV", SERVICES))
    if not where.exists():
        return {}
    lines = (line for line in where.read_text().splitlines() if line.startswith("EARSHOT_"))
    return {name: value.strip("'\"") for name, _, value in (line.partition("=") for line in lines)}


def real_services() -> dict[str, str]:
    """The real services' addresses; without them a test is skipped, and in CI it fails."""
    found = services()
    if not found:
        if os.environ.get("CI"):
            pytest.fail("The real services are not up; CI may skip nothing. Run `make services`.")
        pytest.skip("The real services are not up: run `make services`.")
    return found


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The environment of one installation, and its command line."""

    column: str
    home: Path
    env: dict[str, str]

    def manage(
        self, *arguments: str, check: bool = True, timeout: float = 600, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` to its end; a failure shows everything it printed."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**self.env, **more},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def ask(self, code: str, *, timeout: float = 600) -> Any:
        """Run Python inside the installation; what it leaves in `answer` comes back as JSON values."""
        told = f"import json\n{code}\nprint('\\n@@' + json.dumps(answer))"
        done = self.manage("shell", "--no-imports", "-c", told, timeout=timeout)
        return json.loads(done.stdout.rsplit("@@", 1)[1])

    def found(self) -> None:
        """Set up the demo's organisation: its desks and people."""
        self.ask(ORGANISATION)

    def start_worker(
        self, processes: int = 2, queues: str = "io,speech,screen,index"
    ) -> subprocess.Popen[bytes]:
        """A real worker with its beat, in a process group of its own, ready to be killed."""
        name = uuid.uuid4().hex[:8]
        log = (self.home / "worker.log").open("ab")
        command = [sys.executable, "-m", "celery", "-A", "surveillance.celery", "worker", "-B", "-Q", queues]
        command += ["-c", str(processes), "--loglevel", "INFO", "-s", str(self.home / f"beat-{name}")]
        command += ["--without-gossip", "--without-mingle", "-n", f"{name}@test"]
        return subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )

    @contextmanager
    def worker(
        self, processes: int = 2, queues: str = "io,speech,screen,index"
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker for as long as the block lasts."""
        process = self.start_worker(processes, queues)
        try:
            yield process
        finally:
            kill(process)

    def wait_until(self, code: str, *, seconds: float = 240) -> None:
        """Poll, from one process, until `answer` of the code is true; a vain wait tells progress and log."""
        # Longer than the wait, so that it is the wait that ends, with the worker's log.
        if not self.ask(POLLED.format(code=code, seconds=seconds), timeout=seconds + 120):
            log = (self.home / "worker.log").read_text(errors="replace")[-4000:]
            raise AssertionError(f"still not so after {seconds:.0f} s:\n{code}\n{self.ask(LEFT)}\n{log}")


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a worker and all its children, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def installation(column: str, home: Path, **more: str) -> Iterator[Installation]:
    """A fresh, migrated installation on the embedded or the real column."""
    env = {
        **_plain(),
        **LIGHT,
        "EARSHOT_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "EARSHOT_READER": "none",  # policies alone are quicker; a test of the reader asks for it
        **more,
    }
    if column == "embedded":
        home.mkdir(parents=True, mode=0o700)
        shutil.copy(_migrated_file(), home)
        yield Installation(column=column, home=home, env=env)
        return
    with _own_database(services()) as own:
        yield Installation(column=column, home=home, env={**env, **own})


@cache
def _migrated_file() -> Path:
    """A database migrated once for all the installations of this run, to be copied."""
    home = Path(tempfile.mkdtemp(prefix="earshot-migrated-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    _migrate("embedded", home)
    return home / "earshot.sqlite3"


@cache
def _migrated_database() -> str:
    """The same among the real services: the name of a database to be taken as template."""
    name = f"t{uuid.uuid4().hex[:12]}"
    given = services()
    with _postgres(given) as db:
        db.execute(f"CREATE DATABASE {name}")
    atexit.register(_drop, given, name)
    with tempfile.TemporaryDirectory(prefix="earshot-migrated-") as home:
        _migrate("real", Path(home), **{**given, "EARSHOT_DATABASE_URL": _address(given, name)})
    return name


def _migrate(column: str, home: Path, **own: str) -> None:
    env = {**_plain(), **own, "EARSHOT_HOME": str(home)}
    Installation(column=column, home=home, env=env).manage("migrate", "-v", "0")


def _plain() -> dict[str, str]:
    """The environment without anything of Earshot's, and with its settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EARSHOT_", "DJANGO_"))}
    return {**kept, "DJANGO_SETTINGS_MODULE": "surveillance.settings"}


def _postgres(given: dict[str, str]) -> psycopg.Connection[Any]:
    import psycopg

    return psycopg.connect(
        given["EARSHOT_DATABASE_URL"].replace("postgres://", "postgresql://"), autocommit=True
    )


def _address(given: dict[str, str], name: str) -> str:
    return urlunsplit(urlsplit(given["EARSHOT_DATABASE_URL"])._replace(path=f"/{name}"))


def _drop(given: dict[str, str], name: str) -> None:
    with _postgres(given) as db:
        db.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def _own_database(given: dict[str, str]) -> Iterator[dict[str, str]]:
    """The services with a database, a bucket, an index and a queue prefix nobody else uses."""
    from elasticsearch import Elasticsearch

    name = f"t{uuid.uuid4().hex[:12]}"
    with _postgres(given) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {_migrated_database()}")
    try:
        with _own_queue(given["EARSHOT_BROKER_URL"]) as queue:
            yield {
                **given,
                "EARSHOT_DATABASE_URL": _address(given, name),
                "EARSHOT_BROKER_URL": queue,
                "EARSHOT_ELASTIC_NAME": name,
                "EARSHOT_S3_BUCKET": f"earshot-{name}",
            }
    finally:
        _drop(given, name)
        who = (given.get("EARSHOT_ELASTIC_USER", ""), given.get("EARSHOT_ELASTIC_PASSWORD", ""))
        with Elasticsearch(given["EARSHOT_ELASTIC_URL"], basic_auth=who if who[0] else None) as client:
            # By name: a cluster may refuse to delete by wildcard, as Elasticsearch 8 does by default.
            for index in client.indices.get(index=f"{name}*", expand_wildcards="all"):
                client.indices.delete(index=index)


@contextmanager
def _own_queue(broker: str) -> Iterator[str]:
    """A numbered Redis database of our own, emptied; 0 belongs to `make services`, 15 says which are taken."""
    import redis

    def database(number: int) -> str:
        return urlunsplit(urlsplit(broker)._replace(path=f"/{number}"))

    with redis.Redis.from_url(database(15)) as taken:
        ours = next(
            number for number in range(1, 15) if taken.set(f"taken {number}", 1, nx=True, ex=_LONGEST_TEST)
        )
        try:
            with redis.Redis.from_url(database(ours)) as client:
                client.flushdb()
            yield database(ours)
        finally:
            taken.delete(f"taken {ours}")
