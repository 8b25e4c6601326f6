"""The promises of an index, kept alike by the embedded one and by Elasticsearch."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search.grammar import QueryFault, parse
from search.index import CursorFault, Document, Index, Page, Search, month_bounds
from search.transcript import Transcript, Turn, Word

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
WIDE = '("the" or a* or *e) w/250 (you or *t*) w/250 (*a* or *e*) w/250 (*o* or t*)'


def document(
    recording: str,
    *turns: tuple[str, str],
    day: int = 0,
    desk: str = "rates",
    people: tuple[str, ...] = ("anna",),
    categories: tuple[str, ...] = (),
    version: int = 1,
) -> Document:
    return Document(
        recording=recording,
        version=version,
        started_at=FIRST + day * DAY,
        desk=desk,
        people=people,
        categories=categories,
        transcript=Transcript.from_turns(turns),
    )


CALLS = [
    document("r1", ("anna", "not here, ping me on what's app"), ("bob", "sure"), categories=("off_channel",)),
    document("r2", ("anna", "our whatsapp policy training is on friday"), day=1, people=("anna", "carl")),
    document(
        "r3",
        ("bob", "sell fifty million, five oh"),
        ("dora", "done"),
        day=2,
        desk="fx",
        people=("bob", "dora"),
    ),
    document(
        "r4", ("bob", "delete the message"), ("dora", "I deleted it"), day=3, desk="fx", people=("bob",)
    ),
    document(
        "r5", ("eve", "front running the order"), day=4, desk="energy", people=("eve",), categories=("front",)
    ),
]


@pytest.fixture
def archive(index: Index) -> Index:
    index.put(CALLS)
    return index


def found(index: Index, text: str, **more: object) -> list[str]:
    return [hit.recording for hit in index.search(Search(query=parse(text), **more)).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "recordings"),
    [
        ("whatsapp", ["r2", "r1"]),
        ("whatsapp or delete~", ["r4", "r2", "r1"]),
        ("whatsapp and not training", ["r1"]),
        ("ping w/4 whatsapp", ["r1"]),
        ("ping w/2 whatsapp", []),
        ("whatsapp pre/9 ping", []),
        ('"ping me"', ["r1"]),
        ("not-a-word-anyone-said", []),
        ("50", ["r3"]),
        ("50 million", ["r3"]),
        ("delete~ w/4 it", ["r4"]),
        ("(delete or erase) the (message or chat)", ["r4"]),
        ("run*", ["r5"]),
        ("*ing", ["r5", "r2", "r1"]),
        ("wh%atsapp", ["r2", "r1"]),
        ("#kall", []),
        ("#sale w/2 50", ["r3"]),
        ("speaker:dora and delete~", ["r4"]),
        ("speaker:bob and deleted", []),
        ("message w/1s i", ["r4"]),
        ("message TURN deleted", []),
        ("million TURN sell", ["r3"]),
        ("message w/2 i", ["r4"]),
        ("message i", []),
        ("whatsapp not w/2 policy", ["r1"]),
        ("(ping w/2 me) w/3 whatsapp", ["r1"]),
        ("(what* or front) and (policy or order)", ["r5", "r2"]),
        ("it w/5 it", []),
    ],
)
def test_a_search_finds_the_recordings_in_which_it_was_said(
    archive: Index, query: str, recordings: list[str]
) -> None:
    page = archive.search(Search(query=parse(query)))
    assert [hit.recording for hit in page.hits] == recordings
    assert page.total == len(recordings)


def test_a_hit_can_be_read_and_played(archive: Index) -> None:
    [hit] = archive.search(Search(query=parse("ping w/4 whatsapp"))).hits
    assert (hit.recording, hit.version, hit.speaker, hit.score) == ("r1", 1, "anna", 1.0)
    assert (hit.start, hit.end) == (0.8, 2.8)
    assert hit.snippet == "not here, ping me on what's app / sure"
    assert [hit.snippet[start:end] for start, end in hit.lit] == ["ping me on what's app"]
    [mark] = hit.marks
    assert (mark.start, mark.end, mark.turn, mark.words) == (0.8, 2.8, 0, "ping me on what's app")


def test_every_place_is_marked(archive: Index) -> None:
    [hit] = archive.search(Search(query=parse("delete~"))).hits
    assert [(mark.speaker, mark.words) for mark in hit.marks] == [("bob", "delete"), ("dora", "deleted")]


def test_a_scope_walls_off_other_desks_from_hits_totals_and_facets(archive: Index) -> None:
    page = archive.search(Search(query=parse("whatsapp or delete~"), desks=frozenset({"fx", "energy"})))
    assert [hit.recording for hit in page.hits] == ["r4"]
    assert page.total == 1
    assert page.facets["desk"] == [("fx", 1)]
    assert page.facets["person"] == [("bob", 1)]
    wanted = Search(query=parse("whatsapp or delete~"), desks=frozenset({"fx"}), desk="rates")
    assert archive.search(wanted).total == 0


@pytest.mark.parametrize("query", ["whatsapp", "speaker:anna and whatsapp", None])
def test_an_empty_scope_sees_nothing(archive: Index, query: str | None) -> None:
    page = archive.search(Search(query=parse(query) if query else None, desks=frozenset()))
    assert (page.total, page.hits) == (0, ())
    assert len(page.facets) == 7
    assert not any(page.facets.values())


@pytest.mark.parametrize(
    "query", ["sure or training or sell or the", "(sure or training or sell or the) w/1s *"]
)
def test_filters_and_facets_agree_whether_verified_or_not(archive: Index, query: str) -> None:
    asked = parse(query)
    page = archive.search(Search(query=asked))
    assert page.total == 5
    assert page.facets["desk"] == [("fx", 2), ("rates", 2), ("energy", 1)]
    assert page.facets["person"] == [("anna", 2), ("bob", 2), ("carl", 1), ("dora", 1), ("eve", 1)]
    assert page.facets["category"] == [("front", 1), ("off_channel", 1)]
    assert page.facets["date"] == [("2026-04", 3), ("2026-03", 2)]

    def only(**more: object) -> list[str]:
        return found(archive, query, **more)

    assert only(desk="fx") == ["r4", "r3"]
    assert only(person="bob") == ["r4", "r3"]
    assert only(category="front") == ["r5"]
    since, until = month_bounds("2026-03")
    assert only(since=since, until=until) == ["r2", "r1"]
    assert only(since=FIRST + DAY, until=FIRST + 3 * DAY) == ["r3", "r2"]


def test_without_words_the_archive_is_browsed_by_date(archive: Index) -> None:
    page = archive.search(Search(limit=2))
    assert [hit.recording for hit in page.hits] == ["r5", "r4"]
    assert page.total == 5
    assert page.hits[0].snippet == "front running the order"
    assert page.hits[0].marks == ()
    assert page.hits[0].score == 0.0


@pytest.mark.parametrize("order", ["newest", "best"])
@pytest.mark.parametrize("query", ["said", "conf>=0.5 and said", None])
def test_pages_follow_each_other_without_gap_or_double(index: Index, order: str, query: str | None) -> None:
    index.put([document(f"r{n}", ("anna", "call " + "said " * (1 + n % 3)), day=n % 4) for n in range(11)])
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(9):
        wanted = Search(query=parse(query) if query else None, limit=2, cursor=cursor, order=order)  # type: ignore[arg-type]
        page = index.search(wanted)
        assert page.total == 11
        seen += [hit.recording for hit in page.hits]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 11

    def place(recording: str) -> tuple[int, int, str]:
        n = int(recording[1:])
        by_count = order == "best" and query is not None
        return (-(n % 3) if by_count else 0, -(n % 4), recording)

    assert seen == sorted(seen, key=place)


def test_the_best_are_those_with_most_places(archive: Index) -> None:
    page = archive.search(Search(query=parse("whatsapp or delete~ or me"), order="best"))
    assert [(hit.recording, hit.score) for hit in page.hits] == [("r4", 2.0), ("r1", 2.0), ("r2", 1.0)]


def test_a_foreign_cursor_is_refused(archive: Index) -> None:
    cursor = archive.search(Search(limit=1)).cursor
    for wanted in (Search(cursor="nonsense"), Search(cursor="W10="), Search(cursor=cursor, order="best")):
        with pytest.raises(CursorFault):
            archive.search(wanted)


def test_a_newer_version_replaces_and_an_older_one_is_ignored(archive: Index) -> None:
    archive.put([document("r1", ("anna", "telegram instead"), version=3, day=9, desk="fx", people=("zoe",))])
    archive.put([document("r1", ("anna", "signal instead"), version=2)])
    assert found(archive, "telegram") == ["r1"]
    assert found(archive, "signal or ping") == []
    assert dict(archive.recordings())["r1"] == 3
    page = archive.search(Search())
    assert page.total == 5
    assert dict(page.facets["person"])["anna"] == 1
    assert dict(page.facets["desk"])["fx"] == 3


def test_the_same_version_again_brings_new_categories(archive: Index) -> None:
    archive.put(
        [replace(CALLS[1], categories=("secrecy",)), replace(CALLS[1], categories=("secrecy", "collusion"))]
    )
    page = archive.search(Search(category="collusion"))
    assert [hit.recording for hit in page.hits] == ["r2"]
    assert page.facets["category"] == [("collusion", 1), ("secrecy", 1)]


def test_a_removed_recording_is_found_no_more_and_may_come_back(archive: Index) -> None:
    archive.remove(["r1", "never-there"])
    assert found(archive, "whatsapp") == ["r2"]
    assert [recording for recording, _ in archive.recordings()] == ["r2", "r3", "r4", "r5"]
    archive.put([CALLS[0]])
    assert found(archive, "whatsapp") == ["r2", "r1"]


def test_an_index_made_anew_is_empty_and_useful(archive: Index) -> None:
    archive.renew()
    assert list(archive.recordings()) == []
    assert archive.search(Search()).total == 0
    archive.put(CALLS[:1])
    assert found(archive, "ping") == ["r1"]
    archive.ready()
    assert found(archive, "ping") == ["r1"]


@pytest.mark.parametrize("query", [f"conf>=0.1 and ({WIDE})", WIDE])
def test_a_query_too_wide_to_answer_is_refused_within_seconds(index: Index, query: str) -> None:
    index.put([document(f"r{n}", ("anna", "the late trade to you "), day=n % 4) for n in range(2)])
    assert index.search(Search(query=parse("the w/250 trade w/250 you"))).total == 2
    index.put([document(f"w{n}", ("anna", "the late trade to you " * 80)) for n in range(20)])
    begun = time.monotonic()
    with pytest.raises(QueryFault, match="too wide") as told:
        index.search(Search(query=parse(query)))
    assert "smaller distance" in told.value.cure
    assert time.monotonic() - begun < 5
    assert index.search(Search(query=parse("late trade"))).total == 22


def test_an_index_tells_how_many_recordings_it_holds(archive: Index) -> None:
    assert archive.count(expected=len(CALLS)) == len(CALLS)
    archive.remove(["r1"])
    assert archive.count() == len(CALLS) - 1


def test_many_documents_in_one_go_are_all_there(index: Index) -> None:
    index.put(document(f"r{n:04}", ("anna", f"call number {n}")) for n in range(450))
    assert len(list(index.recordings())) == 450
    page: Page = index.search(Search(query=parse("call"), limit=500))
    assert [hit.recording for hit in page.hits] == [f"r{n:04}" for n in range(450)]


def test_odd_texts_odd_names_and_silence_are_kept_as_they_are(index: Index) -> None:
    odd = "日本語 naïve \x00 ﬁx ¶ 😀 ' \" * O'Neill’s 3.50 " + "x" * 300
    index.put(
        [
            document("r'1\"%", ('Zoë "Z" O\'Neill', odd), desk="dés'k", people=("名前", "a,b")),
            document("silent"),
            document("mute", ("anna", "…"), ("bob", "")),
        ]
    )
    assert found(index, "speaker:zoe and fix") == ["r'1\"%"]
    assert found(index, "日本 w/3 naive") == ["r'1\"%"]
    assert found(index, "3.5") == ["r'1\"%"]
    assert found(index, "x" * 300) == ["r'1\"%"]
    assert found(index, "neill or oneill") == ["r'1\"%"]
    page = index.search(Search(desks=frozenset({"dés'k"}), person="名前"))
    assert [hit.recording for hit in page.hits] == ["r'1\"%"]
    assert index.search(Search()).total == 3


def test_times_come_from_the_audio_to_the_microsecond(index: Index) -> None:
    words = (
        Word(text="hello", start=12.345, end=12.9, confidence=0.5),
        Word(text="there", start=13.0, end=13.25),
    )
    moment = datetime(2026, 3, 30, 23, 59, 59, 999999, tzinfo=UTC)
    call = Transcript(turns=(Turn(speaker="anna", channel=1, words=words),))
    index.put([Document(recording="r", version=1, started_at=moment, desk="fx", transcript=call)])
    [hit] = index.search(Search(query=parse("hello there"), since=moment)).hits
    assert (hit.start, hit.end, hit.marks[0].channel) == (12.345, 13.25, 1)
    assert index.search(Search(until=moment)).total == 0
    assert found(index, "conf>=0.6 and there") == ["r"]
    assert found(index, "conf>=0.6 and hello") == []


def test_a_document_without_time_zone_is_refused(index: Index) -> None:
    bare = replace(CALLS[0], started_at=datetime(2026, 3, 30))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="time zone"):
        index.put([bare])


def test_it_holds_what_was_put_and_nothing_else(archive: Index) -> None:
    for call in CALLS:
        assert archive.holds(call)
        assert not archive.holds(replace(call, desk="metals"))
        assert not archive.holds(replace(call, people=(*call.people, "zoe")))
        assert not archive.holds(replace(call, categories=("gifts",)))
        assert not archive.holds(replace(call, version=2))
        assert not archive.holds(replace(call, transcript=Transcript.from_turns([("anna", "other words")])))
    assert not archive.holds(document("r9", ("anna", "never put")))
    archive.remove(["r1"])
    assert not archive.holds(CALLS[0])


def test_what_is_not_there_for_the_asker_is_in_no_hit_total_or_facet(archive: Index) -> None:
    for query in (None, parse("the or whatsapp or deleted or delete or running or sell")):
        whole = archive.search(Search(query=query))
        less = archive.search(Search(query=query, without=frozenset({"r2", "r4", "never put"})))
        assert less.total == whole.total - 2
        assert {hit.recording for hit in less.hits} == {hit.recording for hit in whole.hits} - {"r2", "r4"}
        assert "carl" in dict(whole.facets["person"])
        assert "carl" not in dict(less.facets["person"])
