"""The embedded index: SQLite FTS5 narrows the archive, the matcher verifies."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from search.alike import certain_start, words_alike
from search.effort import Effort
from search.hits import Stored, asks_beyond_tokens, hit, places_in_tokens, places_in_transcript
from search.index import (
    FACET_VALUES,
    Cursor,
    Document,
    IndexBroken,
    Page,
    Search,
    microseconds,
    read_cursor,
    unpacked,
)
from search.named import FACETS
from search.query import Fuzzy, Query, Wild
from search.sqlite_file import file_at, opened, passes, set_aside, translated
from search.sqlite_query import MOST_PHRASES, Narrowing, narrowing
from search.sqlite_tables import TABLES, forget, holds, make, put
from search.tokens import FORMS

_FACETS = {
    "desk": "SELECT desk AS value, count(*) AS n FROM recordings JOIN found USING (id) GROUP BY value",
    "person": "SELECT value, count(*) AS n FROM people JOIN found USING (id) GROUP BY value",
    "category": "SELECT value, count(*) AS n FROM categories JOIN found USING (id) GROUP BY value",
    "date": "SELECT month AS value, count(*) AS n FROM recordings JOIN found USING (id) GROUP BY value",
    **{
        facet: f"SELECT value, count(*) AS n FROM named JOIN found USING (id) WHERE facet = '{facet}' GROUP BY value"  # noqa: S608
        for facet in FACETS
    },
}


class SqliteIndex:
    """One file; safe for threads and processes, each with its own connection.

    A file that is deleted or replaced under a running process is opened anew at the next question.
    """

    def __init__(self, path: Path | str, *, patience: float = 30.0) -> None:
        self._path = Path(path)
        self._patience = patience  # seconds to wait for another writer
        self._own = threading.local()

    def ready(self) -> None:
        with translated():
            self._connection()

    def put(self, documents: Iterable[Document]) -> None:
        with self._transaction("IMMEDIATE") as connection:
            for document in documents:
                put(connection, document)

    def remove(self, recordings: Iterable[str]) -> None:
        with self._transaction("IMMEDIATE") as connection:
            for recording in recordings:
                row = connection.execute(
                    "SELECT id FROM recordings WHERE recording = ?", [recording]
                ).fetchone()
                if row:
                    forget(connection, row["id"])
                    connection.execute("DELETE FROM recordings WHERE id = ?", [row["id"]])

    def holds(self, document: Document) -> bool:
        with self._transaction("DEFERRED") as connection:
            return holds(connection, document)

    def recordings(self) -> Iterator[tuple[str, int]]:
        with translated():
            rows = self._connection().execute("SELECT recording, version FROM recordings ORDER BY recording")
            yield from ((row["recording"], row["version"]) for row in rows.fetchall())

    def count(self, expected: int = 0) -> int:
        with translated():
            held: int = self._connection().execute("SELECT count(*) FROM recordings").fetchone()[0]
            return held

    def renew(self) -> None:
        if self._is_damaged():
            self._forgotten()
            set_aside(self._path)
        with self._transaction("IMMEDIATE", any_forms=True) as connection:
            for table in ("vocabulary", *TABLES):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            make(connection)

    def search(self, wanted: Search) -> Page:
        cursor = read_cursor(wanted)
        with self._transaction("DEFERRED") as connection:
            effort = Effort()
            _find(connection, wanted, effort)
            rows = _page(connection, wanted, cursor)
            shown = rows[: wanted.limit]
            total = connection.execute("SELECT count(*) AS n FROM found").fetchone()["n"]
            return Page(
                total=total,
                hits=tuple(hit(_stored(connection, row), wanted.query, effort) for row in shown),
                facets=_facets(connection),
                cursor=_cursor(wanted, shown[-1]).text() if len(rows) > wanted.limit else None,
            )

    def _connection(self, *, any_forms: bool = False) -> sqlite3.Connection:
        """This thread's own; a forked worker must not share its parent's."""
        if getattr(self._own, "opened", None) != (os.getpid(), file_at(self._path)):
            self._own.connection = opened(self._path, self._patience)
            self._own.opened = (os.getpid(), file_at(self._path))
        connection: sqlite3.Connection = self._own.connection
        forms = connection.execute("PRAGMA user_version").fetchone()[0]
        if forms == 0:
            connection.execute("BEGIN IMMEDIATE")
            make(connection)
            connection.execute("COMMIT")
        elif forms != FORMS and not any_forms:
            raise IndexBroken(f"the index holds normal forms {forms}, this release writes {FORMS}: reindex")
        return connection

    def _is_damaged(self) -> bool:
        with translated():
            try:
                told = self._connection(any_forms=True).execute("PRAGMA quick_check(1)").fetchone()
            except sqlite3.DatabaseError as fault:
                if passes(fault):
                    raise
                return True
            return bool(told[0] != "ok")

    def _forgotten(self) -> None:
        """Close this thread's connection; the next question opens another."""
        self._own.opened = None
        if getattr(self._own, "connection", None) is not None:
            self._own.connection.close()

    @contextmanager
    def _transaction(self, kind: str, *, any_forms: bool = False) -> Iterator[sqlite3.Connection]:
        """One state of the index from beginning to end; undone when anything goes wrong."""
        with translated():
            connection = self._connection(any_forms=any_forms)
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _filters(wanted: Search) -> tuple[list[str], list[Any]]:
    """What must hold of a recording's row, the asker's scope first."""
    clauses: list[str] = []
    values: list[Any] = []
    if wanted.desks is not None:
        clauses.append(f"desk IN ({', '.join('?' * len(wanted.desks))})")
        values.extend(sorted(wanted.desks))
    if wanted.without:
        clauses.append(f"recording NOT IN ({', '.join('?' * len(wanted.without))})")
        values.extend(sorted(wanted.without))
    tests = {
        "desk = ?": wanted.desk,
        "id IN (SELECT id FROM people WHERE value = ?)": wanted.person,
        "id IN (SELECT id FROM categories WHERE value = ?)": wanted.category,
        "started >= ?": None if wanted.since is None else microseconds(wanted.since),
        "started < ?": None if wanted.until is None else microseconds(wanted.until),
    }
    for clause, value in tests.items():
        if value is not None:
            clauses.append(clause)
            values.append(value)
    for facet, value in wanted.named:
        clauses.append("id IN (SELECT id FROM named WHERE facet = ? AND value = ?)")
        values.extend((facet, value))
    return clauses, values


def _find(connection: sqlite3.Connection, wanted: Search, effort: Effort) -> None:
    """Fill `found` with every recording that matches, verified where FTS5 is not exact."""
    connection.execute("DELETE FROM found")
    clauses, values = _filters(wanted)
    query = wanted.query
    narrowed = Narrowing(None, True)
    if query is not None:
        narrowed = narrowing(query, lambda leaf: _expanded(connection, leaf))
    if narrowed.expression is not None:
        clauses.append("id IN (SELECT rowid FROM spoken WHERE spoken MATCH ?)")
        values.append(narrowed.expression)
    where = " AND ".join(clauses) or "1"
    if query is None or (narrowed.exact and wanted.order == "newest"):
        connection.execute(f"INSERT INTO found SELECT id, 0 FROM recordings WHERE {where}", values)  # noqa: S608
        return
    counted = _verified(connection, query, where, values, effort)
    best = wanted.order == "best"
    found = [(nth, places if best else 0) for nth, places in counted if places]
    connection.executemany("INSERT INTO found VALUES (?, ?)", found)


def _verified(
    connection: sqlite3.Connection, query: Query, where: str, values: Sequence[Any], effort: Effort
) -> Iterator[tuple[int, int]]:
    """Candidates with the number of places the matcher finds in each."""
    if asks_beyond_tokens(query):
        rows = connection.execute(
            f"SELECT id, packed FROM recordings JOIN transcripts USING (id) WHERE {where}",  # noqa: S608
            values,
        )
        yield from ((row["id"], places_in_transcript(query, unpacked(row["packed"]), effort)) for row in rows)
        return
    rows = connection.execute(
        f"SELECT id, words, stems, sounds FROM recordings JOIN spoken ON spoken.rowid = id WHERE {where}",  # noqa: S608
        values,
    )
    yield from (
        (row["id"], places_in_tokens(query, row["words"], row["stems"], row["sounds"], effort))
        for row in rows
    )


def _expanded(connection: sqlite3.Connection, leaf: Wild | Fuzzy) -> list[str] | None:
    """The words of the archive it stands for, or None when they are too many."""
    start = certain_start(leaf)
    rows = connection.execute(
        "SELECT term FROM vocabulary WHERE col = 'words' AND term >= ? AND term < ? ORDER BY term",
        [start, start + "\U0010ffff"],
    )
    found = words_alike(leaf, [row["term"] for row in rows])
    return found if len(found) <= MOST_PHRASES else None


def _page(connection: sqlite3.Connection, wanted: Search, cursor: Cursor | None) -> list[sqlite3.Row]:
    """One row more than the page holds, to know whether another follows."""
    after = "1"
    values: list[Any] = []
    if cursor:
        after = "score < ? OR (score = ? AND (started < ? OR (started = ? AND recording > ?)))"
        values = [cursor.score, cursor.score, cursor.started, cursor.started, cursor.recording]
    return connection.execute(
        f"SELECT id, recording, version, started, score FROM recordings JOIN found USING (id) WHERE {after} "  # noqa: S608
        "ORDER BY score DESC, started DESC, recording LIMIT ?",
        [*values, wanted.limit + 1],
    ).fetchall()


def _cursor(wanted: Search, row: sqlite3.Row) -> Cursor:
    return Cursor(wanted.order, float(row["score"]), row["started"], row["recording"])


def _stored(connection: sqlite3.Connection, row: sqlite3.Row) -> Stored:
    found = connection.execute("SELECT packed FROM transcripts WHERE id = ?", [row["id"]]).fetchone()
    return Stored(row["recording"], row["version"], unpacked(found["packed"]))


def _facets(connection: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    return {
        name: [
            (row["value"], row["n"])
            for row in connection.execute(f"{statement} ORDER BY n DESC, value LIMIT {FACET_VALUES}")
        ]
        for name, statement in _FACETS.items()
    }
