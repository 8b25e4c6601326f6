"""Conflict walls: nobody sees their own call, their manager's, or one they are named in — whatever their role.

One row a recording and user, made when either arrives, so that every list is narrowed by one look at an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from surveillance.access.identities import Known, known
from surveillance.access.scope import Scope
from surveillance.audit.services import record
from surveillance.capture.models import Party, Wall

NAMED = "named"
ACTOR = "program:walls"


def beyond(scope: Scope, path: str = "pk") -> Q:
    """A filter that leaves out what lies behind a wall; `path` leads to the recording's id."""
    return ~Q(Exists(Wall.objects.filter(recording=OuterRef(path), username=scope.actor)))


def is_behind(scope: Scope, recording: UUID) -> bool:
    """Does a wall stand between the asker and this recording?"""
    return Wall.objects.filter(recording_id=recording, username=scope.actor).exists()


def behind(scope: Scope) -> frozenset[str]:
    """The ids of all that lies behind the asker's walls, for an index."""
    rows = Wall.objects.filter(username=scope.actor).values_list("recording_id", flat=True)
    return frozenset(map(str, rows))


def raise_for_call(recording: UUID) -> int:
    """Raise the walls of a call that has arrived, against everybody who is on it; how many."""
    parties = list(Party.objects.filter(recording_id=recording))
    against = [
        (one.username, one.why)
        for one in known()
        if any(one.is_party(person=p.person, number=p.number, line=p.line) for p in parties)
    ]
    return _raised((recording, username, why) for username, why in against)


def raise_for_named(recording: UUID, names: Iterable[str]) -> int:
    """Raise the walls of a call whose words name somebody; how many."""
    told = list(names)
    against = [one.username for one in known() if any(one.is_named(name) for name in told)]
    return _raised((recording, username, NAMED) for username in against)


@transaction.atomic
def raise_for_user(*, username: str, actor: str) -> int:
    """Raise a user's walls anew, as after a name or a manager was entered; how many stand. Those by words stay."""
    Wall.objects.filter(username=username).exclude(why=NAMED).delete()
    for one in known([username]):
        _raised((recording, username, one.why) for recording in calls_of(one))
    many = Wall.objects.filter(username=username).count()
    record(actor=actor, action="walls raised", subject=f"user:{username}", detail={"calls": many})
    return many


def calls_of(one: Known) -> set[UUID]:
    """Calls that somebody is on; for rooms. The database narrows by the longest word or a number's end, we decide."""
    near = Q(pk__in=[])
    for name in one.names:
        near |= Q(person__icontains=max(name, key=len))
    for number in one.numbers:
        end = number[-4:]
        near |= Q(number__icontains=end) | Q(line__icontains=end) | Q(person__iexact=number)
    rows = Party.objects.filter(near).values_list("recording_id", "person", "number", "line")
    return {
        recording
        for recording, person, number, line in rows.iterator(chunk_size=2000)
        if one.is_party(person=person, number=number, line=line)
    }


def _raised(wanted: Iterable[tuple[UUID, str, str]]) -> int:
    rows = [Wall(recording_id=recording, username=username, why=why) for recording, username, why in wanted]
    Wall.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)
