"""What is sealed: where each native lies, its hash, until when it is locked, and every check of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording


class Seal(models.Model):
    """The native of one recording in the store."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="seal")
    store = models.CharField(max_length=20)
    key = models.CharField(max_length=200, unique=True)
    version = models.CharField(
        max_length=200, blank=True, help_text="the store's own number of the object, where it has any"
    )
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sealed_at = models.DateTimeField()
    retain_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class FixityOutcome(models.TextChoices):
    SOUND = "sound", "Bytes unchanged"
    CHANGED = "changed", "Bytes changed"
    MISSING = "missing", "Not in the store"
    WEAKENED = "weakened", "Bytes unchanged, but locked for less time than was sealed"


class FixityCheck(models.Model):
    """One re-hash of one native (SEC 17a-4(f)(2)(ii): verify automatically)."""

    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=FixityOutcome.choices)
    found_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.seal} {self.outcome}"


kept_on_record(Seal)
