"""The sound over the wire: in ranges, never in a shared cache, every fetch and play on record."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from visitors import Browse

from surveillance.access.scope import combine
from surveillance.archive.selectors import listening_copy
from surveillance.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(signed_in: Browse, recording: UUID) -> Client:
    return signed_in("officer")


def _whole(recording: UUID) -> bytes:
    return listening_copy(combine("test", [("officer", "rates")]), recording).whole()


def test_the_whole_sound_is_the_listening_copy(officer: Client, recording: UUID) -> None:
    answer = officer.get(f"/calls/{recording}/sound")
    assert answer.status_code == 200
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Type"] == "audio/wav"
    assert answer.getvalue() == _whole(recording)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=10-999999999", 10, None),
        ("bytes=0-", 0, None),
    ],
)
def test_a_range_is_answered_with_just_those_bytes(
    officer: Client, recording: UUID, asked: str, first: int, last: int | None
) -> None:
    whole = _whole(recording)
    answer = officer.get(f"/calls/{recording}/sound", headers={"Range": asked})
    begin = first if first >= 0 else len(whole) + first
    end = last if last is not None else len(whole) - 1
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {begin}-{end}/{len(whole)}"
    assert int(answer["Content-Length"]) == end - begin + 1
    assert answer.getvalue() == whole[begin : end + 1]


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_the_sound_is_416(officer: Client, recording: UUID, asked: str) -> None:
    answer = officer.get(f"/calls/{recording}/sound", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(_whole(recording))}"


@pytest.mark.parametrize("asked", ["bytes=9-3", "lines=1-2", "bytes=0-1,5-6"])
def test_what_is_no_single_range_is_answered_with_the_whole(
    officer: Client, recording: UUID, asked: str
) -> None:
    answer = officer.get(f"/calls/{recording}/sound", headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.getvalue() == _whole(recording)


@pytest.mark.parametrize("part", ["sound", "peaks", "native", ""])
def test_nothing_of_a_call_lies_in_a_cache(officer: Client, recording: UUID, part: str) -> None:
    answer = officer.get(f"/calls/{recording}/{part}".rstrip("/"))
    assert "private" in answer["Cache-Control"]
    assert "no-store" in answer["Cache-Control"]


def test_fetching_the_sound_is_on_record_once_for_its_many_ranges(officer: Client, recording: UUID) -> None:
    for asked in ("bytes=0-9", "bytes=10-19", "bytes=20-29"):
        officer.get(f"/calls/{recording}/sound", headers={"Range": asked})
    assert (
        Entry.objects.filter(
            action="sound fetched", subject=f"recording:{recording}", actor="officer"
        ).count()
        == 1
    )


def test_each_press_of_play_is_on_record_with_its_place(officer: Client, recording: UUID) -> None:
    assert officer.post(f"/calls/{recording}/played", {"position": "1.25"}).status_code == 204
    entry = Entry.objects.get(action="played")
    assert (entry.actor, entry.subject, entry.detail) == (
        "officer",
        f"recording:{recording}",
        {"position": 1.2},
    )


@pytest.mark.parametrize("position", ["", "soon", "nan", "inf", "1e99"])
def test_a_place_that_is_no_number_is_refused(officer: Client, recording: UUID, position: str) -> None:
    assert officer.post(f"/calls/{recording}/played", {"position": position}).status_code == 400


def test_the_native_leaves_byte_for_byte_and_on_record(officer: Client, recording: UUID) -> None:
    answer = officer.get(f"/calls/{recording}/native")
    assert answer["Content-Disposition"].startswith("attachment")
    entry = Entry.objects.get(action="native downloaded")
    assert entry.detail["size"] == len(answer.getvalue())


@pytest.mark.parametrize("part", ["sound", "peaks", "native"])
def test_another_desk_is_told_there_is_nothing_and_the_attempt_is_on_record(
    signed_in: Browse, recording: UUID, part: str
) -> None:
    assert signed_in("stranger").get(f"/calls/{recording}/{part}").status_code == 404
    assert (
        Entry.objects.filter(action="refused", actor="stranger", subject=f"recording:{recording}").count()
        == 1
    )
