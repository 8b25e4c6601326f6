"""The record as it stood at any time, and how it came to be what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from surveillance.access.scope import Power, Scope
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Invalid, Missing
from surveillance.custody.models import Past
from surveillance.custody.records import Became, Record
from surveillance.rulebook.selectors import in_force
from surveillance.transcription.sealing import opened_content

WORDS = "transcription.Version"


def record_as_of(scope: Scope, recording: UUID, at: datetime) -> Record:
    """Everything that was known of a recording at a time, re-created from what its rows became.

    17a-4(f)(2)(i)(A): the original record and its interim iterations. What a transaction wrote that was under way at
    `at` and ended later counts as written when it began.

    Raises:
        Hidden, Missing: no such recording within the scope, or not yet at that time. Refused: the scope may not prove.
        Invalid: the time lies ahead. Shredded: its key was destroyed.
    """
    facts = call(scope, recording)
    scope.require(Power.PROVE, facts.desk, subject=f"recording:{recording}")
    scope.require(Power.SEE, facts.desk, subject=f"recording:{recording}")
    if at > now():
        raise Invalid("That time lies ahead.", cure="Choose one that has passed.")
    standing = _standing(Past.objects.filter(recording=recording, at__lte=at).order_by("pk"))
    if not standing:
        raise Missing(
            f"At {at:%Y-%m-%d %H:%M:%S} UTC there was no such recording yet.", cure="Choose a later time."
        )
    return as_record(recording, at, standing)


def as_record(recording: UUID, at: datetime, rows: dict[str, dict[str, dict[str, Any]]]) -> Record:
    """Rows as a record: words opened, policies of that time beside them."""
    for state in rows.get(WORDS, {}).values():
        state["content"] = opened_content(recording, int(state["number"]), state["content"])
    policies = sorted((one.name, one.version, one.sha256) for one in in_force(at=at))
    return Record(recording=recording, at=at, rows=rows, policies=policies)


def became(scope: Scope, recording: UUID) -> list[Became]:
    """Every change of a record, the newest first. Raises as `record_as_of`."""
    facts = call(scope, recording)
    scope.require(Power.PROVE, facts.desk, subject=f"recording:{recording}")
    return list(_changes(Past.objects.filter(recording=recording).order_by("pk")))[::-1]


def _standing(rows: Iterable[Past]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row.gone:
            found.get(row.kind, {}).pop(row.row, None)
        else:
            found.setdefault(row.kind, {})[row.row] = row.state
    return {kind: some for kind, some in found.items() if some}


def _changes(rows: Iterable[Past]) -> Iterator[Became]:
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        place = (row.kind, row.row)
        old = before.get(place)
        if row.gone:
            deed, fields = "went", ()
            before.pop(place, None)
        else:
            deed = "came" if old is None else "changed"
            fields = tuple(sorted(name for name in row.state if old and old.get(name) != row.state[name]))
            before[place] = row.state
        yield Became(at=row.at, kind=row.kind, row=row.row, deed=deed, fields=fields)
