"""A hold takes in what it asks for, now and later; the store obeys; two people release it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from floor import Spoken, claim, receive_call, say, take_through

from surveillance.access.scope import Scope, combine
from surveillance.archive.models import Seal
from surveillance.archive.services import seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.folder import FolderStore
from surveillance.archive.stores.store import Locked, StoreAway
from surveillance.audit.models import Entry
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.pipeline import index_and_hold, seal_as_decided
from surveillance.retention.holds import (
    Terms,
    ask_release,
    hold_again,
    hold_arrival,
    is_held,
    keep_hold,
    place_hold,
    release_hold,
    would_hold,
)
from surveillance.retention.locking import follow_holds
from surveillance.retention.models import Held, Hold, StoreHold

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
ANN = Spoken(name="ann", started_at=YESTERDAY, turns=((0, "the okapi is in the garden"), (1, "very well")))
CAT = Spoken(
    name="cat",
    people=("Cat Cedar", "Dan Doe"),
    numbers=("+49 1", "+49 2"),
    started_at=YESTERDAY,
    pitch=330.0,
)


@pytest.fixture
def records() -> Scope:
    return combine("records", [("records", "rates"), ("records", "fx")])


@pytest.fixture
def second() -> Scope:
    return combine("second", [("records", "rates"), ("records", "fx")])


@pytest.fixture
def ann(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    return take_through(tmp_path, "rates", ANN)


@pytest.fixture
def cat(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    return take_through(tmp_path, "fx", CAT)


def held_in_store(recording: UUID) -> bool:
    return store().stat(Seal.objects.get(recording_id=recording).key).held


def place(scope: Scope, terms: Terms, **more: bool) -> int:
    return place_hold(scope=scope, matter="Project Heron", reason="Subpoena.", terms=terms, **more)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(custodians=("Alder",)),
        Terms(query="okapi w/5 garden"),
        Terms(desks=("rates",), since=YESTERDAY - timedelta(days=1)),
        Terms(custodians=("Alder", "nobody here"), query="okapi", until=YESTERDAY + timedelta(days=1)),
    ],
)
def test_a_hold_takes_in_what_it_asks_for_and_the_store_obeys(
    ann: UUID, cat: UUID, records: Scope, terms: Terms
) -> None:
    assert would_hold(records, terms) == 1
    place(records, terms)
    assert (is_held(ann), is_held(cat)) == (True, False)
    assert not held_in_store(ann)
    followed = follow_holds()
    assert (followed.done, followed.waiting) == (1, 0)
    assert (held_in_store(ann), held_in_store(cat)) == (True, False)
    receipt = StoreHold.objects.get()
    assert receipt.seen_at is not None
    assert timedelta(0) <= receipt.seen_at - receipt.wanted_at < timedelta(seconds=60)
    assert follow_holds().done == 0
    with pytest.raises(Locked):
        store().remove(Seal.objects.get(recording_id=ann).key)


def test_a_hold_by_words_takes_in_what_says_them_later(ann: UUID, records: Scope, tmp_path: Path) -> None:
    place(records, Terms(query="okapi"))
    later = receive_call(tmp_path, "fx", replace(CAT, turns=((0, "an okapi again"), (1, "yes"))))
    seal_as_decided(claim(later, "archive"))
    say(later, replace(CAT, turns=((0, "an okapi again"), (1, "yes"))))
    assert not is_held(later)
    index_and_hold(claim(later, "indexing"))
    assert is_held(later)
    assert hold_arrival(recording=later) == 0
    follow_holds()
    assert held_in_store(later)


def test_a_hold_on_a_person_takes_in_a_call_the_moment_it_is_sealed(
    desks: tuple[str, ...], records: Scope, tmp_path: Path
) -> None:
    place(records, Terms(custodians=("cedar",)))
    place(records, Terms(custodians=("Dan Doe",)), forward=False)
    recording = receive_call(tmp_path, "fx", CAT)
    seal_as_decided(claim(recording, "archive"))
    assert Held.objects.filter(recording_id=recording).count() == 1


def test_what_slipped_past_its_arrival_is_taken_in_when_the_hold_is_matched_again(
    desks: tuple[str, ...], records: Scope, tmp_path: Path
) -> None:
    hold = place(records, Terms(custodians=("cedar",)))
    recording = receive_call(tmp_path, "fx", CAT)
    seal(claim(recording, "archive"))
    assert hold_again() == 1
    assert hold_again() == 0
    assert is_held(recording)
    assert Entry.objects.filter(action="hold matched again", subject=f"hold:{hold}").count() == 1


def test_two_people_release_a_hold_and_the_store_frees_the_object(
    ann: UUID, records: Scope, second: Scope
) -> None:
    hold = place(records, Terms(custodians=("alder",)))
    follow_holds()
    with pytest.raises(Conflict, match="Nobody asks"):
        release_hold(scope=second, hold=hold)
    ask_release(scope=records, hold=hold, reason="Settled.")
    with pytest.raises(Conflict, match="yourself"):
        release_hold(scope=records, hold=hold)
    assert is_held(ann)
    keep_hold(scope=second, hold=hold, reason="Not yet.")
    with pytest.raises(Conflict):
        release_hold(scope=second, hold=hold)
    ask_release(scope=records, hold=hold, reason="Settled.")
    assert release_hold(scope=second, hold=hold) == 1
    assert not is_held(ann)
    follow_holds()
    assert not held_in_store(ann)
    with pytest.raises(Conflict):
        release_hold(scope=second, hold=hold)
    assert Held.objects.count() == 1


def test_what_two_holds_keep_stays_held_when_one_is_released(
    ann: UUID, records: Scope, second: Scope
) -> None:
    hold = place(records, Terms(custodians=("alder",)))
    place(records, Terms(query="okapi"))
    follow_holds()
    ask_release(scope=second, hold=hold, reason="Settled.")
    assert release_hold(scope=records, hold=hold) == 0
    follow_holds()
    assert is_held(ann)
    assert held_in_store(ann)


def test_the_database_itself_refuses_a_release_by_one(ann: UUID, records: Scope) -> None:
    from django.db import IntegrityError, transaction

    hold = place(records, Terms(custodians=("alder",)))
    alone = {"released_by": "records", "release_asked_by": "records", "released_at": YESTERDAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.filter(pk=hold).update(**alone)


def test_a_dead_store_delays_a_lock_and_loses_none(
    ann: UUID, records: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(records, Terms(custodians=("alder",)))

    def dead(*_: object, **__: object) -> None:
        raise StoreAway("The store does not answer.", cure="Wait.")

    with monkeypatch.context() as away:
        away.setattr(FolderStore, "hold", dead)
        followed = follow_holds()
    assert (followed.done, followed.waiting, followed.away) == (0, 1, "The store does not answer.")
    assert is_held(ann)
    assert follow_holds().done == 1
    assert held_in_store(ann)


def test_a_worker_killed_in_the_middle_is_followed_by_another(ann: UUID, records: Scope) -> None:
    place(records, Terms(custodians=("alder",)))
    StoreHold.objects.update(taken_until=datetime.now(UTC) + timedelta(minutes=4))
    assert follow_holds().done == 0
    StoreHold.objects.update(taken_until=datetime.now(UTC) - timedelta(seconds=1))
    assert follow_holds().done == 1


def test_a_hold_reaches_no_further_than_who_places_it(ann: UUID, cat: UUID, second: Scope) -> None:
    rates = combine("rates-records", [("records", "rates")])
    assert would_hold(rates, Terms(since=YESTERDAY - timedelta(days=1))) == 1
    with pytest.raises(Refused):
        place(rates, Terms(desks=("fx",)))
    with pytest.raises(Refused):
        place(combine("ann", [("officer", "rates")]), Terms(custodians=("alder",)))
    hold = place(second, Terms(desks=("rates", "fx")))
    with pytest.raises(Hidden):
        ask_release(scope=rates, hold=hold, reason="Not mine.")


@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(custodians=("A",)),
        Terms(query="okapi and and"),
        Terms(since=YESTERDAY, until=YESTERDAY - timedelta(days=1)),
    ],
)
def test_terms_that_ask_for_nothing_or_too_much_are_refused(
    desks: tuple[str, ...], records: Scope, terms: Terms
) -> None:
    with pytest.raises(Invalid):
        place(records, terms)
    assert not Hold.objects.exists()
