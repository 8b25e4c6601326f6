"""The subjects room as a Django app."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "surveillance.subjects"
