"""The pages of proof: the record at a time, what is different now, what the nights found."""

from __future__ import annotations

import json
import time
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from floor import Spoken, say
from visitors import Browse

from surveillance.archive.models import Seal
from surveillance.audit.models import Entry
from surveillance.core.clock import now
from surveillance.custody.nights import watch_the_night


def test_the_page_shows_the_record_then_and_what_is_different_now(recording: UUID, signed_in: Browse) -> None:
    time.sleep(0.01)
    then = now().isoformat()
    time.sleep(0.01)
    say(recording, Spoken(name="one", turns=((0, "push the tapir before noon"), (1, "well"))), "script-2")
    address, records = reverse("record", args=[recording]), signed_in("records")
    page = records.get(address, {"at": then}).content.decode()
    assert "as it stood" in page
    assert "quokka" in page
    assert "tapir" not in page
    assert "1 came later" in page
    today = records.get(address).content.decode()
    assert "tapir" in today
    assert "this is how it stands now" in today
    assert records.get(address, {"at": "yesterday"}).status_code == 400
    assert records.get(address, {"at": "2020-01-01T00:00"}).status_code == 404
    entry = Entry.objects.filter(action="record re-created").first()
    assert entry is not None
    assert entry.detail["sha256"] in page + today


def test_file_and_api_give_the_same_bytes_with_their_hash(recording: UUID, signed_in: Browse) -> None:
    at, records = now().isoformat(), signed_in("records")
    file = records.get(reverse("record-file", args=[recording]), {"at": at})
    api = records.get(reverse("api:record", args=[recording]), {"at": at})
    assert file.content == api.content
    assert file["X-Content-SHA256"] == api["X-Content-SHA256"]
    assert json.loads(file.content)["recording"] == str(recording)


def test_the_fixity_page_begins_empty_then_says_what_is_wrong_and_where(
    recording: UUID, signed_in: Browse
) -> None:
    address, records = reverse("fixity"), signed_in("records")
    assert "Nothing was looked at yet" in records.get(address).content.decode()
    watch_the_night(whole=True)
    page = records.get(address).content.decode()
    assert "Everything is as it was" in page
    assert "EARSHOT_REPLICA" in page
    path = settings.EARSHOT.archive / Seal.objects.get().key
    path.chmod(0o600)
    path.write_bytes(b"?" + path.read_bytes()[1:])
    night = watch_the_night(whole=True)
    page = records.get(address).content.decode()
    assert "Something is wrong" in page
    assert str(recording) in page
    told = records.get(reverse("night", args=[night])).content.decode()
    assert "its native is changed" in told
    assert "Restore it from the replica" in told
    assert not records.get(reverse("api:fixity")).json()["results"][0]["sound"]
    assert records.get(reverse("night", args=[9999])).status_code == 404
