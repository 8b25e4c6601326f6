"""When an index fails, it says whether to try again or to wake somebody."""

from __future__ import annotations

import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from search.elastic import ElasticIndex
from search.grammar import parse
from search.index import IndexBroken, IndexDown, Search
from search.sqlite import SqliteIndex
from tests.search.conftest import elastic_index
from tests.search.test_index import CALLS


def test_an_unreachable_server_is_down_and_not_broken() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        index = ElasticIndex(url, "earshot", patience=1)
        for ask in (index.ready, index.renew, lambda: index.search(Search()), lambda: index.put(CALLS)):
            with pytest.raises(IndexDown):
                ask()


@pytest.mark.services
def test_a_missing_index_is_broken_and_never_made_by_accident() -> None:
    with elastic_index() as index:
        index.drop()
        for ask in (
            lambda: index.search(Search()),
            lambda: index.put(CALLS),
            lambda: list(index.recordings()),
        ):
            with pytest.raises(IndexBroken):
                ask()
        index.ready()
        index.put(CALLS)
        assert index.search(Search()).total == len(CALLS)


@pytest.mark.services
def test_two_writers_of_one_recording_leave_the_newest() -> None:
    from dataclasses import replace

    with elastic_index() as index:
        versions = [replace(CALLS[0], version=n) for n in range(1, 9)]
        writers = [threading.Thread(target=index.put, args=([document],)) for document in versions]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert list(index.recordings()) == [("r1", 8)]


def test_a_damaged_file_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(IndexBroken):
        SqliteIndex(path).ready()


def test_a_damaged_file_is_set_aside_when_the_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    index = SqliteIndex(path)
    index.renew()
    index.put(CALLS)
    assert index.search(Search()).total == len(CALLS)
    [aside] = tmp_path.glob("index.sqlite3.broken-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_damage_in_the_middle_of_a_file_is_found_when_the_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    index = SqliteIndex(path)
    index.put(CALLS)
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = bytearray(path.read_bytes())
    held[4096:] = b"\xff" * (len(held) - 4096)
    path.write_bytes(held)
    with pytest.raises(IndexBroken):
        SqliteIndex(path).search(Search())
    other = SqliteIndex(path)
    other.renew()
    other.put(CALLS)
    assert other.search(Search()).total == len(CALLS)
    assert index.search(Search()).total == len(CALLS)


def test_a_file_deleted_under_a_running_process_is_missed_at_the_next_question(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    ours, theirs = SqliteIndex(path), SqliteIndex(path)
    ours.put(CALLS)
    assert theirs.count() == len(CALLS)
    path.unlink()
    assert ours.count() == 0
    assert theirs.count() == 0
    ours.put(CALLS[:2])
    assert theirs.count() == 2
    assert theirs.search(Search()).total == 2


def test_a_file_replaced_under_a_running_process_is_read_at_the_next_question(tmp_path: Path) -> None:
    path, other = tmp_path / "index.sqlite3", tmp_path / "other.sqlite3"
    index = SqliteIndex(path)
    index.put(CALLS)
    SqliteIndex(other).put(CALLS[:1])
    with sqlite3.connect(other) as writer:
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink()
    other.replace(path)
    assert index.count() == 1


def test_a_file_another_writer_holds_is_down(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    index = SqliteIndex(path, patience=0.05)
    index.ready()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexDown):
        index.put(CALLS)
    assert index.search(Search()).total == 0
    writer.execute("ROLLBACK")
    index.put(CALLS)
    assert index.search(Search()).total == len(CALLS)


def test_an_index_of_older_normal_forms_is_refused_until_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    SqliteIndex(path).put(CALLS)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    index = SqliteIndex(path)
    with pytest.raises(IndexBroken, match="reindex"):
        index.search(Search())
    index.renew()
    assert index.search(Search()).total == 0


def test_a_failed_batch_leaves_nothing_half_written(tmp_path: Path) -> None:
    index = SqliteIndex(tmp_path / "index.sqlite3")

    def documents():  # type: ignore[no-untyped-def]
        yield CALLS[0]
        raise RuntimeError("the reader of the archive stumbles")

    with pytest.raises(RuntimeError):
        index.put(documents())
    assert index.search(Search()).total == 0
    index.put(CALLS)
    assert index.search(Search()).total == len(CALLS)


def test_threads_search_and_write_side_by_side(tmp_path: Path) -> None:
    index = SqliteIndex(tmp_path / "index.sqlite3")
    index.put(CALLS)
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for document in CALLS:
                index.put([document])
                assert index.search(Search(query=parse("whatsapp"))).total == 2
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_an_index_whose_shard_has_not_started_is_down_and_asked_again() -> None:
    from search.elastic import _answered

    _answered({"found": True})
    starting = {"type": "no_shard_available_action_exception", "reason": "No shard available for [get]"}
    with pytest.raises(IndexDown, match="No shard"):
        _answered({"error": starting})
    with pytest.raises(IndexBroken):
        _answered({"error": {"type": "illegal_state_exception", "reason": "the mapping is not ours"}})
