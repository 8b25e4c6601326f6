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


class Night(models.Model):
    """One look at whether everything kept is as it was: what was read, what was held against what, what is wrong."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    natives = models.PositiveIntegerField(default=0, help_text="read and hashed")
    bytes = models.PositiveBigIntegerField(default=0)
    records = models.PositiveIntegerField(default=0, help_text="held against their past and the index")
    copied = models.PositiveIntegerField(default=0, help_text="copied to the replica")
    restored = models.PositiveIntegerField(default=0, help_text="rebuilt from the copies, as a drill")
    # [{kind, where, what, cure}]
    wrong = models.JSONField(default=list)
    # What could not be looked at, because it was away.
    skipped = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"night of {self.began_at:%Y-%m-%d}"
