"""The Celery application; what it runs stands in `surveillance.pipeline`."""

from pathlib import Path

from celery import Celery

app = Celery("earshot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["surveillance.pipeline"]

for folder in app.conf.broker_transport_options.values():
    if isinstance(folder, str):
        Path(folder).mkdir(parents=True, exist_ok=True)

app.set_default()

__all__ = ["app"]
