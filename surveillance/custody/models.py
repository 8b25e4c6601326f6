"""What every row of a record once was, written by the database itself, and the seals over that history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Past(models.Model):
    """What one row of a record became at one time; written by triggers, so that no hand on the rows is left out."""

    recording = models.UUIDField()
    kind = models.CharField(max_length=60, help_text="the row's model, as transcription.Version")
    row = models.CharField(max_length=64, help_text="its primary key")
    at = models.DateTimeField(help_text="of the transaction (PostgreSQL), of the statement (SQLite)")
    gone = models.BooleanField(default=False)
    state = models.JSONField(help_text="its columns; what it was before, where it went")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["recording", "id"], name="past_of_a_recording"),
            models.Index(fields=["kind", "row", "id"], name="past_of_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row} at {self.at}"


class PastSeal(models.Model):
    """The hashes of a stretch of `Past`, whose own hash stands in the ledger: a changed past is found, row by row."""

    first = models.BigIntegerField()
    last = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    leaves = models.JSONField(help_text="[id, SHA-256] of each row, in order")
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"past {self.first} to {self.last}"


class Forgotten(models.Model):
    """That the past of a disposed recording was deleted, and which rows that were: a gap with a reason."""

    recording = models.UUIDField()
    at = models.DateTimeField()
    rows = models.JSONField(help_text="ids of Past")

    def __str__(self) -> str:
        return f"past of {self.recording}"
