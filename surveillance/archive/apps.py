"""The archive room as a Django app."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "surveillance.archive"
