"""The second reader's room as a Django app."""

from django.apps import AppConfig


class SecondReaderConfig(AppConfig):
    name = "surveillance.second_reader"
