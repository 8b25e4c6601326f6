"""What each person's days counted, and what of it was reported to the second line."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.audit.rows import kept_on_record


class Tally(models.Model):
    """What one pattern counted in one person's day with work."""

    actor = models.CharField(max_length=150)
    day = models.DateField(db_index=True)
    counts = models.JSONField(help_text="by pattern")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "day"], name="one_tally_a_day")]

    def __str__(self) -> str:
        return f"{self.actor} on {self.day}"


class ReportState(models.TextChoices):
    OPEN = "open", "Open"
    EXPLAINED = "explained", "Explained"
    ESCALATED = "escalated", "Escalated"


class Report(models.Model):
    """Something unusual that somebody did with the power to listen; days that follow on each other are one report."""

    pattern = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    first_day = models.DateField()
    last_day = models.DateField()
    value = models.PositiveIntegerField()
    words = models.TextField()
    evidence = models.JSONField(default=list, help_text="numbers of entries of the ledger")
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.OPEN)
    raised_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-last_day", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pattern", "actor", "first_day"], name="one_report_a_stretch"),
            models.CheckConstraint(
                name="nobody_explains_themselves",
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("actor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} by {self.actor}"


kept_on_record(Report)
