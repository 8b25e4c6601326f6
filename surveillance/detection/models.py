"""What was found in the words: screenings, findings, and the alert a recording raises."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording
from surveillance.transcription.models import Version


class Screening(models.Model):
    """One set of policies held over one version of the words, once."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="screenings")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="screenings")
    policies_sha256 = models.CharField(max_length=64)
    # Which recognised noise was taken into account (noise.quiet.Quiet.mark); "off" where none was.
    noise = models.CharField(max_length=64, blank=True)
    reader_sha256 = models.CharField(
        max_length=64, blank=True, help_text="empty where no reader read beside the policies"
    )
    policies = models.PositiveIntegerField(help_text="how many policies were evaluated")
    at = models.DateTimeField()
    risk = models.FloatField(help_text="0 to 1, of the whole call")
    # Hits that a policy's own exclusion found innocent: counted and kept, never silently dropped.
    set_aside = models.JSONField(default=list)
    read = models.JSONField(
        default=list, help_text="what the reader made of each turn and stretch (detectors.intent.told)"
    )
    seconds_taken = models.FloatField()

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "policies_sha256", "reader_sha256", "noise"],
                name="one_screening_per_words_and_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} risk {self.risk:.2f}"


class Finding(models.Model):
    """One stretch of talk that a policy caught."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="findings")
    category = models.CharField(max_length=40, db_index=True)
    policy = models.CharField(max_length=120, db_index=True)
    policy_version = models.PositiveIntegerField()
    score = models.FloatField()
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    turn = models.PositiveIntegerField()
    speaker = models.CharField(max_length=120, blank=True)
    channel = models.PositiveSmallIntegerField()
    words = models.TextField()
    why = models.JSONField(default=dict)
    second_eyes = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["start", "id"]

    def __str__(self) -> str:
        return f"{self.category} at {self.start:.1f} s"


class AlertState(models.TextChoices):
    OPEN = "open", "Open"
    SECOND = "second", "Awaiting second review"
    CLOSED = "closed", "Closed"


class Alert(models.Model):
    """A recording that someone must hear about."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="alert")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="alerts")
    risk = models.FloatField(db_index=True)
    per_minute = models.FloatField(
        default=0.0, db_index=True, help_text="risk for each minute there is to hear"
    )
    categories = models.JSONField(default=list)
    second_eyes = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=AlertState.choices, default=AlertState.OPEN, db_index=True
    )
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-risk", "raised_at"]

    def __str__(self) -> str:
        return f"alert on {self.recording_id}"


auditlog.register(Screening)
auditlog.register(Finding)
auditlog.register(Alert)
