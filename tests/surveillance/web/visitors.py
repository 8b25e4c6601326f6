"""What the tests of the pages call the people who visit them."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

PASSWORD = "Harbour-Lantern-42"
Browse = Callable[[str], Client]
