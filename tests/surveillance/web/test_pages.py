"""The pages without a browser: what they show, to whom, and what they put on record."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from floor import screened_again, write_policies
from pytest_django import Settings
from visitors import PASSWORD, Browse

from surveillance.access.scope import program
from surveillance.audit.models import Entry
from surveillance.capture.models import Receipt
from surveillance.capture.selectors import quarantine

pytestmark = pytest.mark.django_db


def _text(client: Client, address: str, **more: str) -> str:
    return client.get(address, **more).content.decode()


def test_a_wrong_name_and_a_wrong_password_are_told_alike(signed_in: Browse) -> None:
    told = {
        re.sub(r'value="[^"]*"|content="[^"]*"|X-CSRFToken[^}]*', "", answer.content.decode())
        for username, password in (("officer", "wrong"), ("nobody-here", "wrong"))
        for answer in [Client().post("/sign-in", {"username": username, "password": password})]
    }
    assert len(told) == 1


def test_five_wrong_passwords_lock_the_door_even_for_the_right_one(signed_in: Browse) -> None:
    client = Client()
    for _ in range(5):
        answer = client.post("/sign-in", {"username": "officer", "password": "wrong"})
    assert "Locked" in answer.content.decode()
    assert client.post("/sign-in", {"username": "officer", "password": PASSWORD}).status_code == 429


def test_signed_out_one_is_sent_to_the_sign_in_and_back(signed_in: Browse, recording: UUID) -> None:
    answer = Client().get(f"/calls/{recording}?t=1.5")
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in?next=/calls/{recording}%3Ft%3D1.5"


def test_a_form_from_elsewhere_and_an_address_of_nothing_are_answered_by_pages_of_ours(
    signed_in: Browse,
) -> None:
    strict = Client(enforce_csrf_checks=True)
    for answer, status, told in (
        (strict.post("/sign-in", {"username": "officer"}), 403, "You may not do this."),
        (strict.get("/no/such/page"), 404, "There is no such page."),
    ):
        assert answer.status_code == status
        assert f"<title>{told} · Earshot</title>" in answer.content.decode()
        assert "Back to the start" in answer.content.decode()


def test_the_start_page_is_the_first_that_the_role_opens(signed_in: Browse) -> None:
    assert signed_in("officer").get("/")["Location"] == "/queue"
    assert signed_in("admin").get("/")["Location"] == "/intake"


def test_a_call_shows_people_words_findings_seal_and_asks_for_a_decision(
    signed_in: Browse, recording: UUID
) -> None:
    shown = _text(signed_in("officer"), f"/calls/{recording}")
    for part in (
        "Ann Alder",
        "Ben Birch",
        "quokka",
        "conduct.quokka",
        "MAR art. 16",
        "SHA-256",
        "No concern",
    ):
        assert part in shown
    assert '<mark class="hit cat-market_manipulation"' in shown
    assert (
        Entry.objects.filter(action="viewed", actor="officer", subject=f"recording:{recording}").count() == 1
    )


def test_an_alert_still_shows_what_it_was_raised_for_when_the_policies_find_nothing_any_more(
    signed_in: Browse, recording: UUID, tmp_path: Path
) -> None:
    officer, told = signed_in("officer"), "policies in force now find nothing"
    assert told not in _text(officer, f"/calls/{recording}")
    write_policies(tmp_path / "policies", [("quokka", "market_manipulation", "unheard")])
    screened_again(recording)
    shown = _text(officer, f"/calls/{recording}")
    assert told in shown
    assert "conduct.quokka" in shown
    assert '<mark class="hit cat-market_manipulation"' in shown


def test_words_from_a_recording_are_text_and_never_markup(signed_in: Browse, recording: UUID) -> None:
    assert "<b>push</b>" not in _text(signed_in("officer"), f"/calls/{recording}")
    assert "<b>push</b>" not in _text(signed_in("officer"), "/search?q=quokka")


def test_whoever_may_see_and_not_listen_gets_facts_without_sound_or_words(
    signed_in: Browse, recording: UUID
) -> None:
    shown = _text(signed_in("auditor"), f"/calls/{recording}")
    assert "Your role does not listen" in shown
    assert "twenty five more" not in shown
    assert "<audio" not in shown
    assert "MAR art. 16" in shown


def test_whoever_may_not_listen_reads_no_word_that_was_said_on_call_or_queue(
    signed_in: Browse, recording: UUID
) -> None:
    for address in (f"/calls/{recording}", "/queue"):
        assert "quokka" in _text(signed_in("officer"), address)
        told = _text(signed_in("auditor"), address)
        assert "Market manipulation" in told
        assert "the quokka" not in told
        assert "“" not in told


def test_the_tabs_of_the_queue_count_what_waits_in_each(signed_in: Browse, recording: UUID) -> None:
    shown = _text(signed_in("officer"), "/queue")
    assert re.findall(r'class="count num">(\d+)<', shown) == ["1", "0", "0"]


def test_a_search_tells_how_it_was_understood_and_goes_on_record(signed_in: Browse, recording: UUID) -> None:
    officer = signed_in("officer")
    shown = _text(officer, "/search?q=push+w/3+quokka")
    assert "within 3 words" in shown
    assert f"/calls/{recording}?t=" in shown
    assert Entry.objects.get(action="searched").detail["query"] == "push w/3 quokka"
    assert "Nobody said that" in _text(signed_in("stranger"), "/search?q=quokka")


def test_a_query_with_two_readings_shows_both(signed_in: Browse, recording: UUID) -> None:
    shown = _text(signed_in("officer"), "/search?q=a+and+b+or+c")
    assert "(a and b) or c" in shown
    assert "a and (b or c)" in shown


@pytest.mark.parametrize(
    "asked", ["since=yesterday", "until=31.12.", "date=2026", "cursor=nonsense&q=quokka"]
)
def test_a_search_with_a_senseless_filter_is_answered_with_a_cure(
    signed_in: Browse, recording: UUID, asked: str
) -> None:
    assert signed_in("officer").get(f"/search?q=quokka&{asked}").status_code in (200, 400)


def test_a_part_of_a_page_is_only_that_part(signed_in: Browse, recording: UUID) -> None:
    officer = signed_in("officer")
    for address in ("/queue", "/calls", "/search?q=quokka"):
        part = _text(officer, address, headers={"HX-Request": "true"})
        assert "<html" not in part
        assert "Ann Alder" in part


def test_a_decision_goes_on_to_the_next_call_or_back_to_the_queue(signed_in: Browse, recording: UUID) -> None:
    officer = signed_in("officer")
    given = {"action": "coach", "reason": "Careless.", "desk": "rates"}
    answer = officer.post(f"/calls/{recording}/decision", given)
    assert (answer.status_code, answer["Location"]) == (302, "/queue?desk=rates")
    again = officer.post(f"/calls/{recording}/decision", given, headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert "closed" in again.content.decode()


def test_an_upload_is_taken_in_with_its_sidecar_and_rubbish_is_set_aside_with_the_reason(
    signed_in: Browse, tmp_path: object
) -> None:
    records = signed_in("records")
    rubbish = SimpleUploadedFile("fax.wav", b"no sound at all " * 50, content_type="audio/wav")
    answer = records.post(
        "/intake/upload", {"files": [rubbish], "desk": "rates"}, headers={"HX-Request": "true"}
    )
    assert "set aside" in answer.content.decode()
    [row] = quarantine(program("test"))
    assert (row.name, row.desk) == ("fax.wav", "rates")
    shown = _text(records, "/intake")
    assert row.reason in shown
    records.post(f"/intake/set-aside/{row.id}/withdrawal", {"reason": "A fax machine on the line."})
    assert quarantine(program("test")) == []


def test_of_several_files_only_the_one_beyond_the_bound_is_cut_off_and_it_never_fills_the_disk(
    signed_in: Browse, settings: Settings
) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, max_media_bytes=100_000)
    sizes = {"one.wav": 90_000, "huge.wav": 2_000_000, "two.wav": 95_000}
    files = [SimpleUploadedFile(name, bytes([nth]) * size) for nth, (name, size) in enumerate(sizes.items())]
    signed_in("records").post("/intake/upload", {"files": files, "desk": "rates"})
    kept = {row.name: (row.reason_code, row.size) for row in Receipt.objects.all()}
    assert kept["huge.wav"][0] == "too_big_to_keep"
    assert kept["huge.wav"][1] < 300_000
    assert {kept["one.wav"][0], kept["two.wav"][0]} == {"not_audio"}
    assert (kept["one.wav"][1], kept["two.wav"][1]) == (90_000, 95_000)


def test_a_name_that_climbs_out_of_its_folder_stays_in_it(signed_in: Browse) -> None:
    evil = SimpleUploadedFile("..\\..\\evil.wav", b"no sound " * 50, content_type="audio/wav")
    signed_in("records").post("/intake/upload", {"files": [evil], "desk": "rates"})
    [row] = quarantine(program("test"))
    assert row.name == "evil.wav"


def test_nothing_is_chosen_beforehand_and_no_choice_decides_nothing(
    signed_in: Browse, recording: UUID
) -> None:
    officer = signed_in("officer")
    choices = re.findall(r'<input[^>]* name="action"[^>]*>', _text(officer, f"/calls/{recording}"))
    assert len(choices) == 5
    assert not any("checked" in choice for choice in choices)
    assert all("required" in choice for choice in choices)
    answer = officer.post(
        f"/calls/{recording}/decision", {"reason": "In a hurry."}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 400
    assert "Choose what is to be done" in answer.content.decode()
    assert not Entry.objects.filter(action="decided").exists()


def test_the_ledger_narrows_and_says_whether_its_chain_holds(signed_in: Browse, recording: UUID) -> None:
    auditor = signed_in("auditor")
    shown = _text(auditor, "/ledger?action=screened")
    assert "program:screen" in shown
    assert "signed in</div>" not in shown
    assert "The ledger holds" in _text(auditor, "/ledger/chain")
    Entry.objects.filter(action="screened").update(actor="someone else")
    assert "does not hold" in _text(auditor, "/ledger/chain")


def test_an_administrator_enrols_grants_withdraws_and_closes(signed_in: Browse) -> None:
    admin = signed_in("admin")
    weak = {"username": "new.hand", "full_name": "New Hand", "password": "password"}
    assert admin.post("/people/users", weak).status_code == 400
    assert admin.post("/people/users", weak | {"password": PASSWORD}).status_code == 302
    admin.post("/people/new.hand/grants", {"role": "officer", "desk": "rates"})
    hand = Client()
    hand.post("/sign-in", {"username": "new.hand", "password": PASSWORD})
    assert hand.get("/queue").status_code == 200
    admin.post("/people/new.hand/grants", {"role": "officer", "desk": "rates", "deed": "withdraw"})
    assert hand.get("/queue").status_code == 403
    admin.post("/people/new.hand/standing", {"active": "0"})
    assert hand.get("/queue").status_code == 302
    assert admin.post("/people/admin/standing", {"active": "0"}).status_code == 403
    acts = set(Entry.objects.filter(subject="user:new.hand").values_list("action", flat=True))
    assert {"user enrolled", "role granted", "role withdrawn", "account closed"} <= acts


def test_no_page_carries_an_inline_script_or_style(signed_in: Browse, recording: UUID) -> None:
    pages = {
        "officer": ["/queue", f"/calls/{recording}", "/search?q=quokka", "/calls"],
        "admin": ["/people", "/system"],
    }
    for username, addresses in pages.items():
        client = signed_in(username)
        for address in addresses:
            answer = client.get(address)
            text = answer.content.decode()
            assert not re.search(r"<[^>]+\sstyle=|<style|\son[a-z]+=", text), address
            assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), address
            policy = answer["Content-Security-Policy"]
            assert "unsafe" not in policy
