"""What a language model wrote beside a finding, or why what it wrote is not shown."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.detection.models import Finding


class Outcome(models.TextChoices):
    WRITTEN = "written", "Written"
    REFUSED = "refused", "Refused"
    AWAY = "away", "No answer"


class Reading(models.Model):
    """One finding read, or tried. Text beside a finding: no score, no state, no verdict."""

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="reading")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    tries = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(blank=True)
    quotes = models.JSONField(default=list)
    refusal = models.CharField(max_length=20, blank=True, help_text="why an answer is not shown, in a word")
    model = models.CharField(max_length=200)
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(default=0.0)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="only_what_was_written_has_a_text",
                condition=models.Q(outcome="written") ^ models.Q(text=""),
            ),
            models.CheckConstraint(
                name="a_refused_reading_says_why",
                condition=~models.Q(outcome="refused") | ~models.Q(refusal=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.outcome}"


auditlog.register(Reading)
