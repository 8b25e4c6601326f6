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
    _asked()
    last = Entry.objects.count()
    for nth in range(34):
        subject = f"recording:00000000-0000-4000-8000-{nth:012d}"
        record(actor="officer", action="native downloaded", subject=subject)
    record(actor="supervisor", action="searched", detail={"query": "ruben adeyemi w/5 bonus", "filters": {}})
    yesterday = datetime.combine(now().date() - timedelta(days=1), time(10), tzinfo=UTC)
    Entry.objects.filter(sequence__gt=last).update(at=yesterday)
    watch()


def _asked() -> None:
    """Two letters: one asks for a copy, an older one to be erased, which law does not let happen."""
    from surveillance.access.selectors import scope_named
    from surveillance.core.clock import now
    from surveillance.pipeline import consent_changed
    from surveillance.subjects.issuing import document, issue
    from surveillance.subjects.restricting import restrict_found
    from surveillance.subjects.services import enter_request, gather

    privacy = scope_named("privacy")
    copy = enter_request(
        scope=privacy,
        kind="access",
        names=["Nadia Brandt"],
        numbers=[],
        identity="Personnel number 4471, seen at the desk.",
        told="Please send me every call of mine that you keep, and what you do with it.",
    )
    gather(scope=privacy, number=copy)
    erased = enter_request(
        scope=privacy,
        kind="erasure",
        names=["Tomas Weil"],
        numbers=[],
        identity="Called back on the number of Kestrel Fund.",
        told="I left the fund in October. Erase what you hold of me.",
        received_at=now() - timedelta(days=25),
    )
    gather(scope=privacy, number=erased)
    consent_changed(restrict_found(scope=privacy, number=erased, reason="Asked to be erased; law keeps it."))
    issue(scope=privacy, kind="notice", sha256=document(privacy, "notice").now.sha256)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "surveillance.settings")
    main()
