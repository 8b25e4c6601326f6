"""The page on which a drawn call is heard tells nothing of what was made of it."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest
from django.test import Client
from sampled import WANTED

from surveillance.access.scope import Scope, program
from surveillance.access.services import enrol, grant
from surveillance.sampling.models import Drawn
from surveillance.sampling.services import draw_round

pytestmark = pytest.mark.django_db
PASSWORD = "Harbour-Lantern-42"


@pytest.fixture
def officer(archive: dict[str, UUID]) -> Client:
    enrol(scope=program("setup"), username="officer", full_name="Amelia Hart", password=PASSWORD)
    grant(scope=program("setup"), username="officer", role="officer", desk="rates")
    client = Client()
    assert client.post("/sign-in", {"username": "officer", "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def drawn(archive: dict[str, UUID], supervisor: Scope) -> dict[str, UUID]:
    """The drawn calls by the name of the recording: a known positive among them."""
    number = draw_round(scope=supervisor, title="March", wanted=replace(WANTED, planted=5))
    names = {recording: name for name, recording in archive.items()}
    rows = Drawn.objects.filter(round=number)
    return {names[row.recording_id]: row.pk for row in rows}


def shape(html: str) -> list[str]:
    """The page without words, numbers and ids: its elements with their classes and names."""
    body = re.sub(r'<div class="transcript".*?</div>\s*</section>', "", html, flags=re.DOTALL)
    found = re.findall(r"<([a-z]+)([^>]*)>", body)
    return [
        f"{tag} {re.sub(r'[0-9a-f-]{36}|[0-9.:]+|csrf[^ ]*|value=.[^ ]*', '', rest)}" for tag, rest in found
    ]


def test_a_known_positive_looks_like_any_other_call(officer: Client, drawn: dict[str, UUID]) -> None:
    pages = {name: officer.get(f"/sampling/calls/{drawn[name]}") for name in ("flagged", "silent-0")}
    assert {page.status_code for page in pages.values()} == {200}
    known, other = (page.content.decode() for page in pages.values())
    without = [
        re.sub(r'nonce="[^"]*"|value="[^"]*"|content="[^"]*"|hx-headers=\S+ \S+', "", text)
        for text in (known, other)
    ]
    assert [line for line in shape(without[0]) if "path" not in line] == [
        line for line in shape(without[1]) if "path" not in line
    ]


def test_the_page_holds_no_finding_score_mark_name_or_number(
    officer: Client, drawn: dict[str, UUID], archive: dict[str, UUID]
) -> None:
    page = officer.get(f"/sampling/calls/{drawn['flagged']}")
    told = page.content.decode() + str(dict(page.items()))
    assert "okapi" in told, "the words are there"
    for leak in (
        str(archive["flagged"]),
        archive["flagged"].hex,
        "flagged",
        "conduct.okapi",
        "breach",
        'class="hit',
        "badge-cat",
        "Something that must be looked at",
        'id="marks"',
        "silenced",
        'class="risk',
        "/calls/" + str(archive["flagged"]),
    ):
        assert leak not in told, leak


@pytest.mark.parametrize("part", ["sound", "peaks"])
def test_sound_and_outline_come_under_the_number_of_the_draw(
    officer: Client, drawn: dict[str, UUID], archive: dict[str, UUID], part: str
) -> None:
    answer = officer.get(f"/sampling/calls/{drawn['flagged']}/{part}")
    assert answer.status_code == 200
    assert str(archive["flagged"]) not in str(dict(answer.items()))
    assert "flagged" not in str(dict(answer.items()))


def test_the_answer_to_a_judgement_is_the_same_whatever_was_drawn(
    officer: Client, drawn: dict[str, UUID]
) -> None:
    form = {
        "action": "missed",
        "category": "secrecy",
        "start": "0:01",
        "end": "2",
        "words": "push the okapi",
        "reason": "Hides it.",
    }
    answers = []
    for name in ("flagged", "silent-0"):
        answer = officer.post(f"/sampling/calls/{drawn[name]}/judgement", form)
        following = officer.get(answer["Location"])
        answers.append((answer.status_code, "Recorded." in following.content.decode()))
    assert answers == [(302, True), (302, True)]


def test_the_round_names_no_known_positive_while_it_is_open(officer: Client, drawn: dict[str, UUID]) -> None:
    number = Drawn.objects.values_list("round", flat=True)[0]
    told = officer.get(f"/sampling/rounds/{number}").content.decode()
    assert str(drawn["flagged"]) not in told
    assert "nown positives" not in told


def test_someone_of_another_desk_finds_no_such_call(drawn: dict[str, UUID]) -> None:
    enrol(scope=program("setup"), username="stranger", full_name="Jonas", password=PASSWORD)
    grant(scope=program("setup"), username="stranger", role="officer", desk="fx")
    client = Client()
    client.post("/sign-in", {"username": "stranger", "password": PASSWORD})
    for part in ("", "/sound", "/peaks"):
        assert client.get(f"/sampling/calls/{drawn['silent-0']}{part}").status_code == 404
    assert (
        client.post(f"/sampling/calls/{drawn['silent-0']}/judgement", {"action": "nothing"}).status_code
        == 404
    )
