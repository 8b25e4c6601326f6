"""Redis: the broker that carries ids between workers."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping

from ..setup.faults import SetUpFault
from ..setup.packages import need
from .service import Service


class Redis(Service):
    """Loopback only, with a password. Losing it loses nothing: the sweep enqueues from the database again."""

    name = "redis"
    usual_port = 16379

    def install(self) -> None:
        if shutil.which("redis-server") is None:
            need("redis-server", "Redis 6 or newer")

    def prepare(self) -> None:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.record.secret('redis')}",
            f"dir {self.data}",
            "daemonize no",
            "appendonly yes",
            # A broker that silently evicts messages would look like a worker that lost them.
            "maxmemory-policy noeviction",
        ]
        self.ground.write(self.data / "redis.conf", "\n".join(lines) + "\n")

    def launch(self) -> int:
        program = shutil.which("redis-server")
        if program is None:
            raise SetUpFault("Redis is not installed", "install your system's package redis-server")
        return self.spawn([program, self.data / "redis.conf"])

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=3) as line:
                line.sendall(f"AUTH {self.record.secret('redis')}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2:
                    more = line.recv(256)
                    if not more:
                        return False
                    said += more
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"

    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        return {"EARSHOT_BROKER_URL": f"redis://:{self.record.secret('redis')}@127.0.0.1:{self.port}/0"}
