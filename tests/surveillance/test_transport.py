"""A service on another machine is spoken to over TLS, its certificate checked, or Earshot does not start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as installed
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from surveillance.settings.env import Environment

PLAIN = {
    "PostgreSQL": {"database_url": "postgres://u:p@db.bank.example:5432/earshot?sslmode=prefer"},
    "PostgreSQL unproven": {"database_url": "postgres://u:p@10.0.0.7/earshot?sslmode=require"},
    "PostgreSQL by IPv6": {"database_url": "postgres://u:p@[fd00::7]/earshot"},
    "the broker": {"broker_url": "redis://queue.bank.example:6379/0"},
    "the broker unproven": {"broker_url": "rediss://queue.bank.example:6379/0?ssl_cert_reqs=CERT_NONE"},
    "AMQP": {"broker_url": "amqp://u:p@queue.bank.example//"},
    "Elasticsearch": {"index": "elastic", "elastic_url": "http://search.bank.example:9200"},
    "the store": {"store": "s3", "s3_endpoint": "store.bank.example:9000", "s3_secure": False},
    "the keeper": {"keeper": "vault", "vault_url": "http://vault.bank.example:8200"},
}
SAFE = {
    "PostgreSQL": {"database_url": "postgres://u:p@db.bank.example/e?sslmode=verify-full&sslrootcert=/r.pem"},
    "a socket": {"database_url": "postgres:///earshot"},
    "loopback": {"database_url": "postgres://u:p@127.0.0.1/e", "broker_url": "redis://localhost:6379/0"},
    "loopback by IPv6": {"database_url": "postgres://u:p@[::1]/e"},
    "the broker": {"broker_url": "rediss://queue.bank.example:6379/0?ssl_cert_reqs=required"},
    "AMQP": {"broker_url": "amqps://u:p@queue.bank.example//"},
    "Elasticsearch": {"index": "elastic", "elastic_url": "https://search.bank.example:9200"},
    "the store": {"store": "s3", "s3_endpoint": "store.bank.example:9000"},
    "the keeper": {"keeper": "vault", "vault_url": "https://vault.bank.example:8200"},
    # What is set and not used is not spoken to.
    "unused": {"elastic_url": "http://search.bank.example:9200", "s3_secure": False},
}


def embedded() -> Environment:
    fields = ("database_url", "broker_url", "elastic_url", "s3_endpoint")
    return replace(
        installed.EARSHOT,
        index="sqlite",
        store="folder",
        keeper="folder",
        s3_secure=True,
        **dict.fromkeys(fields, ""),
    )


def told(settings: Settings) -> list[str]:
    return [message.id or "" for message in run_checks() if (message.id or "").startswith("earshot.")]


@pytest.mark.parametrize("name", PLAIN)
def test_a_service_across_the_network_without_tls_stops_the_start(name: str, settings: Settings) -> None:
    settings.EARSHOT = replace(embedded(), **PLAIN[name])
    assert told(settings) == ["earshot.E002"]
    with pytest.raises(SystemCheckError, match="EARSHOT_PLAIN_SERVICES"):
        call_command("check")
    settings.EARSHOT = replace(settings.EARSHOT, plain_services=True)
    assert told(settings) == ["earshot.W002"]
    call_command("check")


@pytest.mark.parametrize("name", SAFE)
def test_tls_and_loopback_start(name: str, settings: Settings) -> None:
    settings.EARSHOT = replace(embedded(), **SAFE[name])
    assert told(settings) == []


def test_the_database_is_told_how_to_check_who_answers() -> None:
    url = "postgres://u:p%40@db.bank.example:5433/e?sslmode=verify-full&sslrootcert=/roots.pem"
    described = replace(embedded(), database_url=url).database()
    assert described["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/roots.pem"}
    assert (described["NAME"], described["PASSWORD"], described["PORT"]) == ("e", "p@", "5433")
