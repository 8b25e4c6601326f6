"""Reading what the nights found: for a records officer, and for whoever must show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from surveillance.access.scope import Power, Scope
from surveillance.archive.rota import Coverage, coverage
from surveillance.core.errors import Missing
from surveillance.custody.models import Night


@dataclass(frozen=True, kw_only=True)
class NightRow:
    """One night; `wrong` as kind, where, what and cure."""

    number: int
    began_at: datetime
    ended_at: datetime | None
    natives: int
    bytes: int
    records: int
    copied: int
    restored: int
    wrong: Sequence[Mapping[str, str]]
    skipped: Sequence[str]

    @property
    def sound(self) -> bool:
        return not self.wrong

    @property
    def sentence(self) -> str:
        """The night in words."""
        told = (
            f"{self.natives} natives ({self.bytes / 1e6:.1f} MB) and the rows of their records were held against "
            f"what was sealed; {self.restored} recordings were rebuilt from the copies"
        )
        copied = f"; {self.copied} were copied to the replica" if self.copied else ""
        end = "nothing was wrong" if self.sound else f"{len(self.wrong)} things were wrong"
        return f"{told}{copied}: {end}."


def nights(scope: Scope, *, most: int = 60) -> list[NightRow]:
    """The last nights, newest first. Raises Refused."""
    _may(scope)
    return [_row(one) for one in Night.objects.all()[:most]]


def night(scope: Scope, number: int) -> NightRow:
    """One night. Raises Refused, Missing."""
    _may(scope)
    found = Night.objects.filter(pk=number).first()
    if found is None:
        raise Missing("There is no such night.", cure="Look for it on the fixity page.")
    return _row(found)


def covered(scope: Scope, *, days: int) -> Coverage:
    """How long ago the natives were read. Raises Refused."""
    _may(scope)
    return coverage(days=days)


def _may(scope: Scope) -> None:
    # A night looks at every desk; what it names are ids and hashes, never a person or a word.
    scope.require(Power.PROVE)


def _row(night: Night) -> NightRow:
    return NightRow(
        number=night.pk,
        began_at=night.began_at,
        ended_at=night.ended_at,
        natives=night.natives,
        bytes=night.bytes,
        records=night.records,
        copied=night.copied,
        restored=night.restored,
        wrong=night.wrong,
        skipped=night.skipped,
    )
