"""The ledger: one leaf of a Merkle tree for every act of a person or a program, and what vouches for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """What was done, by whom, to what. Written once, in the deed's own transaction."""

    sequence = models.PositiveBigIntegerField(primary_key=True, help_text="from 1; its leaf is one less")
    at = models.DateTimeField(db_index=True)
    # Kept as text: an entry outlives the account of its actor.
    actor = models.CharField(max_length=150, db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=200, db_index=True, blank=True)
    detail = models.JSONField(default=dict)
    rows = models.CharField(
        max_length=64, blank=True, help_text="binds the row changes of the deed; see Sealed"
    )
    leaf = models.CharField(max_length=64, help_text="RFC 6962 leaf hash, hex")

    class Meta:
        ordering: ClassVar = ["sequence"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.action} {self.subject}"


class Head(models.Model):
    """The edge of the tree; locking this one row puts writers in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)
    edge = models.JSONField(default=list, help_text="roots of the complete subtrees, the largest first, hex")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_head")]

    def __str__(self) -> str:
        return f"head at {self.sequence}"


class Tile(models.Model):
    """The root over 256 leaves, so that proofs need not read them."""

    number = models.PositiveBigIntegerField(primary_key=True, help_text="from 0")
    root = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"tile {self.number}"


class Sealed(models.Model):
    """A row change that django-auditlog kept, and the entry that binds it."""

    row = models.PositiveBigIntegerField(primary_key=True, help_text="id of auditlog's LogEntry")
    entry = models.ForeignKey(Entry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="sealed")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "sealed"

    def __str__(self) -> str:
        return f"row {self.row} in entry {self.entry_id}"


class Checkpoint(models.Model):
    """A signed statement of how far the ledger had come, and with which root."""

    size = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    note = models.TextField(help_text="C2SP tlog-checkpoint")
    kept_at = models.DateTimeField(null=True, help_text="when it was locked away in the store")
    stamp = models.BinaryField(default=b"", help_text="RFC 3161 time-stamp token, DER; empty for none")

    class Meta:
        ordering: ClassVar = ["size"]

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"
