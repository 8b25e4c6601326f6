"""The mentions room as a Django app."""

from django.apps import AppConfig


class MentionsConfig(AppConfig):
    name = "surveillance.mentions"
