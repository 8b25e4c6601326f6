"""Until when a call is kept follows its desk, the rules and what came to pass; the store's lock follows that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from floor import Spoken, claim, receive_call

from surveillance.access.scope import Scope, combine
from surveillance.archive.models import Seal
from surveillance.archive.services import seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.folder import FolderStore
from surveillance.archive.stores.store import Locked, StoreAway
from surveillance.audit.models import Entry
from surveillance.core.errors import Invalid, Missing, Refused
from surveillance.pipeline import seal_as_decided
from surveillance.retention.models import Keeping, Profile
from surveillance.retention.selectors import kept, profiles
from surveillance.retention.services import (
    decide_keeping,
    enter_demand,
    file_recording,
    keep_as_decided,
    set_profile,
)
from surveillance.retention.told import Ask, Description, Kept

TODAY = datetime.now(UTC).replace(hour=9, minute=30, second=0, microsecond=0) - timedelta(days=1)
CALL = Spoken(name="call", started_at=TODAY)
GERMAN = Description(
    jurisdictions=frozenset({"DE"}), sectors=frozenset({"trading"}), classes=frozenset({"communication"})
)
SWISS = Description(
    jurisdictions=frozenset({"CH"}), sectors=frozenset({"trading"}), classes=frozenset({"communication"})
)


@pytest.fixture
def records() -> Scope:
    return combine("records", [("records", "rates")])


def asked(rule: str) -> Ask:
    day = timedelta(days=1)
    return Ask(
        rule=rule, desk="rates", since=TODAY - day, until=TODAY + day, authority="BaFin", reference="WA 24"
    )


def year_of(told: Kept | None) -> int:
    assert told is not None
    assert told.keep_until is not None
    return told.keep_until.year


def test_sealing_takes_the_first_date_from_the_duty(
    desks: tuple[str, ...], records: Scope, tmp_path: Path
) -> None:
    set_profile(scope=records, desk="rates", description=SWISS, reason="Zurich.")
    recording = receive_call(tmp_path, "rates", CALL)
    seal_as_decided(claim(recording, "archive"))
    assert Seal.objects.get().retain_until.year == TODAY.year + 2
    assert keep_as_decided().faults == {}
    told = kept(records, recording)
    assert told is not None
    assert told.locked_until == Seal.objects.get().retain_until
    assert "FINMA" in told.words
    assert [bar.rule for bar in told.duties] == ["ch.finsa-recording"]


@pytest.fixture
def sealed(desks: tuple[str, ...], records: Scope, tmp_path: Path) -> UUID:
    set_profile(scope=records, desk="rates", description=SWISS, reason="Zurich.")
    recording = receive_call(tmp_path, "rates", CALL)
    seal_as_decided(claim(recording, "archive"))
    keep_as_decided()
    return recording


def test_a_longer_duty_makes_the_lock_longer_and_a_shorter_one_never_shortens_it(
    sealed: UUID, records: Scope
) -> None:
    since = TODAY - timedelta(days=1)
    set_profile(scope=records, desk="rates", description=GERMAN, reason="Moved.", effective_from=since)
    assert Keeping.objects.get().stale
    keep_as_decided()
    assert year_of(kept(records, sealed)) == TODAY.year + 5
    key = Seal.objects.get().key
    assert store().stat(key).retain_until.year == TODAY.year + 5
    later = TODAY - timedelta(hours=1)
    set_profile(scope=records, desk="rates", description=SWISS, reason="Back.", effective_from=later)
    keep_as_decided()
    assert year_of(kept(records, sealed)) == TODAY.year + 2
    assert store().stat(key).retain_until.year == TODAY.year + 5
    with pytest.raises(Locked):
        store().remove(key)


def test_seven_years_where_the_authority_asked_for_them(sealed: UUID, records: Scope) -> None:
    since = TODAY - timedelta(days=1)
    set_profile(scope=records, desk="rates", description=GERMAN, reason="Moved.", effective_from=since)
    enter_demand(scope=records, ask=asked("eu.mifid2-art-76-request"))
    keep_as_decided()
    assert year_of(kept(records, sealed)) == TODAY.year + 7
    assert store().stat(Seal.objects.get().key).retain_until.year == TODAY.year + 7
    with pytest.raises(Invalid, match="not known"):
        enter_demand(scope=records, ask=asked("eu.mifid2-art-76"))
    with pytest.raises(Invalid, match="authority"):
        enter_demand(scope=records, ask=replace(asked("eu.mifid2-art-76-request"), reference=" "))


def test_a_near_miss_is_filed_and_decided_anew(sealed: UUID, records: Scope) -> None:
    since = TODAY - timedelta(days=1)
    set_profile(scope=records, desk="rates", description=GERMAN, reason="Moved.", effective_from=since)
    file_recording(scope=records, recording=sealed, classes=["near_miss"], events={}, reason="No STOR.")
    keep_as_decided()
    told = kept(records, sealed)
    assert told is not None
    assert "MAR 596/2014" in told.words
    with pytest.raises(Invalid, match="not known"):
        file_recording(scope=records, recording=sealed, classes=["gossip"], events={}, reason="No.")


def test_a_desk_without_a_profile_is_kept_by_the_houses_days(
    desks: tuple[str, ...], records: Scope, tmp_path: Path
) -> None:
    recording = receive_call(tmp_path, "rates", CALL)
    seal_as_decided(claim(recording, "archive"))
    assert Seal.objects.get().retain_until > TODAY + timedelta(days=1800)
    keep_as_decided()
    told = kept(records, recording)
    assert told is not None
    assert told.undecided


def test_a_dead_store_loses_no_lock(
    desks: tuple[str, ...], records: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = receive_call(tmp_path, "rates", CALL)
    seal(claim(recording, "archive"), retain_until=TODAY)
    set_profile(scope=records, desk="rates", description=GERMAN, reason="Bonds.")

    def dead(*_: object) -> None:
        raise StoreAway("The store does not answer.", cure="Wait.")

    with monkeypatch.context() as away:
        away.setattr(FolderStore, "retain", dead)
        swept = keep_as_decided()
        assert (swept.locked, swept.waiting) == (0, 1)
        assert str(recording) in swept.faults
        assert Seal.objects.get().retain_until < TODAY + timedelta(days=3)
    assert keep_as_decided().locked == 1
    assert store().stat(Seal.objects.get().key).retain_until.year == TODAY.year + 5
    assert Entry.objects.filter(action="lock extended", subject=f"recording:{recording}").count() == 1


def test_deciding_twice_says_the_same_and_writes_one_entry(sealed: UUID) -> None:
    assert decide_keeping(recording=sealed) is False
    assert Entry.objects.filter(action="keeping decided").count() == 1
    with pytest.raises(Missing):
        decide_keeping(recording=UUID(int=1))


def test_only_who_may_dispose_says_what_a_desk_is(desks: tuple[str, ...], records: Scope) -> None:
    with pytest.raises(Refused):
        set_profile(scope=records, desk="fx", description=GERMAN, reason="Not mine.")
    with pytest.raises(Refused):
        set_profile(
            scope=combine("ann", [("officer", "rates")]), desk="rates", description=GERMAN, reason="No."
        )
    for wrong in (replace(GERMAN, sectors=frozenset({"poetry"})), Description()):
        with pytest.raises(Invalid):
            set_profile(scope=records, desk="rates", description=wrong, reason="Wrong.")
    with pytest.raises(Invalid, match="why"):
        set_profile(scope=records, desk="rates", description=GERMAN, reason=" ")
    assert not Profile.objects.exists()


def test_profiles_are_seen_within_the_desks(sealed: UUID, fx_officer: Scope, rates_officer: Scope) -> None:
    assert profiles(fx_officer) == []
    assert [row.desk for row in profiles(rates_officer)] == ["rates"]
    with pytest.raises(Refused):
        kept(fx_officer, sealed)
