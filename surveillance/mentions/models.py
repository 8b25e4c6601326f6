"""What was named in a call: one reading of each version of its words, and every mention in it."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording
from surveillance.transcription.models import Version


class Reading(models.Model):
    """The recognisers over one version of the words, with the directories of that day. Read again, it is replaced."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="readings")
    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="reading")
    recognisers = models.PositiveIntegerField(help_text="detectors.entities.reader.RECOGNISERS")
    directory_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    seconds_taken = models.FloatField()

    class Meta:
        ordering: ClassVar = ["recording", "-at"]

    def __str__(self) -> str:
        return f"{self.recording_id} read for names"


class Mention(models.Model):
    """One thing named. Cards, accounts and identity numbers are kept masked (PCI DSS 3.4)."""

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=300)
    value = models.CharField(max_length=200, help_text="the normal form, or the name of who is linked to")
    amount = models.FloatField(null=True, help_text="the figure of a sum")
    unit = models.CharField(max_length=12, blank=True)
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    turn = models.PositiveIntegerField()
    first = models.PositiveIntegerField(help_text="first word in the turn")
    last = models.PositiveIntegerField(help_text="last word in the turn, inclusive")
    speaker = models.CharField(max_length=120, blank=True)
    channel = models.PositiveSmallIntegerField()
    link = models.CharField(max_length=200, blank=True, help_text="whom or which house the directories know")
    candidates = models.JSONField(default=list, help_text="who may be meant, where several fit")
    confidence = models.FloatField()

    class Meta:
        ordering: ClassVar = ["start", "id"]
        indexes: ClassVar = [models.Index(fields=["kind", "value"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


auditlog.register(Reading)
