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
    sha256 = models.CharField(max_length=64, help_text="of the native as it came")
    size = models.PositiveBigIntegerField(help_text="bytes")
    # What lies in the store, so that it can be held against its hash without any key.
    encrypted = models.BooleanField(default=False)
    stored_sha256 = models.CharField(max_length=64, blank=True, help_text="empty where the native lies plain")
    stored_size = models.PositiveBigIntegerField(default=0)
    sealed_at = models.DateTimeField()
    retain_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class DataKey(models.Model):
    """The key of one recording, wrapped; destroyed, nothing of that recording can be read any more, in any copy.

    The row outlives its recording: it says that what may still lie in a backup was made unreadable, and when.
    """

    recording = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField(null=True)
    kek = models.CharField(max_length=200, blank=True, help_text="name of the key-encryption key")
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_key_is_there_or_destroyed",
                condition=models.Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | models.Q(wrapped__isnull=False, destroyed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.recording}"


class FixityOutcome(models.TextChoices):
    SOUND = "sound", "Bytes unchanged"
    CHANGED = "changed", "Bytes changed"
    MISSING = "missing", "Not in the store"
    UNREADABLE = "unreadable", "Its key is gone or changed: nothing reads it"
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
