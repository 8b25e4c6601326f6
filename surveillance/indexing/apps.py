"""The indexing room as a Django app."""

from django.apps import AppConfig


class IndexingConfig(AppConfig):
    name = "surveillance.indexing"
