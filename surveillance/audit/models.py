"""The ledger: one hash-chained row for every act of a person or a program."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """What was done, by whom, to what. Written once, in the deed's own transaction."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    # Kept as text: an entry outlives the account of its actor.
    actor = models.CharField(max_length=150, db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=200, db_index=True, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["sequence"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.action} {self.subject}"


class Head(models.Model):
    """The end of the chain; locking this one row puts writers in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_head")]

    def __str__(self) -> str:
        return f"head at {self.sequence}"
