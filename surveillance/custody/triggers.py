"""The triggers that write the past: made from the list of tables after each migration, for SQLite and PostgreSQL.

17a-4(f)(2)(i)(A): a complete time-stamped audit trail, all modifications to and deletions of the record, such that it
can be re-created. A trigger sees what any hand does to a row, Earshot's or a database administrator's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, JSONField

from surveillance.custody.tables import TRACKED, Tracked

PREFIX = "custody_"
PAST = "custody_past"
COLUMNS = "(recording, kind, row, at, gone, state)"
# Deleted rows before they go: what leads to their recording may go with them.
WHEN = {"insert": "AFTER", "update": "AFTER", "delete": "BEFORE"}
DEEDS = tuple(WHEN)


def before_migrations(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Take the triggers away: a migration that builds a table anew trips over them."""
    if plan:
        _put_away(connections[using])


def after_migrations(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Make them, and write down what changed while there were none."""
    if plan is None:  # a flush: the triggers are untouched
        return
    if missing(using):
        _put_away(connections[using])
        with connections[using].cursor() as cursor:
            for one in TRACKED:
                for statement in _made(connections[using], one):
                    cursor.execute(statement)
    if plan:
        catch_up(using)


def missing(using: str = "default") -> set[str]:
    """The triggers that should stand and do not: somebody put them out of the way."""
    wanted = {f"{PREFIX}{one.table}_{deed}" for one in TRACKED for deed in DEEDS}
    return wanted - {name for name, _ in _there(connections[using])}


def _put_away(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name, table in _there(connection):
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')


def catch_up(using: str = "default") -> int:
    """Write the past of rows that differ from it: those of before the triggers, and of migrations. How many."""
    connection, written = connections[using], 0
    with connection.cursor() as cursor:
        for one in TRACKED:
            cursor.execute(_caught_up(connection, one))
            written += max(cursor.rowcount, 0)
    return written


def state(connection: BaseDatabaseWrapper, one: Tracked, row: str) -> str:
    """SQL for the JSON of a row."""
    if connection.vendor == "postgresql":
        left_out = ", ".join(f"'{one.model._meta.get_field(name).column}'" for name in one.leave_out)  # type: ignore[union-attr]
        return f"to_jsonb({row}) - ARRAY[{left_out}]::text[]"
    parts = []
    for field in one.fields:
        column = f'{row}."{field.column}"'
        if isinstance(field, JSONField):
            column = f"json({column})"
        elif isinstance(field, BinaryField):
            column = f"hex({column})"
        parts.append(f"'{field.column}', {column}")
    return f"json_object({', '.join(parts)})"


def live(connection: BaseDatabaseWrapper, one: Tracked) -> str:
    """SQL for key and state of the rows of one recording as they stand now; one parameter, its id."""
    return (
        f'SELECT CAST(r."{one.key}" AS {_text(connection)}), {state(connection, one, "r")} '  # noqa: S608
        f'FROM "{one.table}" r WHERE {one.recording("r")} = %s'
    )


def _made(connection: BaseDatabaseWrapper, one: Tracked) -> Iterator[str]:
    if connection.vendor == "postgresql":
        yield from _made_in_postgres(connection, one)
        return
    for deed, row in zip(DEEDS, ("NEW", "NEW", "OLD"), strict=True):
        told, recording = state(connection, one, row), one.recording(row)
        changed = f" AND {state(connection, one, 'OLD')} IS NOT {told}" if deed == "update" else ""
        yield (
            f'CREATE TRIGGER "{PREFIX}{one.table}_{deed}" {WHEN[deed]} {deed.upper()} ON "{one.table}" BEGIN '
            f"INSERT INTO {PAST} {COLUMNS} SELECT {recording}, '{one.label}', "
            f'CAST({row}."{one.key}" AS TEXT), {_now(connection)}, {int(deed == "delete")}, {told} '
            f"WHERE {recording} IS NOT NULL{changed}; END"
        )


def _made_in_postgres(connection: BaseDatabaseWrapper, one: Tracked) -> Iterator[str]:
    name = f"{PREFIX}{one.table}"

    def insert(row: str, gone: str) -> str:
        return (
            f"INSERT INTO {PAST} {COLUMNS} SELECT {one.recording(row)}, '{one.label}', "
            f'{row}."{one.key}"::text, now(), {gone}, {state(connection, one, row)} '
            f"WHERE {one.recording(row)} IS NOT NULL; "
        )

    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {insert('OLD', 'true')} RETURN OLD; END IF; "
        f"IF TG_OP = 'INSERT' OR ({state(connection, one, 'OLD')}) IS DISTINCT FROM "
        f"({state(connection, one, 'NEW')}) THEN {insert('NEW', 'false')} END IF; RETURN NEW; END $$"
    )
    for deed in DEEDS:
        yield f'DROP TRIGGER IF EXISTS "{name}_{deed}" ON "{one.table}"'
        yield (
            f'CREATE TRIGGER "{name}_{deed}" {WHEN[deed]} {deed.upper()} ON "{one.table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def _caught_up(connection: BaseDatabaseWrapper, one: Tracked) -> str:
    told, recording = state(connection, one, "r"), one.recording("r")
    key = f'CAST(r."{one.key}" AS {_text(connection)})'
    false = "false" if connection.vendor == "postgresql" else "0"
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    last = f"(SELECT p.state FROM {PAST} p WHERE p.kind = '{one.label}' AND p.row = {key} ORDER BY p.id DESC LIMIT 1)"  # noqa: S608
    return (
        f"INSERT INTO {PAST} {COLUMNS} SELECT {recording}, '{one.label}', {key}, {_now(connection)}, "  # noqa: S608
        f'{false}, {told} FROM "{one.table}" r WHERE {recording} IS NOT NULL AND {last} {differs} {told}'
    )


def _there(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """Our triggers that stand in the database, with their tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT trigger_name, event_object_table FROM information_schema.triggers "
                "WHERE trigger_schema = current_schema() AND trigger_name LIKE %s",
                [f"{PREFIX}%"],
            )
        else:
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
                [f"{PREFIX}%"],
            )
        return [(str(name), str(table)) for name, table in cursor.fetchall()]


def _text(connection: BaseDatabaseWrapper) -> str:
    return "text" if connection.vendor == "postgresql" else "TEXT"


def _now(connection: BaseDatabaseWrapper) -> str:
    return "now()" if connection.vendor == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
