"""Which rows belong to a record, and how each leads to its recording. Who adds such a table adds a line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db.models import Field, ForeignKey, Model


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """One table: `label` as Django names it, the `ways` from a row to its recording (the first that leads there),
    and columns that are no part of the record, because a program keeps them for itself."""

    label: str
    ways: tuple[str, ...] = ("recording",)
    leave_out: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def fields(self) -> list[Field[object, object]]:
        return [field for field in self.model._meta.concrete_fields if field.name not in self.leave_out]

    @property
    def key(self) -> str:
        """The column of the primary key."""
        return str(self.model._meta.pk.column)

    def recording(self, row: str) -> str:
        """SQL for the recording of the row that `row` stands for."""
        ways = [_way(self.model, way.split("__"), row) for way in self.ways]
        return ways[0] if len(ways) == 1 else f"COALESCE({', '.join(ways)})"


# The native itself lies in the store; its seal says which bytes they are.
TRACKED: Final[tuple[Tracked, ...]] = (
    Tracked(label="capture.Recording", ways=("id",)),
    Tracked(label="capture.Party"),
    Tracked(label="capture.Receipt", leave_out=("sidecar",)),  # never changes, and its hash is there
    Tracked(label="archive.Seal"),
    Tracked(label="consent.Clearance"),
    Tracked(label="consent.PersonalCall"),
    Tracked(label="transcription.Version"),  # the words as they are stored: encrypted
    Tracked(label="mentions.Reading"),
    Tracked(label="mentions.Mention", ways=("reading__recording",)),
    Tracked(label="noise.Recognition"),
    Tracked(label="noise.Twin"),
    Tracked(label="noise.Undoing", ways=("recognition__recording", "twin__recording")),
    Tracked(label="noise.Silenced", ways=("recognition__recording",), leave_out=("lot",)),
    Tracked(label="detection.Screening"),
    Tracked(label="detection.Finding", ways=("screening__recording",)),
    Tracked(label="detection.Alert"),
    Tracked(label="second_reader.Reading", ways=("finding__screening__recording",)),
    Tracked(label="review.Disposition", ways=("alert__recording",)),
    Tracked(label="retention.Filing"),
    Tracked(label="retention.Keeping", leave_out=("stale", "lock_until", "locked_until", "decided_at")),
    Tracked(label="retention.Held"),
)


def _way(model: type[Model], parts: list[str], row: str) -> str:
    field = model._meta.get_field(parts[0])
    if not isinstance(field, Field):
        raise TypeError(f"{model.__name__}.{parts[0]} is no column")
    if len(parts) == 1:
        return f'{row}."{field.column}"'
    if not isinstance(field, ForeignKey):
        raise TypeError(f"{model.__name__}.{parts[0]} leads nowhere")
    other = field.related_model
    inner = f"t{len(parts)}"
    told = _way(other, parts[1:], inner)
    return (
        f'(SELECT {told} FROM "{other._meta.db_table}" {inner} '  # noqa: S608  # names of ours
        f'WHERE {inner}."{other._meta.pk.column}" = {row}."{field.column}")'
    )
