"""Where a participant is: by telephone number, else by line, employer or desk; several where it is not certain."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import phonenumbers
from django.conf import settings
from phonenumbers import geocoder

from policies.consent.rules import Jurisdictions, load
from surveillance.core.errors import Broken

KINDS: Final = ("desks", "employers", "lines")
# Area codes of Australia's zones, which cross the borders of its states.
AUSTRALIA: Final = {
    "2": ("AU-NSW", "AU-ACT"),
    "3": ("AU-VIC", "AU-TAS"),
    "7": ("AU-QLD",),
    "8": ("AU-SA", "AU-WA", "AU-NT"),
}
_STATE = re.compile(r"(?:^|, )([A-Z]{2})$")


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the installation says of its own: desks, employers and lines with the id of a jurisdiction."""

    desks: Mapping[str, str] = field(default_factory=dict)
    employers: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)


def table() -> Table:
    """Where desks, employers and lines are, by EARSHOT_CONSENT_PLACES. Raises Broken with every fault in it."""
    path = settings.EARSHOT.consent_places
    return _read(path) if path else Table()


def places(*, number: str, line: str, employer: str, desk: str) -> tuple[str, ...]:
    """Ids of where somebody may be: by the number, else the line, else the employer. The desk is asked last, and speaks
    only for whoever is on a line of ours."""
    known, own = load(), table()
    found = by_number(number, known)
    if found:
        return found
    for said, told in ((line or number, own.lines), (employer, own.employers), (line and desk, own.desks)):
        if said and said in told:
            return (
                tuple(one.id for one in known.within(told[said]))
                if told[said] in ("US", "AU")
                else (told[said],)
            )
    return ()


def normal_number(number: str) -> str:
    """A number in E.164 where it is one of the outside world, else as it is written, without blanks."""
    read = _parsed(number)
    if read is None:
        return re.sub(r"\s+", "", number)
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def by_number(number: str, known: Jurisdictions) -> tuple[str, ...]:
    """The jurisdictions a number may belong to; several where it does not tell the state."""
    read = _parsed(number)
    country = phonenumbers.region_code_for_number(read) if read is not None else None
    if read is None or not country or country == "001":
        return ()
    if country == "AU":
        zone = AUSTRALIA.get(str(read.national_number)[:1])
        return zone or tuple(one.id for one in known.within("AU"))
    if country in ("US", "CA"):
        state = _state(country, geocoder.description_for_number(read, "en"), known)
        return (state,) if state else tuple(one.id for one in known.within(country))
    return (country,) if country in known.by_id else ()


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    text = re.sub(r"^00", "+", number.strip())
    try:
        read = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return read if phonenumbers.is_possible_number(read) else None


def _state(country: str, described: str, known: Jurisdictions) -> str:
    """The state of a number as its description names it: "San Francisco, CA", "California", "Quebec"."""
    short = _STATE.search(described)
    if short and f"{country}-{short[1]}" in known.by_id:
        return f"{country}-{short[1]}"
    named = {one.name: one.id for one in known.within(country)}
    if described.startswith("Washington D.C"):
        return "US-DC"
    return named.get(described, "CA" if country == "CA" and described != "Canada" else "")


@lru_cache(maxsize=4)
def _read(path: Path) -> Table:
    cure = "See policies/README.md for its form."
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Broken(f"{path.name} cannot be read: {fault}", cure=cure) from fault
    known = load().by_id
    faults = [f"{kind} is none of {', '.join(KINDS)}" for kind in told if kind not in KINDS]
    faults += [
        f"{kind}.{name}: {place!r} is no jurisdiction of ours"
        for kind in KINDS
        for name, place in told.get(kind, {}).items()
        if place not in known
    ]
    if faults:
        raise Broken(f"{path.name}: {'; '.join(faults)}.", cure=cure)
    return Table(**{kind: dict(told.get(kind, {})) for kind in KINDS})
