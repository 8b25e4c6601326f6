"""Rows held against their own history: what was changed past Earshot, by whoever may write to the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

from auditlog.diff import get_field_value, get_mask_function
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db.models import DateTimeField, Field, JSONField, Model

BATCH = 500
_ON_RECORD: list[type[Model]] = []


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """A row that is not what its history says: `thing` as "grant 7", and what does not fit."""

    thing: str
    why: str


def kept_on_record(model: type[Model], **how: Any) -> None:
    """Keep the history of a model's rows (django-auditlog), and hold its rows against it.

    Only for a model whose rows are written by `save`, `create` and `delete`: what `update` and `bulk_create` write
    has no history, and would look like a stranger's hand.
    """
    auditlog.register(model, **how)
    _ON_RECORD.append(model)


def strangers() -> Iterator[Stranger]:
    """Every row that was made, changed or deleted without its history, among the models kept on record."""
    for model in _ON_RECORD:
        yield from _strangers_of(model)


def _strangers_of(model: type[Model]) -> Iterator[Stranger]:
    kind = str(model._meta.verbose_name)
    entries = LogEntry.objects.get_for_model(model).order_by("object_pk", "pk")
    told = entries.values_list("object_pk", "action", "changes").iterator(chunk_size=2000)
    known: set[str] = set()
    history = (
        (pk, _folded((action, changes) for _, action, changes in rows))
        for pk, rows in groupby(told, key=lambda row: str(row[0]))
    )
    for some in _in_batches(history):
        rows = {str(row.pk): row for row in model._default_manager.filter(pk__in=list(some))}
        known |= set(some)
        for pk, last in some.items():
            thing = f"{kind} {pk}"
            if last is None and pk in rows:
                yield Stranger(thing=thing, why="was deleted, and is there again")
            elif last is not None and pk not in rows:
                yield Stranger(thing=thing, why="is gone, and nobody deleted it on record")
            elif last is not None:
                yield from _misfits(thing, rows[pk], last)
    for pk in model._default_manager.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000):
        if str(pk) not in known:
            yield Stranger(thing=f"{kind} {pk}", why="has no history; it was made past Earshot")


def _in_batches(history: Iterable[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting = iter(history)
    while some := dict(islice(waiting, BATCH)):
        yield some


def _folded(steps: Iterable[tuple[int, Mapping[str, Any] | None]]) -> dict[str, str] | None:
    """The last value of each field on record, as text; None where the last step is a deletion."""
    last: dict[str, str] | None = {}
    for action, changes in steps:
        if action == LogEntry.Action.DELETE:
            last = None
        elif action in (LogEntry.Action.CREATE, LogEntry.Action.UPDATE):
            last = {**(last or {}), **{name: change[1] for name, change in (changes or {}).items()}}
    return last


def _misfits(thing: str, row: Model, last: Mapping[str, str]) -> Iterator[Stranger]:
    told = auditlog.get_model_fields(type(row))
    for field in row._meta.fields:
        if field.name in told["exclude_fields"]:
            continue
        now_text = get_field_value(row, field)
        if field.name in told["mask_fields"]:
            now_text = get_mask_function(told.get("mask_callable"))(now_text)
        if field.name not in last and field.get_default() == getattr(row, field.attname):
            continue  # the column is younger than the row
        then_text = last.get(field.name, "None")
        if _value(field, now_text) != _value(field, then_text):
            shown = (
                ""
                if field.name in told["mask_fields"]
                else f" is {now_text!s:.60}; on record {then_text!s:.60}"
            )
            yield Stranger(thing=thing, why=f"{field.name}{shown or ' is not what is on record'}")


def _value(field: Field[Any, Any], text: Any) -> Any:
    """A field's value from its text on record: one may be written as 1, the other come back as 1.0."""
    if text is None or text == "None":
        return None
    if isinstance(field, JSONField):
        return json.loads(text) if isinstance(text, str) else text
    if isinstance(field, DateTimeField):
        moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if field.is_relation:
        return str(text)
    return field.to_python(text)
