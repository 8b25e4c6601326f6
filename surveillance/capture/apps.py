"""The capture room as a Django app."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    name = "surveillance.capture"
