"""What must be true of an installation before it may start; each check has an id and a cure."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from surveillance.settings.env import Environment


@register()
def home_is_ours(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The home folder exists, or can be made, and takes writes."""
    home = settings.EARSHOT.home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        return [
            Error(
                f"{home} cannot be made: {fault}",
                hint="Set EARSHOT_HOME to a folder of ours.",
                id="earshot.E001",
            )
        ]
    if not os.access(home, os.W_OK):
        return [
            Error(
                f"{home} does not take writes.",
                hint="Set EARSHOT_HOME to a folder of ours.",
                id="earshot.E001",
            )
        ]
    return []


@register(deploy=True)
def secret_calls_need_tls(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Calls must not cross a network in the clear."""
    if settings.EARSHOT.https:
        return []
    return [
        Warning(
            "The site is served without TLS.",
            hint="Set EARSHOT_HTTPS=1 behind a TLS proxy.",
            id="earshot.W001",
        )
    ]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A connection to a service: whether it is encrypted and the other end proves who it is, and how it becomes so."""

    service: str
    host: str
    safe: bool
    cure: str


@register()
def services_speak_tls(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """No word, sound or password crosses a network in the clear (GDPR art. 32(1)(a))."""
    level, code = (Warning, "W002") if settings.EARSHOT.plain_services else (Error, "E002")
    return [
        level(
            f"{line.service} at {line.host} is spoken to without TLS, or without knowing who answers.",
            hint=f"{line.cure}, or EARSHOT_PLAIN_SERVICES=1 where the network between is closed.",
            id=f"earshot.{code}",
        )
        for line in lines(settings.EARSHOT)
        if not line.safe and not _is_loopback(line.host)
    ]


def lines(env: Environment) -> Iterator[Line]:
    """Every connection of this installation to a service of its own."""
    if env.database_url:
        url = urlsplit(env.database_url)
        mode = parse_qs(url.query).get("sslmode", [""])[-1]
        yield Line(
            service="PostgreSQL",
            host=url.hostname or "",
            safe=mode in ("verify-ca", "verify-full"),
            cure="Add ?sslmode=verify-full&sslrootcert=… to EARSHOT_DATABASE_URL",
        )
    if env.broker_url:
        url = urlsplit(env.broker_url)
        asks = parse_qs(url.query).get("ssl_cert_reqs", ["required"])[-1].removeprefix("CERT_").lower()
        yield Line(
            service="The broker",
            host=url.hostname or "",
            safe=url.scheme in ("rediss", "amqps") and asks == "required",
            cure="Use rediss://…?ssl_cert_reqs=required or amqps://… in EARSHOT_BROKER_URL",
        )
    if env.index == "elastic":
        yield _by_https("Elasticsearch", env.elastic_url, "EARSHOT_ELASTIC_URL")
    if env.store == "s3":
        host = urlsplit(f"//{env.s3_endpoint}").hostname or ""
        yield Line(service="The store", host=host, safe=env.s3_secure, cure="Set EARSHOT_S3_SECURE=1")
    if env.replica == "s3":
        host = urlsplit(f"//{env.replica_s3_endpoint}").hostname or ""
        yield Line(service="The replica", host=host, safe=env.s3_secure, cure="Set EARSHOT_S3_SECURE=1")
    if env.keeper == "vault":
        yield _by_https("The keeper of the keys", env.vault_url, "EARSHOT_VAULT_URL")


def _by_https(service: str, address: str, setting: str) -> Line:
    url = urlsplit(address)
    return Line(
        service=service,
        host=url.hostname or "",
        safe=url.scheme == "https",
        cure=f"Use https:// in {setting}",
    )


def _is_loopback(host: str) -> bool:
    """This machine; also an empty name, which is a socket in the file system."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")
