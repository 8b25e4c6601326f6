"""The custody room as a Django app."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "surveillance.custody"
