"""Reading until when recordings are kept, each person within their desks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from policies.retention import Rule
from surveillance.access.scope import Power, Scope
from surveillance.capture.origins import origin
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.retention.deciding import decision_on, lock_until, rules
from surveillance.retention.models import Demand, Keeping, Profile
from surveillance.retention.told import Bar, DemandRow, Description, Kept, ProfileRow


def kept(scope: Scope, recording: UUID) -> Kept | None:
    """Until when a recording is kept, and why; None before it was decided for the first time.

    Raises:
        Hidden, Missing: no such recording within the scope.
    """
    call(scope, recording)
    row = Keeping.objects.filter(recording_id=recording).first()
    if row is None:
        return None
    return Kept(
        recording=recording,
        words=row.words,
        keep_until=row.keep_until,
        open_ended=row.open_ended,
        undecided=row.undecided,
        must_go_at=row.must_go_at,
        accessible_until=row.accessible_until,
        duties=tuple(_bar(one) for one in row.because),
        limit=_bar(row.limit) if row.limit else None,
        locked_until=row.locked_until,
        decided_at=row.decided_at,
    )


def profiles(scope: Scope, desk: str = "") -> list[ProfileRow]:
    """The versions of the desks' profiles within the scope, the newest of each desk first."""
    reach = scope.desks(Power.SEE)
    found = Profile.objects.select_related("desk").order_by("desk__slug", "-effective_from", "-pk")
    if desk:
        found = found.filter(desk__slug=desk)
    return [_profile(row) for row in found if row.desk.slug in reach]


def demands(scope: Scope) -> list[DemandRow]:
    """What authorities asked, on the desks within the scope, newest first."""
    reach = scope.desks(Power.SEE)
    found = Demand.objects.select_related("desk").order_by("-pk")
    return [
        DemandRow(
            rule=row.rule,
            desk=row.desk.slug,
            since=row.since,
            until=row.until,
            authority=row.authority,
            reference=row.reference,
            entered_by=row.entered_by,
            entered_at=row.entered_at,
        )
        for row in found
        if row.desk.slug in reach
    ]


def schedule() -> tuple[Rule, ...]:
    """The rules themselves: law, and no secret."""
    return rules().rules


def first_lock(recording: UUID) -> datetime | None:
    """Until when a recording about to be sealed is to be locked; None where no rule says a day. For the pipeline."""
    row = origin(recording)
    return lock_until(decision_on(row), now()) if row else None


def _bar(told: Mapping[str, Any]) -> Bar:
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    return Bar(rule=told["rule"], citation=told["citation"], words=told["words"], until=until)


def _profile(row: Profile) -> ProfileRow:
    return ProfileRow(
        desk=row.desk.slug,
        desk_name=row.desk.name,
        effective_from=row.effective_from,
        description=Description(
            jurisdictions=frozenset(row.jurisdictions),
            sectors=frozenset(row.sectors),
            instruments=frozenset(row.instruments),
            classes=frozenset(row.classes),
        ),
        set_by=row.set_by,
        set_at=row.set_at,
        reason=row.reason,
    )
