"""The pages of policies and changes without a browser: what they show, to whom, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from changes_scene import WIDER, policy_text
from floor import write_policies
from visitors import Browse

from surveillance.audit.models import Entry
from surveillance.changes import drills
from surveillance.changes.services import advance
from surveillance.rulebook.selectors import one_in_force
from surveillance.web import changes as page_of_changes

pytestmark = pytest.mark.django_db
NAME = "conduct.quokka"


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are walked here and now; the drills of these animals pass."""

    def walked(run: int) -> None:
        while advance(run=run):
            pass

    monkeypatch.setattr(page_of_changes, "send_walk", walked)
    monkeypatch.setattr(drills, "state_of", lambda name, version: "passing")


@pytest.fixture
def proposed(signed_in: Browse, recording: UUID) -> str:
    """An officer's change of the policy that flagged the call; its address."""
    form = {"text": WIDER.replace("push or hold", "push or twenty"), "reason": "It misses numbats."}
    answer = signed_in("officer").post(f"/policies/{NAME}/proposal", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(answer["Location"])


def _text(browse: Browse, who: str, address: str) -> str:
    answer = browse(who).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_list_shows_what_is_in_force_with_owner_and_review_date(
    signed_in: Browse, recording: UUID
) -> None:
    shown = _text(signed_in, "officer", "/policies")
    for part in (NAME, "Market manipulation", "1 Jan 2030", "Tests", "Score from which talk is a finding"):
        assert part in shown
    assert NAME not in _text(signed_in, "officer", "/policies?category=secrecy")
    assert Entry.objects.filter(action="viewed", subject="page:policies").count() == 2


def test_a_review_that_is_overdue_is_marked(signed_in: Browse, recording: UUID, tmp_path: Path) -> None:
    path = next((tmp_path / "policies").rglob("quokka.toml"))
    path.write_text(path.read_text().replace("2030-01-01", "2020-01-01"))
    write_policies(tmp_path / "policies", [])
    shown = _text(signed_in, "auditor", "/policies")
    assert "1 policy is overdue" in shown
    assert "overdue" in _text(signed_in, "auditor", f"/policies/{NAME}")


def test_a_policy_shows_text_sentences_editions_and_its_draft(signed_in: Browse, recording: UUID) -> None:
    shown = _text(signed_in, "officer", f"/policies/{NAME}")
    assert "push w/3 quokka" in shown
    assert "version = 2" in shown  # the draft, raised by one
    assert "Baseline" in shown
    assert "edit-text" not in _text(signed_in, "auditor", f"/policies/{NAME}")


def test_a_text_with_faults_is_sent_back_with_all_of_them(signed_in: Browse, recording: UUID) -> None:
    answer = signed_in("officer").post(
        f"/policies/{NAME}/proposal",
        {"text": f'id = "{NAME}"', "reason": "x"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 400
    told = answer.content.decode()
    assert told.count("is missing") > 5
    assert Entry.objects.filter(action="change proposed").count() == 0


def test_proposed_tried_and_agreed(signed_in: Browse, proposed: str) -> None:
    assert "has not been tried" in _text(signed_in, "officer", proposed)
    assert signed_in("officer").post(f"{proposed}/runs", {}).status_code == 302
    shown = _text(signed_in, "officer", proposed)
    assert "Every one of 1 calls" in shown
    assert "a default, until 20 decisions were timed" in shown
    assert "A supervisor must put it in force" in shown
    refused = signed_in("officer").post(f"{proposed}/decision", {"deed": "activate", "reason": "x"})
    assert refused.status_code == 403
    agreed = signed_in("supervisor").post(f"{proposed}/decision", {"deed": "activate", "reason": "Good."})
    assert agreed.status_code == 302, agreed.content.decode()
    standing = one_in_force("policy", NAME)
    assert standing is not None
    assert standing.version == 2
    assert "Put in force" in _text(signed_in, "auditor", "/changes")


def test_examples_are_words_only_for_who_may_listen(signed_in: Browse, recording: UUID) -> None:
    text = policy_text("numbat", "quokka", version=1)
    answer = signed_in("officer").post("/policies/proposal", {"text": text, "reason": "New."})
    address = str(answer["Location"])
    signed_in("officer").post(f"{address}/runs", {})
    form = {"deed": "retire", "reason": "Gone."}
    lost = str(signed_in("officer").post(f"/policies/{NAME}/proposal", form)["Location"])
    signed_in("officer").post(f"{lost}/runs", {})
    assert "the quokka" in _text(signed_in, "officer", lost)
    for other in ("stranger", "auditor"):
        shown = _text(signed_in, other, lost)
        assert "the quokka" not in shown
        assert "1 on desks where you may not listen" in shown


def test_what_differs_on_disk_is_offered_and_not_taken(
    signed_in: Browse, recording: UUID, tmp_path: Path
) -> None:
    file = next((tmp_path / "policies").rglob("quokka.toml"))
    file.write_text(WIDER)
    shown = _text(signed_in, "officer", "/changes")
    assert "Found in the folder of policies" in shown
    assert "version 1 → 2" in shown
    answer = signed_in("officer").post(
        "/changes/from-folder", {"policy": [NAME], "reason": "From the folder."}
    )
    assert answer.status_code == 302
    file.write_text("nonsense")
    assert "do not load" in _text(signed_in, "officer", "/changes")


def test_an_earlier_edition_is_proposed_again_from_its_page(signed_in: Browse, proposed: str) -> None:
    signed_in("officer").post(f"{proposed}/runs", {})
    signed_in("supervisor").post(f"{proposed}/decision", {"deed": "activate", "reason": "Good."})
    shown = _text(signed_in, "officer", f"/policies/{NAME}")
    edition = shown.split('name="edition" value="')[1].split('"')[0]
    form = {"deed": "return", "edition": edition, "reason": "Too wide."}
    answer = signed_in("officer").post(f"/policies/{NAME}/proposal", form)
    assert answer.status_code == 302
    assert f"Back to {NAME} version 1" in _text(signed_in, "officer", str(answer["Location"]))


def test_a_run_is_cancelled_and_a_change_withdrawn(
    signed_in: Browse, proposed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of_changes, "send_walk", lambda run: None)
    signed_in("officer").post(f"{proposed}/runs", {"sample": "5", "seed": "3"})
    shown = _text(signed_in, "officer", proposed)
    cancel = shown.split('action="')[1:]
    [address] = {part.split('"')[0] for part in cancel if part.split('"')[0].endswith("/cancel")}
    assert signed_in("officer").post(address).status_code == 302
    assert "No decision can rest on it" in _text(signed_in, "officer", proposed)
    assert signed_in("officer").post(f"{proposed}/runs", {"sample": "many"}).status_code == 400
    form = {"deed": "withdraw", "reason": "Not needed."}
    assert signed_in("officer").post(f"{proposed}/decision", form).status_code == 302
    assert "Withdrawn" in _text(signed_in, "officer", "/changes?state=withdrawn")
