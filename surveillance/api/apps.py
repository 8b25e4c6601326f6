"""The API as a Django app: it brings the page that shows its own description."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "surveillance.api"

    def ready(self) -> None:
        from surveillance.api import schema  # noqa: F401 — tells drf-spectacular of our sign-in
