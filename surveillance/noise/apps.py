"""The noise room as a Django app."""

from django.apps import AppConfig


class NoiseConfig(AppConfig):
    name = "surveillance.noise"
