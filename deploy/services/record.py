"""What is decided once, at the first start, and kept: credentials and ports."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from ..setup.faults import SetUpFault, say
from .ground import write_private
from .processes import port_is_free


class Record:
    """services.json, mode 0600, beside services.env and never in the repository (var/ is ignored)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, dict[str, str]] = {}
        if path.exists():
            self._kept = json.loads(path.read_text(encoding="utf-8"))

    def secret(self, name: str) -> str:
        """A random password of 160 bits, made when first asked for; hexadecimal, so no URL needs quoting."""
        kept = self._kept.setdefault("secrets", {})
        if name not in kept:
            kept[name] = secrets.token_hex(20)
            self._save()
        return kept[name]

    def port(self, service: str) -> int | None:
        """The port noted for a service, if it was started before."""
        noted = self._kept.get("ports", {}).get(service)
        return int(noted) if noted else None

    def choose_port(self, service: str, usual: int) -> int:
        """The port to start on: the one asked for, else the one used before, else the usual or the next free.

        A port a person asked for (SERVICES_<NAME>_PORT) is never replaced silently.
        """
        variable = f"SERVICES_{service.upper()}_PORT"
        asked = os.environ.get(variable, "")
        if asked:
            return self._note_port(service, _asked_port(variable, asked))
        wanted = self.port(service) or usual
        port = next((p for p in range(wanted, wanted + 50) if port_is_free(p)), None)
        if port is None:
            raise SetUpFault(
                f"no free port for {service} between {wanted} and {wanted + 49}",
                f"name a free one: make services {variable}=…",
            )
        if port != wanted:
            say(f"  port {wanted} is taken by another program; {service} uses {port} (or name {variable}=…)")
        return self._note_port(service, port)

    def _note_port(self, service: str, port: int) -> int:
        self._kept.setdefault("ports", {})[service] = str(port)
        self._save()
        return port

    def _save(self) -> None:
        write_private(self._path, json.dumps(self._kept, indent=1) + "\n")


def _asked_port(variable: str, asked: str) -> int:
    if not asked.isdigit() or not 1024 <= int(asked) <= 65535:
        raise SetUpFault(f"{variable}={asked} is no port", "give a number from 1024 to 65535")
    if not port_is_free(int(asked)):
        raise SetUpFault(
            f"port {asked} ({variable}) is taken by another program",
            f"end that program, or choose another port: make services {variable}=…",
        )
    return int(asked)
