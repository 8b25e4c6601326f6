"""The rulebook room as a Django app."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "surveillance.rulebook"
