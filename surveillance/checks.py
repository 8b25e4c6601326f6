"""What must be true of an installation before it may start; each check has an id and a cure."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


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
