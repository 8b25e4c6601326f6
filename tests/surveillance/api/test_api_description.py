"""The API describes itself, completely, to those who are signed in; its page runs no script that is not a file."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from callers import Caller, description
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import URLPattern

from surveillance.api.urls import urlpatterns

ClientOf = Callable[[str], Caller]
UNDESCRIBED = {"schema", "docs", "nowhere"}


def test_the_description_is_valid_and_complete_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert "openapi: 3" in capsys.readouterr().out


def test_every_address_is_described() -> None:
    named = {entry.name for entry in urlpatterns if isinstance(entry, URLPattern)} - UNDESCRIBED
    assert len(description()["paths"]) == len(named)


def test_every_operation_says_what_it_does_and_how_to_sign_in() -> None:
    for path, operations in description()["paths"].items():
        for method, told in operations.items():
            assert told.get("description"), (method, path)
            assert told.get("security") or told["operationId"] == "sign_in", (method, path)


def test_identifiers_are_text_and_times_are_date_times() -> None:
    for name, schema in description()["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if field in ("id", "recording", "receipt"):
                assert "string" in str(told), (name, field)
            if field.endswith("_at"):
                assert "date-time" in str(told), (name, field)


def test_the_description_is_only_for_those_signed_in(client_of: ClientOf, anyone: Caller) -> None:
    for address in ("/api/schema/", "/api/docs/"):
        assert anyone.get(address).status_code == 401
        assert client_of("officer").get(address, HTTP_ACCEPT="*/*").status_code == 200


def test_the_page_of_the_description_keeps_within_the_content_security_policy(client_of: ClientOf) -> None:
    page = client_of("officer").get("/api/docs/")
    text = page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "<style" not in text
    assert " style=" not in text
    for address in re.findall(r'(?:src|href)="/static/([^"?]+)', text):
        assert finders.find(address), address
    [script] = re.findall(r'src="(/api/docs/[^"]+)"', text)
    answer = client_of("officer").get(script.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert "javascript" in answer["Content-Type"]
