"""The words of a recording, as versions: which engine, which weights, which settings wrote them.

`content` and `line` are stored as `transcription.sealing` seals them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording


class Version(models.Model):
    """One transcript of one recording. Never edited; a better one is the next version."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    engine = models.CharField(max_length=40)
    model = models.CharField(max_length=200)
    model_sha256 = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    language = models.CharField(max_length=10)
    content = models.JSONField(help_text="search.transcript.Transcript.to_json()")
    # Where a voice was active and no words came: to be listened to, never taken for silence.
    unheard = models.JSONField(default=list, help_text="[channel, start, end] in seconds")
    language_confidence = models.FloatField(default=1.0)
    words = models.PositiveIntegerField()
    seconds_taken = models.FloatField(help_text="recogniser time, seconds")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["recording", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} v{self.number} by {self.engine}"


class Tokens(models.Model):
    """The words of a version as they are searched, on one line: what a change of a policy is tried on.

    Made with the version and gone with it; made anew where the normal forms have changed since.
    """

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="tokens")
    forms = models.PositiveIntegerField(help_text="search.tokens.FORMS at the time")
    line = models.TextField(help_text="search.compact.line()")

    class Meta:
        verbose_name_plural = "tokens"

    def __str__(self) -> str:
        return f"tokens of {self.version_id}"


kept_on_record(Version, exclude_fields=["content"])
