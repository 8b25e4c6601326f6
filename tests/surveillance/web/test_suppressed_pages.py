"""Noise and the second reader on the pages, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from floor import Spoken, take_through, write_policies
from visitors import Browse

from surveillance.audit.models import Entry
from surveillance.capture.models import Progress
from surveillance.core.clock import now
from surveillance.detection.models import Finding
from surveillance.noise.models import Recognition, Silenced
from surveillance.second_reader.models import Reading

pytestmark = pytest.mark.django_db

MENU = "for cards press one to report a smell of gas press two"


@pytest.fixture
def noisy(signed_in: Browse, tmp_path: Path) -> UUID:
    """A call on the rates desk in which a menu silences a finding and a person raises one."""
    settings.EARSHOT = replace(settings.EARSHOT, suppressed_share=100)
    write_policies(
        tmp_path / "policies",
        [("gas", "safety", '"smell of gas"'), ("quokka", "market_manipulation", "push w/3 quokka")],
    )
    spoken = Spoken(name="noisy", turns=((1, MENU), (0, "push the quokka")), pitch=777)
    return take_through(tmp_path, "rates", spoken)


def test_a_click_undoes_noise_sends_the_call_to_be_screened_and_another_takes_it_back(
    signed_in: Browse, noisy: UUID
) -> None:
    officer = signed_in("officer")
    shown = officer.get(f"/calls/{noisy}").content.decode()
    assert 'class="silenced" title="Telephone menu.' in shown
    number = Recognition.objects.get().pk
    assert officer.post(f"/noise/{number}/undoing")["Location"] == f"/calls/{noisy}#noise"
    assert Progress.objects.get(recording_id=noisy, stage="detection").state == "waiting"
    shown = officer.get(f"/calls/{noisy}").content.decode()
    assert 'class="silenced"' not in shown
    assert "Silence again" in shown
    assert officer.post(f"/noise/{number}/restoring").status_code == 302
    assert [
        entry.action for entry in Entry.objects.filter(action__startswith="noise").order_by("sequence")
    ] == [
        "noise recognised",
        "noise undone",
        "noise restored",
    ]


def test_whoever_may_not_listen_sees_counts_and_no_word(signed_in: Browse, noisy: UUID) -> None:
    auditor = signed_in("auditor")
    for address in (f"/calls/{noisy}", "/suppressed"):
        assert "smell of gas" not in auditor.get(address).content.decode()
    assert "Telephone menu" in auditor.get("/suppressed").content.decode()


def test_judging_on_the_page_is_recorded_and_a_wrong_silence_is_undone(
    signed_in: Browse, noisy: UUID
) -> None:
    officer = signed_in("officer")
    assert "Should have been heard" in officer.get("/suppressed").content.decode()
    answer = officer.post(
        f"/suppressed/{Silenced.objects.get().pk}/verdict", {"verdict": "wrongly", "note": "A man."}
    )
    assert answer["Location"] == "/suppressed"
    assert not Recognition.objects.get().standing
    assert Progress.objects.get(recording_id=noisy, stage="detection").state == "waiting"
    assert "A man." in officer.get("/suppressed?show=judged").content.decode()


def test_the_empty_list_says_what_it_is_for(signed_in: Browse) -> None:
    assert "No noise was recognised" in signed_in("officer").get("/suppressed").content.decode()


def test_what_a_machine_wrote_is_labelled_escaped_and_only_for_listeners(
    signed_in: Browse, noisy: UUID
) -> None:
    Reading.objects.create(
        finding=Finding.objects.get(),
        outcome="written",
        text="He says <b>push</b>.",
        quotes=["push the quokka"],
        model="tiny-7b",
        prompt_sha256="a" * 64,
        at=now(),
    )
    shown = signed_in("officer").get(f"/calls/{noisy}").content.decode()
    assert "written by a machine" in shown
    assert "tiny-7b" in shown
    assert "He says &lt;b&gt;push&lt;/b&gt;." in shown
    assert "tiny-7b" not in signed_in("auditor").get(f"/calls/{noisy}").content.decode()


def test_the_system_page_counts_noise_without_a_word_of_it(signed_in: Browse, noisy: UUID) -> None:
    shown = signed_in("admin").get("/system").content.decode()
    assert "Silenced as noise" in shown
    assert "Telephone menu" in shown
    assert "smell of gas" not in shown
