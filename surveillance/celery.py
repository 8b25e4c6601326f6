"""The Celery application; what it runs stands in `surveillance.pipeline`."""

from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init

app = Celery("earshot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["surveillance.pipeline"]

for folder in app.conf.broker_transport_options.values():
    if isinstance(folder, str):
        Path(folder).mkdir(parents=True, exist_ok=True)

app.set_default()


@worker_init.connect
def check(**_: Any) -> None:
    """A worker that would send words in the clear does not start."""
    from django.core.management.base import BaseCommand, SystemCheckError

    try:
        BaseCommand().check()
    except SystemCheckError as fault:
        raise SystemExit(str(fault)) from fault  # Celery swallows every lesser exception of a signal


__all__ = ["app"]
