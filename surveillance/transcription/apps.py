"""The transcription room as a Django app."""

from django.apps import AppConfig


class TranscriptionConfig(AppConfig):
    name = "surveillance.transcription"
