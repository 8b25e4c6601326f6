"""Recordings over the API: listed within the desks, read, heard in ranges; each look on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from callers import CALL, Caller
from floor import START, Spoken, media, receive_call, say, transcript

from surveillance.audit.models import Entry
from surveillance.settings.env import Environment

ClientOf = Callable[[str], Caller]
PARTS = ("", "transcript/", "findings/", "progress/", "media/", "media/?form=native")


def test_a_recording_is_told_with_its_facts_in_utc(recording: UUID, client_of: ClientOf) -> None:
    told = client_of("officer").get(f"/api/recordings/{recording}/").json()
    assert (told["id"], told["desk"], told["name"]) == (str(recording), "rates", "rates-1.wav")
    assert told["started_at"] == "2026-03-02T09:30:00Z"
    assert [party["person"] for party in told["parties"]] == ["Ann Alder", "Ben Birch"]
    assert told["seal"]["sha256"] == told["sha256"]
    assert told["receipts"][0]["outcome"] == "recorded"


def test_the_words_are_told_by_version(recording: UUID, client_of: ClientOf) -> None:
    officer = client_of("officer")
    better = Spoken(name="rates-1", turns=((0, "let us post the quokka"), (1, "so be it")))
    say(recording, better, model="script-2")
    newest = officer.get(f"/api/recordings/{recording}/transcript/").json()
    assert (newest["number"], newest["model"]) == (2, "script-2")
    assert newest["turns"] == transcript(better).to_json()["turns"]
    assert [version["number"] for version in newest["versions"]] == [2, 1]
    first = officer.get(f"/api/recordings/{recording}/transcript/?version=1").json()
    assert first["turns"] == transcript(CALL).to_json()["turns"]
    assert officer.get(f"/api/recordings/{recording}/transcript/?version=9").status_code == 404
    assert officer.get(f"/api/recordings/{recording}/transcript/?version=x").status_code == 400


def test_findings_and_progress_are_told(recording: UUID, client_of: ClientOf) -> None:
    officer = client_of("officer")
    [finding] = officer.get(f"/api/recordings/{recording}/findings/").json()["results"]
    assert (finding["category"], finding["words"]) == ("market_manipulation", "push the quokka")
    stages = officer.get(f"/api/recordings/{recording}/progress/").json()["results"]
    assert {stage["stage"]: stage["state"] for stage in stages} == dict.fromkeys(
        ("archive", "transcription", "mentions", "detection", "indexing"), "done"
    )


def test_the_native_comes_back_byte_for_byte(recording: UUID, client_of: ClientOf, tmp_path: Path) -> None:
    answer = client_of("officer").get(f"/api/recordings/{recording}/media/?form=native")
    assert b"".join(answer.streaming_content) == media(tmp_path / "again", CALL).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="rates-1.wav"'
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("form", ["listening", "native"])
@pytest.mark.parametrize(
    ("header", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9),
        ("bytes=100-", 206, 100, None),
        ("bytes=-7", 206, -7, None),
        ("bytes=10-99999999", 206, 10, None),
        ("bytes=99999999-", 416, 0, 0),
        ("bytes=9-3", 200, 0, None),
        ("lines=1-2", 200, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),
    ],
)
def test_a_part_of_the_sound_is_those_bytes_of_it(
    recording: UUID, client_of: ClientOf, form: str, header: str, status: int, first: int, last: int | None
) -> None:
    officer, address = client_of("officer"), f"/api/recordings/{recording}/media/?form={form}"
    whole = b"".join(officer.get(address).streaming_content)
    answer = officer.get(address, HTTP_RANGE=header)
    assert answer.status_code == status
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(whole)}"
        return
    wanted = whole[first:] if last is None else whole[first : last + 1]
    assert b"".join(answer.streaming_content) == wanted
    assert int(answer["Content-Length"]) == len(wanted)
    if status == 206:
        begin = first % len(whole)
        assert answer["Content-Range"] == f"bytes {begin}-{begin + len(wanted) - 1}/{len(whole)}"


def test_a_native_that_is_gone_is_told_as_a_fault_and_not_as_a_short_file(
    recording: UUID, client_of: ClientOf, home: Environment
) -> None:
    for path in (home.home / "archive").rglob("*"):
        if path.is_file():
            path.unlink()
    answer = client_of("officer").get(f"/api/recordings/{recording}/media/?form=native")
    assert answer.status_code == 500
    assert answer.json()["cure"]


def test_a_head_request_tells_the_size_and_sends_no_sound(recording: UUID, client_of: ClientOf) -> None:
    answer = client_of("officer").head(f"/api/recordings/{recording}/media/")
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) > 1000
    assert answer.content == b"" if not answer.streaming else b"".join(answer.streaming_content) == b""


@pytest.mark.parametrize("part", PARTS)
def test_every_look_and_every_sound_stands_in_the_ledger(
    recording: UUID, client_of: ClientOf, part: str
) -> None:
    client_of("officer").get(f"/api/recordings/{recording}/{part}")
    last = Entry.objects.order_by("-sequence")[0]
    assert (last.actor, last.subject) == ("officer", f"recording:{recording}")
    assert last.action in {"viewed", "sound fetched", "native fetched"}


@pytest.mark.parametrize("part", PARTS)
def test_beyond_the_wall_a_recording_does_not_exist(recording: UUID, client_of: ClientOf, part: str) -> None:
    stranger = client_of("stranger")
    hidden = stranger.get(f"/api/recordings/{recording}/{part}")
    refusal = Entry.objects.order_by("-sequence")[0]
    assert (refusal.actor, refusal.action, refusal.subject) == (
        "stranger",
        "refused",
        f"recording:{recording}",
    )
    missing = stranger.get(f"/api/recordings/{uuid4()}/{part}")
    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
    assert hidden.status_code == 404


def test_an_auditor_sees_a_call_and_neither_hears_nor_reads_it(recording: UUID, client_of: ClientOf) -> None:
    auditor = client_of("auditor")
    assert auditor.get(f"/api/recordings/{recording}/").status_code == 200
    assert auditor.get(f"/api/recordings/{recording}/media/").status_code == 403
    assert auditor.get(f"/api/recordings/{recording}/transcript/").status_code == 403


@pytest.fixture
def many(people: None, tmp_path: Path) -> list[UUID]:
    """Seven calls on rates, three of them at the same moment, and one on FX."""
    moments = [0, 1, 2, 2, 2, 3, 4]
    made = [
        receive_call(
            tmp_path,
            "rates",
            Spoken(name=f"r{nth}", started_at=START + timedelta(hours=hour), pitch=200 + 10 * nth),
        )
        for nth, hour in enumerate(moments)
    ]
    receive_call(tmp_path, "fx", Spoken(name="fx", pitch=500, people=("Cid Cedar", "Dora Dogwood")))
    return made


def test_pages_of_the_list_hold_every_call_once_newest_first(many: list[UUID], client_of: ClientOf) -> None:
    officer, seen, cursor = client_of("officer"), [], ""
    while cursor is not None:
        page = officer.get("/api/recordings/", {"limit": 2, "cursor": cursor}).json()
        assert len(page["results"]) <= 2
        seen += page["results"]
        cursor = page["next"]
    assert {row["id"] for row in seen} == {str(number) for number in many}
    assert len(seen) == len(many)
    starts = [row["started_at"] for row in seen]
    assert starts == sorted(starts, reverse=True)


def test_a_call_that_arrives_meanwhile_shifts_no_page(
    many: list[UUID], client_of: ClientOf, tmp_path: Path
) -> None:
    officer = client_of("officer")
    first = officer.get("/api/recordings/", {"limit": 4}).json()
    receive_call(tmp_path, "rates", Spoken(name="late", started_at=START + timedelta(days=9), pitch=700))
    second = officer.get("/api/recordings/", {"limit": 4, "cursor": first["next"]}).json()
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert sorted(ids) == sorted(str(number) for number in many)


def test_the_list_narrows_by_desk_person_and_time(many: list[UUID], client_of: ClientOf) -> None:
    def count(username: str, **narrow: str) -> int:
        return len(client_of(username).get("/api/recordings/", narrow).json()["results"])

    assert (count("officer"), count("stranger"), count("auditor")) == (7, 1, 8)
    assert count("auditor", desk="fx") == 1
    assert count("officer", desk="fx") == 0
    assert count("auditor", person="cedar") == 1
    assert count("officer", person="cedar") == 0
    assert count("officer", since="2026-03-02T11:30:00Z") == 5
    assert count("officer", until="2026-03-02T12:30:00+01:00") == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1000",
        "limit=x",
        "since=yesterday",
        "cursor=zzz",
        "cursor=bnVsbA==",
        "cursor=WzFd",
        "cursor=Wy05OTk5OTk5OTk5OTk5OTk5OTk5OTk5LCAiIl0=",
        "desk=%00",
    ],
)
def test_what_cannot_be_understood_is_invalid_and_says_how_to_mend_it(
    client_of: ClientOf, query: str
) -> None:
    answer = client_of("officer").get(f"/api/recordings/?{query}")
    assert answer.status_code == 400
    assert answer.json()["cure"]


def test_an_address_that_is_none_is_told_so_in_json(client_of: ClientOf, anyone: Caller) -> None:
    assert client_of("officer").get("/api/recording").json()["code"] == "missing"
    assert client_of("officer").get("/api/recordings/not-an-id/").status_code == 404
    assert anyone.get("/api/whatever/").status_code == 401


def test_a_method_an_address_does_not_take_is_told_so(recording: UUID, client_of: ClientOf) -> None:
    answer = client_of("officer").put(f"/api/recordings/{recording}/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (405, "wrong-call")
