"""The assurance room as a Django app."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "surveillance.assurance"
