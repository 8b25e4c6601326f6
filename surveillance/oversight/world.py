"""What the rooms below know of calls and people, for judging what was done to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from uuid import UUID

from surveillance.access.identities import known
from surveillance.access.scope import Scope, program
from surveillance.audit.selectors import Filter, entries
from surveillance.capture.calls import CallRow
from surveillance.capture.selectors import rows
from surveillance.capture.walls import is_behind
from surveillance.detection.selectors import alerted_among

ENOUGH = 200  # acts from which it is known when somebody works
RARELY = 0.005  # of their acts
AT_WORK = range(6, 21)  # hours of whom nothing is known yet, UTC


class Rooms:
    """The world as the rooms have it, for the acts of one day; asked for once."""

    def __init__(self, recordings: Iterable[str], *, since: datetime, until: datetime) -> None:
        self._recordings = {UUID(one) for one in recordings}
        self._since, self._until = since, until
        self._hours: dict[str, Counter[tuple[int, bool]]] = {}

    def alerted(self, recording: str) -> bool:
        return recording in self._alerted

    def people(self, recording: str) -> frozenset[str]:
        found = self._calls.get(UUID(recording))
        return frozenset(found.people) if found else frozenset()

    def names(self, actor: str) -> frozenset[frozenset[str]]:
        return frozenset(name for one in known([actor]) if one.why == "own" for name in one.names)

    def walled(self, actor: str, recording: str) -> bool:
        return is_behind(Scope(actor=actor), UUID(recording))

    def usual(self, actor: str, hour: int, weekend: bool) -> bool:
        if actor not in self._hours:
            before = entries(Filter(actor=actor, since=self._since, until=self._until))
            self._hours[actor] = Counter(
                (at.hour, at.weekday() >= 5) for at in before.values_list("at", flat=True)[:20_000]
            )
        worked = self._hours[actor]
        total = sum(worked.values())
        if total < ENOUGH:
            return not weekend and hour in AT_WORK
        return worked[hour, weekend] / total > RARELY

    @cached_property
    def _alerted(self) -> set[str]:
        return {str(one) for one in alerted_among(self._recordings)}

    @cached_property
    def _calls(self) -> dict[UUID, CallRow]:
        return rows(program("oversight"), self._recordings)
