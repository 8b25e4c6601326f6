"""What was recognised as noise, what it silenced, and what people said about it."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording
from surveillance.transcription.models import Version


class Recognition(models.Model):
    """A stretch of one version of the words that is noise; `standing` until a person undoes it."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="noise")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="noise")
    kind = models.CharField(max_length=30, db_index=True)
    turn = models.PositiveIntegerField()
    channel = models.PositiveSmallIntegerField()
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    words = models.TextField()
    why = models.TextField()
    confidence = models.FloatField(help_text="0 to 1")
    recogniser = models.CharField(max_length=20, help_text="version of detectors/noise")
    standing = models.BooleanField(default=True)
    current = models.BooleanField(default=True, help_text="of the newest words, by the newest recogniser")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["start", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "recogniser", "kind", "channel", "start"], name="one_recognition_per_place"
            ),
            models.CheckConstraint(
                name="a_recognition_says_why", condition=~models.Q(why="") & ~models.Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.start:.1f} s"


class Twin(models.Model):
    """A recording that is the same call as another, which leads; `standing` until a person undoes it."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="twin")
    lead = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="followers")
    share = models.FloatField(help_text="of the words, 0 to 1")
    offset = models.FloatField(help_text="seconds between the recorders' clocks")
    why = models.TextField()
    recogniser = models.CharField(max_length=20)
    standing = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="no_recording_is_its_own_twin", condition=~models.Q(recording=models.F("lead"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} is {self.lead_id}"


class Undoing(models.Model):
    """A person undid a recognition or a twin, or undid that again; kept with the reason."""

    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, null=True, related_name="undoings")
    twin = models.ForeignKey(Twin, on_delete=models.PROTECT, null=True, related_name="undoings")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    undone = models.BooleanField(help_text="false: the undoing itself was undone")
    reason = models.TextField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="an_undoing_has_a_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="an_undoing_is_of_one_thing",
                condition=models.Q(recognition__isnull=True) ^ models.Q(twin__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{'undone' if self.undone else 'restored'} by {self.by}"


class Verdict(models.TextChoices):
    RIGHTLY = "rightly", "Rightly silenced"
    WRONGLY = "wrongly", "Should have been heard"


class Silenced(models.Model):
    """A finding that a recognition set aside. Some are drawn at random for a person to judge."""

    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="silenced")
    category = models.CharField(max_length=40)
    policy = models.CharField(max_length=120)
    policy_version = models.PositiveIntegerField()
    score = models.FloatField()
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    speaker = models.CharField(max_length=120, blank=True)
    words = models.TextField()
    why = models.JSONField(default=dict)
    at = models.DateTimeField()
    # Uniform over 0–1 and fixed by the finding and the installation's secret: who is drawn is chance nobody steers,
    # and the same draw can be made again.
    lot = models.FloatField(db_index=True)
    drawn_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    judge = models.CharField(max_length=150, blank=True)
    judged_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["lot", "id"]
        verbose_name_plural = "silenced"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recognition", "category", "policy", "start"], name="one_silenced_per_finding"
            ),
            models.CheckConstraint(
                name="a_verdict_is_of_what_was_drawn",
                condition=models.Q(verdict="") | models.Q(drawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} silenced as {self.recognition.kind}"


auditlog.register(Recognition)
auditlog.register(Twin)
kept_on_record(Undoing)
auditlog.register(Silenced)
