"""The detection room as a Django app."""

from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "surveillance.detection"
