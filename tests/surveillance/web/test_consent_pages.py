"""The pages of consent, as whoever answers for privacy uses them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from floor import Spoken, claim, receive_call
from pytest_django import Settings
from visitors import PASSWORD, Browse

from surveillance.access.scope import program
from surveillance.access.services import enrol, grant
from surveillance.capture.models import Recording
from surveillance.consent.models import PersonalCall
from surveillance.consent.services import clear

CALL = Spoken(name="call", numbers=("+44 20 7946 0001", "+1 415 555 0123"))


@pytest.fixture
def withheld(signed_in: Browse, settings: Settings, tmp_path: Path) -> UUID:
    settings.EARSHOT = replace(settings.EARSHOT, consent="enforce")
    recording = receive_call(tmp_path, "rates", CALL)
    clear(claim(recording, "consent"), listen=lambda _: None)
    return recording


def privacy(name: str) -> Client:
    enrol(scope=program("setup"), username=name, full_name=name.title(), password=PASSWORD)
    grant(scope=program("setup"), username=name, role="privacy", desk="rates")
    client = Client()
    assert client.post("/sign-in", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def test_what_waits_is_shown_with_its_law_and_goes_when_evidence_comes(withheld: UUID) -> None:
    one = privacy("one")
    page = one.get(reverse("consent")).content.decode()
    assert "Cal. Penal Code" in page
    assert "Ann Alder" in page
    assert "No call of the last twelve weeks" in page  # the call is of an earlier spring
    for person in CALL.people:
        told = {"kind": "contract", "person": person, "since": "2020-01-01", "reference": "Contract 7"}
        assert one.post(reverse("enter-consent"), told).status_code == 302
    page = one.get(reverse("consent")).content.decode()
    assert "Nothing waits" in page
    assert "Contract 7" in page
    assert Recording.objects.get().withheld == ""
    assert "Nothing is on file for" in one.get(reverse("consent"), {"person": "zoe"}).content.decode()
    wrong = one.post(reverse("enter-consent"), {"kind": "contract", "person": "", "reference": "x"})
    assert wrong.status_code == 400


def test_a_withheld_call_is_found_by_its_address_only_by_those_who_decide(
    withheld: UUID, signed_in: Browse
) -> None:
    address = reverse("call", args=[withheld])
    assert signed_in("officer").get(address).status_code == 404
    page = privacy("one").get(address).content.decode()
    assert "Withheld" in page
    assert "§§ 632" in page


def test_a_private_call_goes_by_two_and_comes_back(withheld: UUID) -> None:
    one, two = privacy("one"), privacy("two")
    assert one.post(reverse("ask-personal", args=[withheld]), {"reason": "A doctor."}).status_code == 302
    number = PersonalCall.objects.get().pk
    decide = reverse("decide-personal", args=[number])
    assert one.post(decide, {"deed": "agree"}).status_code == 409
    assert two.post(decide, {"deed": "agree"}).status_code == 302
    assert Recording.objects.get().withheld == "personal"
    assert "A doctor." in one.get(reverse("consent")).content.decode()
    assert one.post(decide, {"deed": "end", "reason": "Business."}).status_code == 302
    assert Recording.objects.get().withheld == "consent"


def test_the_law_is_looked_up(signed_in: Browse) -> None:
    page = privacy("one").get(reverse("consent-law"), {"q": "california"}).content.decode()
    assert "Penal Code §§ 632" in page
    assert "Bavaria" not in page
    assert "No jurisdiction" in privacy("one").get(reverse("consent-law"), {"q": "atlantis"}).content.decode()
    assert signed_in("officer").get(reverse("consent-law")).status_code == 403
