"""What two people let go is gone everywhere, with a receipt; what is held, dutiful or locked survives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from floor import Spoken, take_through

from surveillance.access.scope import Scope, combine
from surveillance.archive.models import Seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.folder import FolderStore
from surveillance.archive.stores.store import StoreAway
from surveillance.assurance.models import Incident
from surveillance.audit.models import Entry
from surveillance.audit.rows import strangers
from surveillance.capture.models import Party, Receipt, Recording
from surveillance.core.errors import Conflict, Hidden, Invalid, Refused
from surveillance.detection.models import Alert, Finding, Screening
from surveillance.indexing.services import Question, find
from surveillance.mentions.models import Mention
from surveillance.retention import carrying_out, receipts
from surveillance.retention.carrying_out import CarriedOut, carry_out, tell_overdue
from surveillance.retention.disposing import (
    approve_disposal,
    dry_run,
    prepare_disposal,
    refuse_disposal,
)
from surveillance.retention.holds import Terms, ask_release, place_hold, release_hold
from surveillance.retention.locking import follow_holds
from surveillance.retention.models import Disposal, DisposalItem, Hold
from surveillance.retention.services import keep_as_decided, set_profile
from surveillance.retention.told import Description
from surveillance.transcription.models import Version

LONG_AGO = datetime(2015, 3, 2, 9, 30, tzinfo=UTC)
OLD = Spoken(name="old", started_at=LONG_AGO, turns=((0, "the okapi is in the garden"), (1, "very well")))
YOUNG = Spoken(name="young", started_at=datetime.now(UTC) - timedelta(days=1), pitch=440.0)
GERMAN = Description(
    jurisdictions=frozenset({"DE"}), sectors=frozenset({"trading"}), classes=frozenset({"communication"})
)


@pytest.fixture
def records() -> Scope:
    return combine("records", [("records", "rates"), ("records", "fx")])


@pytest.fixture
def second() -> Scope:
    return combine("second", [("records", "rates"), ("records", "fx")])


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days after everything was sealed: the shortest lock has ended."""
    moment = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def old(desks: tuple[str, ...], records: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A call whose five years are over, sealed under the shortest lock, and a young one beside it."""
    set_profile(scope=records, desk="rates", description=GERMAN, reason="Frankfurt.")
    monkeypatch.setattr("floor.seal", lambda claim: _sealed(claim))
    recording = take_through(tmp_path, "rates", OLD)
    take_through(tmp_path, "rates", YOUNG)
    keep_as_decided()
    return recording


def _sealed(claim: object) -> None:
    from surveillance.pipeline import seal_as_decided

    seal_as_decided(claim)  # type: ignore[arg-type]


def prepared(records: Scope) -> int:
    return prepare_disposal(scope=records, reason="Yearly disposal.")


def approved(records: Scope, second: Scope) -> int:
    number = prepared(records)
    approve_disposal(scope=second, disposal=number, items_sha256=Disposal.objects.get().items_sha256)
    return number


def young() -> UUID:
    return Recording.objects.get(name="young.wav").pk


def test_what_two_people_let_go_is_gone_everywhere_and_a_stone_stays(
    old: UUID, records: Scope, second: Scope, later: None
) -> None:
    seal = Seal.objects.get(recording_id=old)
    shown = dry_run(records)
    assert [one.recording for one in shown.going] == [old]
    assert shown.overdue == 1
    number = approved(records, second)
    assert Recording.objects.filter(pk=old).exists()
    assert carry_out(disposal=number) == CarriedOut(gone=1, kept=0, left=0)
    assert not store().exists(seal.key)
    assert list(Recording.objects.values_list("pk", flat=True)) == [young()]
    for model in (Party, Receipt, Seal, Version, Screening, Alert):
        assert not model.objects.filter(recording_id=old).exists()
    assert not Finding.objects.filter(screening__recording_id=old).exists()
    assert not Mention.objects.filter(reading__recording_id=old).exists()
    assert find(scope=records, question=Question(query="okapi")).total == 0
    stone = DisposalItem.objects.get()
    assert (stone.recording, stone.sha256, stone.state, stone.cleared) == (old, seal.sha256, "gone", True)
    assert "MiFID II 2017/565 art. 76(10)" in stone.decision
    assert Entry.objects.filter(action="disposed", subject=f"recording:{old}").count() == 1
    assert list(strangers()) == []


def test_the_receipt_verifies_and_shows_bending(
    old: UUID, records: Scope, second: Scope, later: None
) -> None:
    carry_out(disposal=approved(records, second))
    receipt = Disposal.objects.get().receipt
    told = receipts.RECEIPT.read(receipt, receipts.RECEIPT.public_key())
    assert [one["recording"] for one in told["gone"]] == [str(old)]
    assert (told["prepared_by"], told["approved_by"]) == ("records", "second")
    for bent in (
        receipt.replace(str(old), str(young())),
        receipt.replace("second", "nobody"),
        receipt.replace("Yearly", "Daily"),
        receipt[:-10],
        "",
        receipt.replace("\n— ", "\n— A"),
    ):
        with pytest.raises(receipts.NoteBent):
            receipts.RECEIPT.read(bent, receipts.RECEIPT.public_key())
    with pytest.raises(receipts.NoteBent):
        receipts.RECEIPT.read(receipt, "AAAA" * 11)


def test_nobody_disposes_alone(old: UUID, records: Scope, second: Scope, later: None) -> None:
    number = prepared(records)
    sha256 = Disposal.objects.get().items_sha256
    with pytest.raises(Conflict, match="yourself"):
        approve_disposal(scope=records, disposal=number, items_sha256=sha256)
    with pytest.raises(Conflict, match="not the list"):
        approve_disposal(scope=second, disposal=number, items_sha256="0" * 64)
    assert carry_out(disposal=number).gone == 0
    assert store().exists(Seal.objects.get(recording_id=old).key)
    refuse_disposal(scope=second, disposal=number, reason="Not before the audit.")
    with pytest.raises(Conflict):
        approve_disposal(scope=second, disposal=number, items_sha256=sha256)
    assert carry_out(disposal=number).gone == 0


def test_a_held_recording_survives_disposal(old: UUID, records: Scope, second: Scope, later: None) -> None:
    hold = place_hold(scope=records, matter="Heron", reason="Subpoena.", terms=Terms(query="okapi"))
    shown = dry_run(records)
    assert (shown.going, dict(shown.why_staying)) == ((), {"held": 1})
    with pytest.raises(Invalid, match="Nothing may go"):
        prepared(records)
    follow_holds()
    ask_release(scope=records, hold=hold, reason="Settled.")
    release_hold(scope=second, hold=hold)
    follow_holds()
    assert carry_out(disposal=approved(records, second)).gone == 1


@pytest.mark.parametrize("moment", ["approved", "going", "asked"])
def test_a_hold_placed_during_disposal_wins(
    old: UUID, records: Scope, second: Scope, later: None, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = approved(records, second)

    def hold() -> int:
        return place_hold(
            scope=records, matter="Heron", reason="Subpoena.", terms=Terms(custodians=("alder",))
        )

    if moment == "approved":
        hold()
    elif moment == "going":
        assert carrying_out._taken_up(DisposalItem.objects.get().pk)
        hold()
    else:
        asked: Callable[[int], bool] = carrying_out._taken_up

        def between(item: int) -> bool:
            taken = asked(item)
            hold()
            return taken

        monkeypatch.setattr(carrying_out, "_taken_up", between)
    assert carry_out(disposal=number) == CarriedOut(gone=0, kept=1, left=0)
    assert store().exists(Seal.objects.get(recording_id=old).key)
    assert "legal hold" in DisposalItem.objects.get().kept_because
    told = receipts.RECEIPT.read(Disposal.objects.get().receipt, receipts.RECEIPT.public_key())
    assert (told["gone"], len(told["kept"])) == ([], 1)


def test_a_duty_that_came_in_between_wins(old: UUID, records: Scope, second: Scope, later: None) -> None:
    number = approved(records, second)
    description = replace(GERMAN, jurisdictions=frozenset({"US"}), sectors=frozenset({"swap_dealing"}))
    description = replace(description, instruments=frozenset({"swap"}), classes=frozenset({"minutes"}))
    set_profile(scope=records, desk="rates", description=description, reason="Sold.", effective_from=LONG_AGO)
    assert carry_out(disposal=number).kept == 1
    assert "end of the transaction" in DisposalItem.objects.get().kept_because


def test_compliance_refuses_before_the_lock_has_ended(old: UUID, records: Scope) -> None:
    shown = dry_run(records)
    assert dict(shown.why_staying) == {"locked": 1}
    with pytest.raises(Invalid, match="Nothing may go"):
        prepared(records)


def test_a_dead_store_delays_and_loses_nothing(
    old: UUID, records: Scope, second: Scope, later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = approved(records, second)

    def dead(*_: object) -> None:
        raise StoreAway("The store does not answer.", cure="Wait.")

    with monkeypatch.context() as away:
        away.setattr(FolderStore, "remove", dead)
        assert carry_out(disposal=number) == CarriedOut(
            gone=0, kept=0, left=1, away="The store does not answer."
        )
    assert Version.objects.filter(recording_id=old).exists()
    assert Disposal.objects.get().state == "approved"
    assert carry_out(disposal=number).gone == 1


class PowerCut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    "step",
    [
        "surveillance.archive.forgetting.remove_native",
        "surveillance.retention.carrying_out._forgotten",
        "surveillance.indexing.forgetting.forget",
        "surveillance.retention.carrying_out._conclude",
    ],
)
def test_killed_at_any_step_it_is_finished_by_the_next(
    old: UUID, records: Scope, second: Scope, later: None, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = approved(records, second)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as power:
        power.setattr(step, cut)
        with pytest.raises(PowerCut):
            carry_out(disposal=number)
    whole = Recording.objects.filter(pk=old).exists()
    assert (
        whole
        == Version.objects.filter(recording_id=old).exists()
        == Party.objects.filter(recording_id=old).exists()
    )
    carry_out(disposal=number)
    assert Disposal.objects.get().state == "done"
    assert DisposalItem.objects.get().state == "gone"
    assert not Recording.objects.filter(pk=old).exists()
    assert Entry.objects.filter(action="disposed").count() == 1


def test_a_disposal_reaches_no_further_than_the_desks_of_who_prepares_it(
    old: UUID, second: Scope, later: None
) -> None:
    fx = combine("fx-records", [("records", "fx")])
    shown = dry_run(fx)
    assert (shown.going, shown.staying, shown.elsewhere) == ((), (), 1)
    with pytest.raises(Refused):
        dry_run(combine("ann", [("officer", "rates")]))
    number = prepare_disposal(scope=second, reason="Yearly.")
    with pytest.raises(Hidden):
        approve_disposal(scope=fx, disposal=number, items_sha256=Disposal.objects.get().items_sha256)


def test_what_is_overdue_raises_an_incident_unless_a_hold_keeps_it(
    old: UUID, records: Scope, later: None
) -> None:
    assert tell_overdue() == 1
    assert "1 recordings are kept past their limit" in Incident.objects.get(kind="recordings overdue").title
    place_hold(scope=records, matter="Heron", reason="Subpoena.", terms=Terms(query="okapi"))
    assert Hold.objects.count() == 1
    assert tell_overdue() == 0
