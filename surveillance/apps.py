"""The product as a Django app: it owns the commands and the checks."""

from contextlib import suppress

from django.apps import AppConfig
from django.conf import settings


class EarshotConfig(AppConfig):
    name = "surveillance"
    verbose_name = "Earshot"

    def ready(self) -> None:
        with suppress(OSError):  # a home that cannot be made is told by checks.E001, with its cure
            settings.EARSHOT.uploads.mkdir(parents=True, exist_ok=True)
            # Others may pass through (a service's own user has its folder below), but list and read nothing.
            settings.EARSHOT.home.chmod(0o711)
        from surveillance import celery, checks  # noqa: F401 — registers the queue app and the system checks
