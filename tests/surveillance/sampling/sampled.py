"""What the tests of sampling draw from."""

from __future__ import annotations

from datetime import UTC, datetime

from floor import Spoken

from surveillance.sampling.strata import Wanted

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
WANTED = Wanted(since=SINCE, until=UNTIL, by=("month",), size=100)
SILENT = Spoken(
    name="silent", turns=((0, "good morning lovely weather"), (1, "let us bury the wombat tonight"))
)
FLAGGED = Spoken(name="flagged", turns=((0, "please push the okapi for me"), (1, "so be it then friend")))
