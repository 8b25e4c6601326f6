"""`python3 -m deploy.services start|stop|status`: what `make services` and `make services-stop` run."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping, Sequence

from ..setup.faults import SetUpFault, say
from ..setup.turns import one_at_a_time
from .elastic import Elastic
from .ground import Ground, find_ground, write_private
from .minio import Minio
from .postgres import Postgres
from .record import Record
from .redis import Redis
from .service import Service

SERVICES: tuple[type[Service], ...] = (Postgres, Redis, Elastic, Minio)


def start(ground: Ground, services: Sequence[Service]) -> None:
    """Brings every service up and writes services.env."""
    say(f"services as user {ground.account.name}, data in {ground.data}")
    for service in services:
        service.up()
    lines = [f"{name}={value}" for service in services for name, value in service.environment().items()]
    write_private(ground.env_file, "\n".join(lines) + "\n")
    say(f"ready; the settings that use them: {ground.env_file}")


def stop(ground: Ground, services: Sequence[Service]) -> None:
    """Ends what was started here; data, credentials and ports stay."""
    for service in reversed(services):
        service.down()


def status(ground: Ground, services: Sequence[Service]) -> None:
    """One line a service: name, pid or `-`, address."""
    for service in services:
        print(service.name, service.pidfile.running() or "-", service.address())


VERBS: Mapping[str, Callable[[Ground, Sequence[Service]], None]] = {
    "start": start,
    "stop": stop,
    "status": status,
}


def main(arguments: Sequence[str]) -> int:
    """Runs one verb; 1 with a cure on a fault, 2 on a wrong call."""
    if len(arguments) != 1 or arguments[0] not in VERBS:
        print(f"usage: python3 -m deploy.services {'|'.join(VERBS)}", file=sys.stderr)
        return 2
    try:
        if platform.system() != "Linux":
            raise SetUpFault(
                f"make services knows Linux, not {platform.system()}",
                "start PostgreSQL, Redis, Elasticsearch 8.19 and an S3 store and set the EARSHOT_* variables",
            )
        ground = find_ground()
        with one_at_a_time(ground.home / "lock", "make services"):
            record = Record(ground.home / "services.json")
            VERBS[arguments[0]](ground, [service(ground, record) for service in SERVICES])
    except SetUpFault as fault:
        print(f"\nservices: {fault.what}\n  cure: {fault.cure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
