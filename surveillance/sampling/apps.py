"""The sampling room as a Django app."""

from django.apps import AppConfig


class SamplingConfig(AppConfig):
    name = "surveillance.sampling"
