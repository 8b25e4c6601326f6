"""What for? A call that raised no alert is played by nobody who has not said so; what was flagged is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from floor import Spoken, take_through
from visitors import Browse

from surveillance.audit.models import Entry
from surveillance.core.clock import now
from surveillance.review import purposes

FOR = {"purpose": "investigation", "reference": "Case 12"}


@pytest.fixture
def quiet(signed_in: Browse, tmp_path: Path) -> UUID:
    return take_through(tmp_path, "rates", Spoken(name="quiet", pitch=470.0))


def sounds(client: Client, recording: UUID) -> list[int]:
    told = [client.get(reverse(name, args=[recording])).status_code for name in ("sound", "native")]
    return [*told, client.get(reverse("api:media", args=[recording])).status_code]


def test_an_unflagged_call_is_played_once_it_is_said_what_for(quiet: UUID, signed_in: Browse) -> None:
    officer, other = signed_in("officer"), signed_in("supervisor")
    assert sounds(officer, quiet) == [428, 428, 428]
    page = officer.get(reverse("call", args=[quiet])).content.decode()
    assert "what do you play it for?" in page
    assert 'id="player"' not in page
    state = reverse("state-purpose", args=[quiet])
    assert officer.post(state, {"purpose": "boredom", "reference": "x"}).status_code == 400
    assert officer.post(state, {"purpose": "training", "reference": " "}).status_code == 400
    assert officer.post(state, FOR).status_code == 302
    assert sounds(officer, quiet) == [200, 200, 200]
    assert 'id="player"' in officer.get(reverse("call", args=[quiet])).content.decode()
    # One's word is one's own.
    assert sounds(other, quiet) == [428, 428, 428]
    said = Entry.objects.get(action="purpose stated")
    assert "Case 12" in said.detail["reference"]


def test_it_is_asked_again_the_next_day(
    quiet: UUID, signed_in: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = signed_in("officer")
    officer.post(reverse("api:purpose", args=[quiet]), FOR)
    assert sounds(officer, quiet)[0] == 200
    later = now() + timedelta(hours=12, minutes=1)
    monkeypatch.setattr(purposes, "now", lambda: later)
    assert sounds(officer, quiet)[0] == 428


def test_what_was_flagged_is_played_without_a_word(recording: UUID, signed_in: Browse) -> None:
    assert sounds(signed_in("officer"), recording) == [200, 200, 200]


def test_whoever_may_not_listen_is_asked_nothing(quiet: UUID, signed_in: Browse) -> None:
    auditor = signed_in("auditor")
    page = auditor.get(reverse("call", args=[quiet])).content.decode()
    assert "what do you play it for?" not in page
    assert auditor.post(reverse("state-purpose", args=[quiet]), FOR).status_code == 403
