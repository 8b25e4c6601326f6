"""What the pages of the record show: a profile, holds, a disposal's dry run, statements of consent, a night, reports.

Run once inside an installation of the browser tests.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from surveillance.access.scope import program
    from surveillance.access.selectors import scope_named
    from surveillance.audit.models import Entry
    from surveillance.audit.services import record
    from surveillance.consent.services import enter_statement
    from surveillance.core.clock import now
    from surveillance.custody.nights import watch_the_night
    from surveillance.oversight.services import watch
    from surveillance.retention.holds import Terms, ask_release, place_hold
    from surveillance.retention.locking import follow_holds
    from surveillance.retention.services import keep_as_decided, set_profile
    from surveillance.retention.told import Description

    records = scope_named("records")
    for desk, where, sectors in (
        ("rates", "GB", "trading"),
        ("fx", "DE", "trading"),
        ("field", "GB", "utilities"),
    ):
        told = Description(jurisdictions=frozenset({where}), sectors=frozenset({sectors}))
        set_profile(scope=records, desk=desk, description=told, reason="As the desk's charter says.")
    keep_as_decided()
    first = place_hold(
        scope=records,
        matter="Heron",
        reason="A letter of the authority.",
        terms=Terms(custodians=("Nadia Brandt",)),
    )
    place_hold(scope=records, matter="Wren", reason="A dispute on gilts.", terms=Terms(desks=("fx",)))
    ask_release(scope=records, hold=first, reason="The matter is settled.")
    follow_holds()
    for person in ("Nadia Brandt", "Owen Pryce"):
        enter_statement(
            scope=program("scene"), kind="contract", person=person, reference="Terms of business, 4.2"
        )
    enter_statement(scope=program("scene"), kind="notice", number="2041", reference="Notice of 3 March")
    watch_the_night(whole=True)
    last = Entry.objects.count()
    for nth in range(34):
        subject = f"recording:00000000-0000-4000-8000-{nth:012d}"
        record(actor="officer", action="native downloaded", subject=subject)
    record(actor="supervisor", action="searched", detail={"query": "ruben adeyemi w/5 bonus", "filters": {}})
    yesterday = datetime.combine(now().date() - timedelta(days=1), time(10), tzinfo=UTC)
    Entry.objects.filter(sequence__gt=last).update(at=yesterday)
    watch()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "surveillance.settings")
    main()
