"""`manage.py reindex`: build the index anew from the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.core.errors import Fault
from surveillance.indexing.services import rebuild


class Command(BaseCommand):
    help = "Put every transcribed recording into the index anew and drop what no longer exists."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            put, dropped = rebuild()
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{put} recordings are findable; {dropped} stale entries were dropped.")
