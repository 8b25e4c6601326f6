"""The custody room as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CustodyConfig(AppConfig):
    name = "surveillance.custody"

    def ready(self) -> None:
        from surveillance.custody import triggers

        pre_migrate.connect(triggers.before_migrations, sender=self)
        post_migrate.connect(triggers.after_migrations, sender=self)
