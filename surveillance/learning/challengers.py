"""Registering a challenger, letting it score in the shadow, and moving it towards the gate or away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Transient
from surveillance.detection.grounds import ScreenedWords, screened_words
from surveillance.learning import challenging, selectors
from surveillance.learning.models import Challenger, Shadow, Standing
from surveillance.transcription.lines import transcript_of

ACTOR = "program:learning"
# A challenger is held over calls as they come in, and over those of the last weeks when it is new.
LOOK_BACK = timedelta(days=28)
# From where a challenger may go where.
MOVES = {
    Standing.SHADOW.value: (Standing.PROPOSED.value, Standing.WITHDRAWN.value),
    Standing.PROPOSED.value: (Standing.SHADOW.value, Standing.WITHDRAWN.value),
}


@transaction.atomic
def register_challenger(
    *, scope: Scope, name: str, kind: str, settings: Mapping[str, Any], reason: str
) -> int:
    """Let another way to screen run beside the champion. It stores what it would flag, and raises nothing.

    Raises:
        Refused: the scope does not propose changes. Invalid: no name or reason, or settings of no such challenger.
        Conflict: the name is taken.
    """
    scope.require(Power.PROPOSE, subject="challenger")
    if not name.strip() or not reason.strip():
        raise Invalid("Give it a name and say what it should do better.", cure="One sentence is enough.")
    sha256 = challenging.identity(kind, settings)
    if Challenger.objects.filter(name=name.strip()[:120]).exists():
        raise Conflict("There is a challenger of that name.", cure="Choose another.")
    row = Challenger.objects.create(
        name=name.strip()[:120],
        kind=kind,
        settings=dict(settings),
        sha256=sha256,
        reason=reason.strip(),
        registered_by=scope.actor,
        registered_at=now(),
    )
    record(
        actor=scope.actor,
        action="challenger registered",
        subject=f"challenger:{row.pk}",
        detail={"name": row.name, "kind": kind, "settings": dict(settings), "sha256": sha256},
    )
    return row.pk


@transaction.atomic
def move_challenger(*, scope: Scope, number: int, to: str, reason: str) -> None:
    """Propose a challenger for the gate, send it back into the shadow, or withdraw it.

    Nothing is put in force by this: a proposal is a mark that the change gate and people work from.

    Raises:
        Refused: the scope may not. Missing: there is none. Invalid: no reason. Conflict: it cannot go there.
    """
    scope.require(Power.PROPOSE, subject=f"challenger:{number}")
    row = selectors.challenger(number)
    if not reason.strip():
        raise Invalid("Say why.", cure="One sentence is enough.")
    if to not in MOVES.get(row.standing, ()):
        raise Conflict(
            "This challenger cannot go there.", cure="Reload the page.", subject=f"challenger:{number}"
        )
    if to == Standing.PROPOSED and not row.shadows.exists():
        raise Conflict(
            "It has scored no call yet.",
            cure="Let it run in the shadow first, so that there is something to judge it by.",
            subject=f"challenger:{number}",
        )
    row.standing, row.moved_by, row.moved_at, row.moved_because = to, scope.actor, now(), reason.strip()
    row.save()
    record(
        actor=scope.actor,
        action="challenger moved",
        subject=f"challenger:{number}",
        detail={"to": to, "reason": reason.strip()},
    )


def shadow(*, most: int = 50, until: datetime | None = None) -> int:
    """Let every challenger in the shadow score up to `most` calls it has not scored; how many it were.

    A challenger that cannot be made says so on its page and is tried again the next time.
    """
    end = until or now()
    scored = 0
    for row in Challenger.objects.exclude(standing=Standing.WITHDRAWN):
        calls = _unscored(row, end, most)
        if calls:
            scored += _scored(row, calls)
    if scored:
        record(actor=ACTOR, action="challengers scored", subject="challengers", detail={"calls": scored})
    return scored


def _unscored(row: Challenger, end: datetime, most: int) -> list[ScreenedWords]:
    done = set(row.shadows.values_list("screening", flat=True))
    calls = screened_words(since=end - LOOK_BACK, until=end + timedelta(seconds=1))
    return [call for call in calls if call.screening not in done][:most]


def _scored(row: Challenger, calls: list[ScreenedWords]) -> int:
    made = []
    fault = ""
    for call in calls:
        try:
            told = challenging.verdict(row.kind, row.settings, row.sha256, transcript_of(call.version))
        except (Transient, Invalid) as raised:
            fault = str(raised)
            break
        made.append(
            Shadow(
                challenger=row,
                screening=call.screening,
                recording_id=call.recording,
                version_id=call.version,
                desk=call.desk,
                champion=sorted(call.categories),
                challenged=sorted(told.categories),
                scores=dict(told.scores),
                at=now(),
            )
        )
    Shadow.objects.bulk_create(made, ignore_conflicts=True)
    if row.fault != fault:
        Challenger.objects.filter(pk=row.pk).update(fault=fault)
    return len(made)
