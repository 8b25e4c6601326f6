"""What whoever has not signed in can make Earshot read, and what is kept of requests that are turned away."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from visitors import Browse

from surveillance.access.uploads import STRANGERS_BYTES
from surveillance.audit.models import Entry

pytestmark = pytest.mark.django_db
MUCH = b"x" * (STRANGERS_BYTES + 1)


class Unread:
    """A body that nobody may begin to read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("a stranger's body was read")

    readline = read


@pytest.mark.parametrize("address", ["/sign-in", "/intake/upload", "/api/tokens/"])
@pytest.mark.parametrize(
    "head",
    [
        {},
        {"HTTP_AUTHORIZATION": "Basic b25lOnR3bw=="},
        {"HTTP_COOKIE": "sessionid=made-up"},
        {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    ],
)
def test_a_stranger_who_sends_much_is_answered_before_a_byte_of_it_is_read(
    desks: tuple[str, ...], address: str, head: dict[str, str]
) -> None:
    sent = {
        "CONTENT_LENGTH": str(10**10),
        "wsgi.input": Unread(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = Client(enforce_csrf_checks=True).generic("POST", address, **{**sent, **head})  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert "Nobody is signed in" in answer.content.decode()
    assert Entry.objects.get(action="refused").actor == "anonymous"


def test_a_token_signs_nobody_in_to_a_page(desks: tuple[str, ...]) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/sign-in", MUCH, content_type="text/plain", headers={"Authorization": "Token made-up"}
    )
    assert answer.status_code == 413


def test_whoever_has_signed_in_may_send_much(signed_in: Browse, tmp_path: Path) -> None:
    files = [SimpleUploadedFile("fax.wav", MUCH)]
    answer = signed_in("records").post("/intake/upload", {"files": files, "desk": "rates"})
    assert answer.status_code in (200, 302)


def test_a_form_without_its_token_is_refused_by_a_page_and_on_record(signed_in: Browse) -> None:
    strict = Client(enforce_csrf_checks=True)
    for part in (False, True):
        answer = strict.post(
            "/sign-in", {"username": "officer"}, headers={"HX-Request": "true"} if part else {}
        )
        assert answer.status_code == 403
        assert "Reload the page" in answer.content.decode()
    [first, second] = Entry.objects.filter(action="refused")
    assert (first.actor, first.subject) == ("anonymous", "/sign-in")
    assert "not one of ours" in first.detail["why"]
    assert second.detail == first.detail


def test_too_many_files_at_once_are_answered_with_a_cure(signed_in: Browse, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    files = [SimpleUploadedFile(f"{nth}.wav", b"no sound") for nth in range(3)]
    answer = signed_in("records").post("/intake/upload", {"files": files})
    assert answer.status_code == 400
    assert "at most 2 files at once" in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "address", "told"),
    [
        ("officer", "/ledger", "You may not read the ledger."),
        ("officer", "/people", "You may not administer Earshot."),
        ("admin", "/queue", "You may not see calls."),
    ],
)
def test_a_refusal_says_in_words_what_one_may_not_do(
    signed_in: Browse, who: str, address: str, told: str
) -> None:
    answer = signed_in(who).get(address)
    assert answer.status_code == 403
    assert told in answer.content.decode()
