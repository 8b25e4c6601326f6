"""The review room as a Django app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "surveillance.review"
