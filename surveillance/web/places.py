"""Where one can go from every page, and which of it is open to whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import reverse

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the navigation: open to whoever holds any of `powers`, `everywhere` on every desk."""

    name: str
    label: str
    icon: str
    powers: tuple[Power, ...]
    everywhere: bool = False
    group: str = ""
    address: str = ""
    here: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Entries of the navigation under one word; without a word they stand in the bar itself."""

    label: str
    places: tuple[Place, ...]

    @property
    def here(self) -> bool:
        return any(place.here for place in self.places)


WATCH, RECORD, HOUSE = "Surveillance", "Record", "House"
FLAT = 7  # so many places stand in the bar without being gathered

PLACES = (
    Place(name="queue", label="Queue", icon="list-check", powers=(Power.SEE,)),
    Place(name="search", label="Search", icon="search", powers=(Power.SEARCH,)),
    Place(name="calls", label="Calls", icon="phone", powers=(Power.SEE,)),
    Place(name="network", label="Network", icon="affiliate", powers=(Power.SEE,)),
    Place(name="suppressed", label="Suppressed", icon="volume-off", powers=(Power.SEE,), group=WATCH),
    Place(name="policies", label="Policies", icon="gavel", powers=(Power.RULES,), group=WATCH),
    Place(name="sampling", label="Sampling", icon="dice-5", powers=(Power.SAMPLE, Power.REVIEW), group=WATCH),
    Place(name="learning", label="Learning", icon="school", powers=(Power.RULES,), group=WATCH),
    Place(
        name="intake", label="Intake", icon="inbox", powers=(Power.CAPTURE, Power.QUARANTINE), group=RECORD
    ),
    Place(name="drills", label="Drills", icon="target-arrow", powers=(Power.DRILL,), group=WATCH),
    Place(name="incidents", label="Incidents", icon="urgent", powers=(Power.DRILL,), group=WATCH),
    Place(
        name="ledger", label="Ledger", icon="notebook", powers=(Power.LEDGER,), everywhere=True, group=RECORD
    ),
    Place(
        name="retention",
        label="Retention",
        icon="calendar-due",
        powers=(Power.DISPOSE, Power.HOLD, Power.PROVE),
        group=RECORD,
    ),
    Place(name="holds", label="Holds", icon="anchor", powers=(Power.HOLD,), group=RECORD),
    Place(name="disposals", label="Disposals", icon="trash", powers=(Power.DISPOSE,), group=RECORD),
    Place(name="consent", label="Consent", icon="message-check", powers=(Power.CONSENT,), group=RECORD),
    Place(
        name="subjects", label="Data subjects", icon="user-question", powers=(Power.PRIVACY,), group=RECORD
    ),
    Place(name="fixity", label="Fixity", icon="shield-check", powers=(Power.PROVE,), group=RECORD),
    Place(name="oversight", label="Oversight", icon="eye", powers=(Power.OVERSEE,), group=HOUSE),
    Place(name="access", label="Access", icon="lock", powers=(Power.ADMINISTER, Power.OVERSEE), group=HOUSE),
    Place(name="people", label="People", icon="users", powers=(Power.ADMINISTER,), group=HOUSE),
    Place(name="system", label="System", icon="server", powers=(Power.ADMINISTER,), group=HOUSE),
)


def open_places(scope: Scope) -> list[Place]:
    """The places a scope may enter."""
    return [place for place in PLACES if any(_opens(scope, power, place) for power in place.powers)]


def _opens(scope: Scope, power: Power, place: Place) -> bool:
    return scope.desks(power).every if place.everywhere else scope.may(power)


def navigation(request: HttpRequest) -> list[Group]:
    """The open places with their addresses, gathered where they are many; the one the request is at is marked."""
    path = request.path
    places = [
        replace(
            place,
            address=(address := reverse(place.name)),
            here=path == address or path.startswith(f"{address}/"),
        )
        for place in open_places(scope_at(request))
    ]
    if len(places) <= FLAT:
        return [Group(label="", places=tuple(places))]
    return [
        Group(label=label if len(some) > 1 else "", places=some)
        for label, some in (
            (label, tuple(place for place in places if place.group == label))
            for label in ("", WATCH, RECORD, HOUSE)
        )
        if some
    ]
