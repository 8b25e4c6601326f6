"""The retention room as a Django app."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "surveillance.retention"
