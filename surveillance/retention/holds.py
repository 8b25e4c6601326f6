"""Legal holds: placed by one person, released by two, reaching what arrives later where they look forward."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction

from search.query import Query
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.forgetting import pinned
from surveillance.capture.origins import Wanted, calls_wanted
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid, Missing
from surveillance.indexing.services import parsed
from surveillance.indexing.standing import all_found, says
from surveillance.retention.models import Held, Hold, StoreHold

ACTOR = "program:retention"
BATCH = 2000
# After it was placed a hold is matched again for a while: what was under way in that moment slips through nowhere.
SETTLING = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a hold asks for; all of it must meet. No desks: every desk on which the asker may place holds."""

    desks: tuple[str, ...] = ()
    custodians: tuple[str, ...] = ()
    query: str = ""
    since: datetime | None = None
    until: datetime | None = None


def would_hold(scope: Scope, terms: Terms) -> int:
    """How many recordings a hold would take in now.

    Raises:
        Refused: the scope may not. Invalid: the terms ask for nothing, or do not parse. Transient: the index is away.
    """
    desks, query = _checked(scope, terms)
    return sum(1 for _ in _met(_wanted(terms, desks), query))


@transaction.atomic
def place_hold(*, scope: Scope, matter: str, reason: str, terms: Terms, forward: bool = True) -> int:
    """Hold everything that meets the terms, from this moment; the number of the hold. The store follows.

    Raises:
        Refused: the scope may not, on one of the desks. Invalid: no matter, no reason, no terms. Transient, Broken:
        the index is away, or has lost recordings: a hold on half of what matters is none.
    """
    desks, query = _checked(scope, terms)
    if not matter.strip() or not reason.strip():
        raise Invalid(
            "A hold names its matter and says why.", cure="For instance: Project Heron, subpoena of 3 May."
        )
    row = Hold.objects.create(
        matter=matter.strip()[:120],
        reason=reason.strip()[:4000],
        desks=sorted(desks or ()),
        every_desk=desks is None,
        custodians=list(terms.custodians),
        query=terms.query.strip(),
        since=terms.since,
        until=terms.until,
        forward=forward,
        placed_by=scope.actor,
        placed_at=now(),
    )
    many, digest = _take_in(row, _met(_wanted(terms, desks), query))
    record(
        actor=scope.actor,
        action="hold placed",
        subject=f"hold:{row.pk}",
        detail={
            "matter": row.matter,
            "reason": row.reason,
            "desks": row.desks or "every desk",
            "custodians": row.custodians,
            "query": row.query,
            "since": row.since,
            "until": row.until,
            "forward": forward,
            "recordings": many,
            "recordings_sha256": digest,
        },
    )
    return row.pk


@transaction.atomic
def ask_release(*, scope: Scope, hold: int, reason: str) -> None:
    """Ask that a hold be released; another person decides.

    Raises:
        Hidden, Missing: out of reach. Invalid: no reason. Conflict: it is released, or release was asked already.
    """
    row = _reached(scope, hold)
    if row.released_at or row.release_asked_by:
        raise Conflict("The release of this hold was asked for already.", cure="Somebody else decides on it.")
    if not reason.strip():
        raise Invalid("Say why the hold may go.", cure="For instance: settled, letter of 4 June.")
    row.release_asked_by, row.release_asked_at = scope.actor, now()
    row.release_reason = reason.strip()[:4000]
    row.save()
    detail = {"matter": row.matter, "reason": row.release_reason}
    record(actor=scope.actor, action="release of hold asked", subject=f"hold:{hold}", detail=detail)


@transaction.atomic
def keep_hold(*, scope: Scope, hold: int, reason: str) -> None:
    """Turn a release down, or take one's own request back: the hold stands as before.

    Raises:
        Hidden, Missing: out of reach. Invalid: no reason. Conflict: nobody asked, or it is released.
    """
    row = _reached(scope, hold)
    if row.released_at or not row.release_asked_by:
        raise Conflict("Nobody asks for the release of this hold.", cure="It stands.")
    if not reason.strip():
        raise Invalid("Say why the hold stays.", cure="One sentence is enough.")
    detail = {"asked_by": row.release_asked_by, "reason": reason.strip()[:4000]}
    row.release_asked_by, row.release_asked_at, row.release_reason = "", None, ""
    row.save()
    record(actor=scope.actor, action="release of hold turned down", subject=f"hold:{hold}", detail=detail)


@transaction.atomic
def release_hold(*, scope: Scope, hold: int) -> int:
    """Release a hold whose release somebody else asked for; how many recordings are free of every hold now.

    Raises:
        Hidden, Missing: out of reach. Conflict: nobody asked, it is released, or the asker is the same person.
    """
    row = _reached(scope, hold)
    if row.released_at or not row.release_asked_by:
        raise Conflict(
            "Nobody asks for the release of this hold.", cure="Ask for it; another person decides."
        )
    # Two people: what one hand placed or asked to lift, the same hand does not lift (Citi: 2.77 million files).
    if row.release_asked_by == scope.actor:
        raise Conflict(
            "You asked for this release yourself.", cure="Another person who may hold decides on it."
        )
    row.released_by, row.released_at = scope.actor, now()
    row.save()
    free = _free(row)
    record(
        actor=scope.actor,
        action="hold released",
        subject=f"hold:{hold}",
        detail={"matter": row.matter, "asked_by": row.release_asked_by, "recordings_free": free},
    )
    return free


@transaction.atomic
def hold_arrival(*, recording: UUID) -> int:
    """Take a recording in under every standing hold that asks for it; by how many it was taken in anew."""
    taken = []
    for row in Hold.objects.filter(released_at__isnull=True).exclude(held__recording_id=recording):
        wanted, query = _of(row)
        if any(True for _ in calls_wanted(wanted, recording=recording)) and (
            query is None or says(recording, query)
        ):
            many, _ = _take_in(row, calls_wanted(wanted, recording=recording))
            taken += [row.pk] * many
    if taken:
        detail = {"holds": taken}
        record(actor=ACTOR, action="held on arrival", subject=f"recording:{recording}", detail=detail)
    return len(taken)


def hold_again(*, every: bool = False) -> int:
    """Match standing holds again, those placed a while ago only with `every`; how many recordings came in."""
    rows = Hold.objects.filter(released_at__isnull=True)
    if not every:
        rows = rows.filter(placed_at__gte=now() - SETTLING)
    return sum(_matched_again(row.pk) for row in rows.order_by("pk"))


@transaction.atomic
def _matched_again(hold: int) -> int:
    row = Hold.objects.select_for_update().get(pk=hold)
    if row.released_at:
        return 0
    wanted, query = _of(row)
    known = set(row.held.values_list("recording_id", flat=True))
    many, digest = _take_in(row, (found for found in _met(wanted, query) if found[0] not in known))
    if many:
        detail = {"recordings": many, "recordings_sha256": digest}
        record(actor=ACTOR, action="hold matched again", subject=f"hold:{hold}", detail=detail)
    return many


def is_held(recording: UUID) -> bool:
    """Does any hold stand on it? For rooms, never a door."""
    return Held.objects.filter(recording_id=recording, hold__released_at__isnull=True).exists()


def _take_in(row: Hold, found: Iterable[tuple[UUID, str]]) -> tuple[int, str]:
    """How many were taken in, and the SHA-256 over their ids in order."""
    many, digest, at = 0, hashlib.sha256(), now()
    left: Iterator[tuple[UUID, str]] = iter(found)
    while batch := list(islice(left, BATCH)):
        # What a disposal has at hand in this moment is waited for: it goes, or it stays and is held.
        there = pinned(recording for recording, _ in batch)
        some = [found for found in batch if found[0] in there]
        Held.objects.bulk_create(
            [Held(hold=row, recording_id=recording, desk=desk, at=at) for recording, desk in some]
        )
        _want([recording for recording, _ in some], on=True, at=at)
        for recording, _ in some:
            digest.update(recording.bytes)
        many += len(some)
    return many, digest.hexdigest()


def _want(recordings: list[UUID], *, on: bool, at: datetime) -> None:
    """Say what the store's holds are to be. Rows are locked until the deed ends: what runs beside it waits."""
    rows = StoreHold.objects.select_for_update().filter(recording_id__in=recordings)
    there = {row.recording_id for row in rows}
    StoreHold.objects.filter(recording_id__in=there, wanted=not on).update(
        wanted=on, wanted_at=at, fault="", tries=0
    )
    StoreHold.objects.bulk_create(
        [StoreHold(recording_id=one, wanted=on, wanted_at=at) for one in recordings if one not in there]
    )


def _free(row: Hold) -> int:
    others = Held.objects.filter(hold__released_at__isnull=True).exclude(hold=row).values("recording_id")
    free = (
        row.held.exclude(recording_id__in=others)
        .order_by("recording_id")
        .values_list("recording_id", flat=True)
    )
    many, at, left = 0, now(), iter(list(free))
    while some := list(islice(left, BATCH)):
        _want(some, on=False, at=at)
        many += len(some)
    return many


def _checked(scope: Scope, terms: Terms) -> tuple[frozenset[str] | None, Query | None]:
    """The desks a hold reaches (None: every one) and its query."""
    scope.require(Power.HOLD)
    for desk in terms.desks:
        scope.require(Power.HOLD, desk)
    parts = [part.strip() for part in terms.custodians]
    if any(len(part) < 3 for part in parts):
        raise Invalid(
            "A custodian is named by three letters or figures at least.", cure="Give the whole name."
        )
    query = parsed(terms.query)
    if not (parts or query or terms.desks or terms.since or terms.until):
        raise Invalid("The hold asks for nothing.", cure="Name people, words, desks or a span of days.")
    if terms.since and terms.until and terms.until <= terms.since:
        raise Invalid("The span ends before it begins.", cure="Choose a later end.")
    reach = scope.desks(Power.HOLD)
    if terms.desks:
        return frozenset(terms.desks), query
    return (None if reach.every else reach.slugs), query


def _wanted(terms: Terms, desks: frozenset[str] | None) -> Wanted:
    people = tuple(part.strip() for part in terms.custodians)
    return Wanted(desks=desks, people=people, since=terms.since, until=terms.until)


def _of(row: Hold) -> tuple[Wanted, Query | None]:
    wanted = Wanted(
        desks=None if row.every_desk else frozenset(row.desks),
        people=tuple(row.custodians),
        since=row.since,
        until=row.until,
        received_until=None if row.forward else row.placed_at,
    )
    return wanted, parsed(row.query)


def _met(wanted: Wanted, query: Query | None) -> Iterator[tuple[UUID, str]]:
    if query is None:
        return calls_wanted(wanted)
    said = set(all_found(query, desks=wanted.desks))
    return (found for found in calls_wanted(wanted) if found[0] in said)


def _reached(scope: Scope, hold: int) -> Hold:
    """The row, locked. A hold is reached by whoever may hold on all of its desks."""
    scope.require(Power.HOLD)
    row = Hold.objects.select_for_update().filter(pk=hold).first()
    if row is None:
        raise Missing("There is no such hold.", cure="Check its number.")
    reach = scope.desks(Power.HOLD)
    if not (reach.every or (not row.every_desk and all(desk in reach for desk in row.desks))):
        raise Hidden("There is no such hold.", cure="Check its number.", subject=f"hold:{hold}")
    return row
