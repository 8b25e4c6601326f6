"""From a recording, its parties and the statements on file to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from policies.consent.decision import FOR_ONE, Decision, Participant, decide
from policies.consent.rules import Rule, load
from surveillance.capture.calls import PartyRow
from surveillance.capture.withholding import Standing
from surveillance.consent.models import Statement, StatementKind
from surveillance.consent.places import normal_number, places
from surveillance.consent.told import Notice


def decision_on(recording: Standing, notice: Notice | None) -> Decision:
    """What the law asks of this call, and whether the evidence meets it."""
    people = [_participant(party, recording) for party in recording.parties]
    everybody = [
        kind for kind, there in (("recorder", recording.notice == "given"), ("heard", notice)) if there
    ]
    unknown = Rule[settings.EARSHOT.consent_unknown]
    return decide(people, law=load(), everybody=everybody, unknown=unknown)


def _participant(party: PartyRow, recording: Standing) -> Participant:
    found = _standing(party.person, party.number or party.line, recording.started_at)
    withdrawn = bool(found) and found[0].kind == StatementKind.WITHDRAWAL
    kinds = {one.kind for one in found}
    return Participant(
        name=party.name,
        places=places(number=party.number, line=party.line, employer=party.employer, desk=recording.desk),
        evidence=() if withdrawn else tuple(kind for kind in FOR_ONE if kind in kinds),
        withdrawn=withdrawn,
    )


def _standing(person: str, number: str, at: datetime) -> Sequence[Statement]:
    """What stood for somebody when the call began, the newest first; a withdrawal puts what was before out of force."""
    mine = Q(pk__in=[])
    if person:
        mine |= Q(person__iexact=person, number="")
    if number:
        mine |= Q(number=normal_number(number))
    rows = Statement.objects.filter(
        mine,
        Q(until__isnull=True) | Q(until__gt=at),
        since__lte=at,
        kind__in=[*FOR_ONE, StatementKind.WITHDRAWAL],
    )
    found = sorted(rows, key=lambda one: (one.since, one.pk), reverse=True)
    last = next((nth for nth, one in enumerate(found) if one.kind == StatementKind.WITHDRAWAL), None)
    return found if last is None else found[: max(last, 1)]
