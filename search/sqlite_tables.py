"""The tables of the embedded index, and one recording put into them or taken out."""

from __future__ import annotations

import sqlite3

from search.index import Document, microseconds, month_of, packed
from search.named import FACETS, facet_values, tokens_of
from search.tokens import FORMS, streams

# `ascii` takes every sign beyond ASCII for a letter and folds nothing else: our tokens pass as they are.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS recordings (
    id INTEGER PRIMARY KEY, recording TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
    started INTEGER NOT NULL, month TEXT NOT NULL, desk TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS recordings_by_date ON recordings (started DESC, recording);
CREATE TABLE IF NOT EXISTS transcripts (id INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS people (id INTEGER, value TEXT, PRIMARY KEY (id, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS categories (id INTEGER, value TEXT, PRIMARY KEY (id, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS named (
    id INTEGER, facet TEXT, value TEXT, PRIMARY KEY (id, facet, value)) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS spoken USING fts5 (
    words, stems, sounds, names, tokenize = "ascii tokenchars '.'");
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (spoken, 'col');
"""
TABLES = ("recordings", "transcripts", "people", "categories", "named", "spoken")


def make(connection: sqlite3.Connection) -> None:
    for statement in filter(str.strip, _SCHEMA.split(";\n")):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMS}")


def put(connection: sqlite3.Connection, document: Document) -> None:
    row = connection.execute(
        "SELECT id, version FROM recordings WHERE recording = ?", [document.recording]
    ).fetchone()
    if row and row["version"] > document.version:
        return
    if row:
        forget(connection, row["id"])
    nth = connection.execute(
        "INSERT INTO recordings (recording, version, started, month, desk) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (recording) DO UPDATE SET version = excluded.version, started = excluded.started, "
        "month = excluded.month, desk = excluded.desk RETURNING id",
        [document.recording, *_facts(document)],
    ).fetchone()["id"]
    connection.execute("INSERT INTO transcripts VALUES (?, ?)", [nth, packed(document.transcript)])
    connection.execute(
        "INSERT INTO spoken (rowid, words, stems, sounds, names) VALUES (?, ?, ?, ?, ?)",
        [nth, *_streams(document)],
    )
    for table, rows in _lists(document).items():
        marks = ", ".join("?" * (3 if table == "named" else 2))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [(nth, *row) for row in rows])  # noqa: S608


def holds(connection: sqlite3.Connection, document: Document) -> bool:
    """Does it hold exactly what `put` would leave there?"""
    row = connection.execute(
        "SELECT id, version, started, month, desk FROM recordings WHERE recording = ?", [document.recording]
    ).fetchone()
    if row is None or tuple(row)[1:] != _facts(document):
        return False
    nth = [row["id"]]
    stored = connection.execute("SELECT packed FROM transcripts WHERE id = ?", nth).fetchone()
    spoken = connection.execute(
        "SELECT words, stems, sounds, names FROM spoken WHERE rowid = ?", nth
    ).fetchone()
    if stored is None or spoken is None or bytes(stored["packed"]) != packed(document.transcript):
        return False
    lists = {
        table: {tuple(one)[1:] for one in connection.execute(f"SELECT * FROM {table} WHERE id = ?", nth)}  # noqa: S608
        for table in ("people", "categories", "named")
    }
    return tuple(spoken) == _streams(document) and lists == _lists(document)


def _facts(document: Document) -> tuple[int, int, str, str]:
    started = document.started_at
    return document.version, microseconds(started), month_of(started), document.desk


def _streams(document: Document) -> tuple[str, ...]:
    made = streams(document.transcript)
    return tuple(" ".join(tokens) for tokens in (made.words, made.stems, made.sounds, tokens_of(made)))


def _lists(document: Document) -> dict[str, set[tuple[str, ...]]]:
    return {
        "people": {(one,) for one in document.people},
        "categories": {(one,) for one in document.categories},
        "named": {(facet, value) for facet in FACETS for value in facet_values(document.transcript, facet)},
    }


def forget(connection: sqlite3.Connection, nth: int) -> None:
    """Drop all that hangs on a recording."""
    connection.execute("DELETE FROM spoken WHERE rowid = ?", [nth])
    for table in ("transcripts", "people", "categories", "named"):
        connection.execute(f"DELETE FROM {table} WHERE id = ?", [nth])  # noqa: S608 - names of our own
