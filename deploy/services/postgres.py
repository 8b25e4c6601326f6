"""PostgreSQL: where the truth about every recording lives once SQLite is outgrown."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from ..setup.faults import SetUpFault
from ..setup.packages import need
from .service import Service

USER = DATABASE = "earshot"


class Postgres(Service):
    """A cluster of our own: loopback TCP only, SCRAM passwords, no socket in a shared folder."""

    name = "postgres"
    usual_port = 15432
    # "Fast shutdown" of the PostgreSQL manual, 19.5: roll back, disconnect, checkpoint.
    stop_signal = signal.SIGINT

    @property
    def cluster(self) -> Path:
        return self.data / "cluster"

    def install(self) -> None:
        if _binaries() is None:
            need("postgresql", "PostgreSQL 15 or newer")

    def prepare(self) -> None:
        if (self.cluster / "PG_VERSION").exists():
            return
        password = self.data / "first-password"
        self.ground.write(password, self.record.secret("postgres"))
        made = self.tool([
            self._program("initdb"), "--pgdata", self.cluster, "--username", USER, "--pwfile", password,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
        ])  # fmt: skip
        password.unlink()
        if made.returncode:
            raise SetUpFault(
                f"initdb failed: {made.stderr.strip()}",
                f"free some disk if it is full; else remove {self.cluster} and try again",
            )

    def launch(self) -> int:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_connections": "60",
            "jit": "off",
            "timezone": "UTC",
        }
        if os.environ.get("SERVICES_FSYNC") == "off":
            # For test runs only: a power cut may then cost the whole cluster.
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return self.spawn([self._program("postgres"), "-D", self.cluster, *options])

    def answers(self) -> bool:
        return self._ask("postgres", "select 1") == "1"

    def settle(self) -> None:
        if self._ask(DATABASE, "select 1") == "1":
            return
        if self._ask("postgres", f"create database {DATABASE}") is None:
            raise SetUpFault(f"the database {DATABASE} could not be made", f"read {self.log}, then try again")

    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        secret = self.record.secret("postgres")
        return {"EARSHOT_DATABASE_URL": f"postgres://{USER}:{secret}@127.0.0.1:{self.port}/{DATABASE}"}

    def _ask(self, database: str, statement: str) -> str | None:
        asked = self.tool(
            [self._program("psql"), "-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", USER, "-d", database, "-c", statement],
            environment={"PGPASSWORD": self.record.secret("postgres"), "PGCONNECT_TIMEOUT": "3"},
        )  # fmt: skip
        return asked.stdout.strip() if asked.returncode == 0 else None

    def _program(self, name: str) -> Path:
        folder = _binaries()
        if folder is None:
            raise SetUpFault("PostgreSQL is not installed", "install your system's package postgresql")
        return folder / name


def _binaries() -> Path | None:
    """Where initdb, postgres and psql lie together; Debian keeps them off the PATH."""
    found = shutil.which("postgres")
    on_path = [Path(found).resolve().parent] if found else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: int(bin.parent.name))
    return next(filter(_complete, (*reversed(debian), *on_path)), None)


def _complete(folder: Path) -> bool:
    return all((folder / program).exists() for program in ("initdb", "postgres", "psql"))
