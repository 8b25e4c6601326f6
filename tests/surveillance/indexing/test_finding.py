"""Searching within a scope: narrowed in the index, held against the database again, always on record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from floor import (
    CLERK,
    START,
    Spoken,
    claim,
    indexed_again,
    receive_call,
    say,
    take_through,
    transcript,
    write_policies,
)

from search.effort import Effort
from search.index import Document
from surveillance.access.scope import Scope, combine
from surveillance.audit.models import Entry
from surveillance.core.errors import Broken, Invalid, Refused
from surveillance.indexing.backend import _opened, the_index
from surveillance.indexing.models import IndexReceipt
from surveillance.indexing.services import Question, find, index, rebuild
from surveillance.web.health import examine

RATES = Spoken(name="rates-1", turns=((0, "the narwhal trades at noon"), (1, "so be it")))
FX = Spoken(
    name="fx-1",
    people=("Cid Cedar", "Dora Dogwood"),
    turns=((0, "the narwhal is for sale"), (1, "and the tapir")),
    started_at=START + timedelta(days=40),
    pitch=330,
)


@pytest.fixture
def calls(desks: tuple[str, ...], tmp_path: Path) -> dict[str, UUID]:
    """One call on the rates desk and one on FX, findable."""
    write_policies(tmp_path / "policies", [("tapir", "secrecy", "tapir")])
    return {"rates": take_through(tmp_path, "rates", RATES), "fx": take_through(tmp_path, "fx", FX)}


@pytest.fixture
def both() -> Scope:
    return combine("both", [("officer", "rates"), ("officer", "fx")])


def recordings(scope: Scope, query: str = "narwhal", **narrow: object) -> list[str]:
    found = find(scope=scope, question=Question(query=query, **narrow))  # type: ignore[arg-type]
    return [item.hit.recording for item in found.hits]


def test_a_word_is_found_with_its_call_its_second_and_its_speaker(
    calls: dict[str, UUID], both: Scope
) -> None:
    found = find(scope=both, question=Question(query="narwhal w/5 noon"))
    [item] = found.hits
    assert (item.call.id, item.call.desk, item.hit.recording) == (
        calls["rates"],
        "rates",
        str(calls["rates"]),
    )
    assert (item.hit.start, item.hit.speaker) == (0.5, "Ann Alder")
    assert "narwhal trades at noon" in item.hit.snippet
    assert "narwhal" in found.query_in_words


def test_each_officer_finds_only_what_lies_on_their_desk(
    calls: dict[str, UUID], rates_officer: Scope, fx_officer: Scope, both: Scope
) -> None:
    assert recordings(rates_officer) == [str(calls["rates"])]
    assert recordings(fx_officer) == [str(calls["fx"])]
    assert set(recordings(both)) == {str(calls["rates"]), str(calls["fx"])}


def test_totals_and_facets_count_nothing_beyond_the_wall(calls: dict[str, UUID], fx_officer: Scope) -> None:
    found = find(scope=fx_officer, question=Question(query="narwhal"))
    assert found.total == 1
    assert found.facets["desk"] == [("fx", 1)]
    assert dict(found.facets["person"]).keys() == {"Cid Cedar", "Dora Dogwood"}
    assert dict(found.facets["category"]) == {"secrecy": 1}


@pytest.mark.parametrize("narrow", [{"desk": "rates"}, {"person": "Ann Alder"}])
def test_asking_for_another_desk_by_name_opens_nothing(
    calls: dict[str, UUID], fx_officer: Scope, narrow: dict[str, str]
) -> None:
    found = find(scope=fx_officer, question=Question(query="narwhal", **narrow))
    assert (found.total, found.hits) == (0, ())
    assert not any(found.facets.values())


def test_facets_narrow_the_search(calls: dict[str, UUID], both: Scope) -> None:
    fx = [str(calls["fx"])]
    assert recordings(both, category="secrecy") == fx
    assert recordings(both, person="Cid Cedar") == fx
    assert recordings(both, desk="fx") == fx
    assert recordings(both, since=START + timedelta(days=1)) == fx
    assert recordings(both, until=START + timedelta(days=1)) == [str(calls["rates"])]


def test_pages_follow_each_other_without_gap_or_double(calls: dict[str, UUID], both: Scope) -> None:
    first = find(scope=both, question=Question(query="narwhal", limit=1))
    second = find(scope=both, question=Question(query="narwhal", limit=1, cursor=first.cursor))
    assert {first.hits[0].call.id, second.hits[0].call.id} == set(calls.values())
    assert second.cursor == ""
    with pytest.raises(Invalid):
        find(scope=both, question=Question(query="narwhal", cursor="bm9uc2Vuc2U="))


def stray(recording: UUID, desk: str, version: int = 1) -> None:
    """What a mistake or an attacker could put into the index: the words of one desk under the name of another."""
    the_index().put(
        [
            Document(
                recording=str(recording),
                version=version,
                started_at=START,
                desk=desk,
                people=("Ann Alder",),
                categories=("bribery",),
                transcript=transcript(RATES),
            )
        ]
    )


@pytest.mark.parametrize("version", [1, 99])
def test_a_document_filed_under_the_wrong_desk_shows_nothing_to_that_desk(
    calls: dict[str, UUID], fx_officer: Scope, rates_officer: Scope, version: int
) -> None:
    stray(calls["rates"], "fx", version)
    found = find(scope=fx_officer, question=Question(query="narwhal"))
    assert [item.call.id for item in found.hits] == [calls["fx"]]
    assert found.total == 1
    assert "Ann Alder" not in str(found)
    assert "bribery" not in str(found)
    assert recordings(rates_officer) == [str(calls["rates"])]
    assert Entry.objects.get(action="index put right").detail == {"recordings": [str(calls["rates"])]}


def test_a_document_of_a_recording_that_does_not_exist_is_dropped(
    calls: dict[str, UUID], fx_officer: Scope
) -> None:
    stray(UUID(int=7), "fx")
    assert recordings(fx_officer) == [str(calls["fx"])]
    assert str(UUID(int=7)) not in dict(the_index().recordings())


def test_an_index_that_will_not_be_put_right_shows_nothing_at_all(
    calls: dict[str, UUID], fx_officer: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray(calls["rates"], "fx", version=99)
    monkeypatch.setattr(type(the_index()), "remove", lambda self, recordings: None)
    with pytest.raises(Broken):
        find(scope=fx_officer, question=Question(query="narwhal"))


def test_every_search_stands_in_the_ledger_with_its_words_even_when_nothing_is_found(
    calls: dict[str, UUID], fx_officer: Scope
) -> None:
    find(scope=fx_officer, question=Question(query="unheardof", person="Ann Alder"))
    entry = Entry.objects.get(action="searched")
    assert entry.actor == "fx-officer"
    assert entry.detail["query"] == "unheardof"
    assert entry.detail["filters"]["person"] == "Ann Alder"
    assert entry.detail["total"] == 0


@pytest.mark.parametrize("role", ["admin", "auditor", "service"])
def test_roles_that_may_not_search_are_refused_before_the_index_is_asked(
    calls: dict[str, UUID], role: str
) -> None:
    with pytest.raises(Refused):
        find(scope=combine("someone", [(role, None)]), question=Question(query="narwhal"))
    assert not Entry.objects.filter(action="searched").exists()


def test_an_ambiguous_query_is_refused_with_a_cure(calls: dict[str, UUID], both: Scope) -> None:
    with pytest.raises(Invalid) as told:
        find(scope=both, question=Question(query="narwhal and tapir or noon"))
    assert told.value.cure
    assert told.value.code == "query"


def test_a_query_too_wide_to_answer_is_refused_with_a_cure(
    calls: dict[str, UUID], both: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Effort.__init__, "__defaults__", (5, 5))
    with pytest.raises(Invalid, match="too wide") as told:
        find(scope=both, question=Question(query="(t* w/50 *a*) w/50 (*o* w/50 *e)"))
    assert "smaller distance" in told.value.cure
    assert told.value.code == "query"


def index_file() -> Path:
    return Path(settings.EARSHOT.home) / "index.sqlite3"


@pytest.mark.parametrize("running", [True, False])
def test_a_search_of_an_index_that_was_deleted_is_refused_until_it_is_made_anew(
    calls: dict[str, UUID], both: Scope, running: bool
) -> None:
    index_file().unlink()
    if not running:
        _opened.cache_clear()
    with pytest.raises(Broken, match="0 of the 2") as told:
        find(scope=both, question=Question(query="narwhal"))
    assert told.value.cure == "Run manage.py reindex."
    [health] = [part for part in examine() if part.part == "Index"]
    assert (health.good, health.cure) == (False, "Run manage.py reindex.")
    assert rebuild() == (2, 0)
    assert set(recordings(both)) == {str(number) for number in calls.values()}
    [health] = [part for part in examine() if part.part == "Index"]
    assert (health.good, health.told) == (True, "Answers. Holds 2 recordings.")


@pytest.mark.parametrize("running", [True, False])
def test_a_damaged_index_is_set_aside_and_built_anew(
    calls: dict[str, UUID], both: Scope, running: bool
) -> None:
    for ending in ("-wal", "-shm"):
        index_file().with_name(f"index.sqlite3{ending}").unlink(missing_ok=True)
    index_file().unlink()
    index_file().write_bytes(b"scribbled over" * 1000)
    if not running:
        _opened.cache_clear()
    with pytest.raises(Broken, match="broken"):
        find(scope=both, question=Question(query="narwhal"))
    assert rebuild() == (2, 0)
    assert set(recordings(both)) == {str(number) for number in calls.values()}
    assert len(list(index_file().parent.glob("index.sqlite3.broken-*"))) == 1
    assert Entry.objects.get(action="reindexed").detail == {"put": 2, "dropped": 0, "anew": True}


def test_rebuilding_takes_back_receipts_of_what_has_no_words(
    calls: dict[str, UUID], both: Scope, tmp_path: Path
) -> None:
    silent = receive_call(tmp_path, "fx", Spoken(name="silent", turns=((0, "unwritten"),), pitch=500))
    IndexReceipt.objects.create(
        recording_id=silent, index=settings.EARSHOT.index, version="1", indexed_at=START
    )
    with pytest.raises(Broken):
        recordings(both)
    rebuild()
    assert len(recordings(both)) == 2


def test_indexing_leaves_a_receipt_and_an_entry(calls: dict[str, UUID]) -> None:
    receipt = IndexReceipt.objects.get(recording_id=calls["fx"])
    assert receipt.index == "sqlite"
    assert receipt.version.startswith("1")
    entry = Entry.objects.get(action="indexed", subject=f"recording:{calls['fx']}")
    assert entry.actor == "program:index"


def test_better_words_replace_the_old_ones_in_the_index(calls: dict[str, UUID], fx_officer: Scope) -> None:
    say(calls["fx"], Spoken(name="fx-1", people=FX.people, turns=((0, "the walrus"), (1, "yes"))))
    indexed_again(calls["fx"])
    assert recordings(fx_officer, "narwhal") == []
    assert recordings(fx_officer, "walrus") == [str(calls["fx"])]
    assert IndexReceipt.objects.filter(recording_id=calls["fx"]).count() == 1


def test_a_recording_without_words_is_not_called_indexed(desks: tuple[str, ...], tmp_path: Path) -> None:
    silent = receive_call(tmp_path, "rates", RATES)
    with pytest.raises(Broken):
        index(claim(silent, "indexing"))


def test_the_index_is_only_a_copy_and_can_be_made_anew(calls: dict[str, UUID], both: Scope) -> None:
    stray(UUID(int=9), "rates")
    the_index().remove([str(calls["rates"])])
    put, dropped = rebuild()
    assert (put, dropped) == (2, 1)
    assert set(recordings(both)) == {str(number) for number in calls.values()}
    assert Entry.objects.get(action="reindexed").detail == {"put": 2, "dropped": 1}
    assert {item.call.id for item in find(scope=CLERK, question=Question(query="narwhal")).hits} == set(
        calls.values()
    )
