"""The product as a Django app: it owns the commands and the checks."""

from django.apps import AppConfig


class EarshotConfig(AppConfig):
    name = "surveillance"
    verbose_name = "Earshot"

    def ready(self) -> None:
        from surveillance import celery, checks  # noqa: F401 — registers the queue app and the system checks
