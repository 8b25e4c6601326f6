"""What people heard and what they decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.access.models import User
from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording
from surveillance.detection.models import Alert


class Action(models.TextChoices):
    NO_CONCERN = "no_concern", "No concern"
    FALSE_ALARM = "false_alarm", "False alarm"
    COACH = "coach", "Coach the speaker"
    ESCALATE = "escalate", "Escalate"
    BREACH = "breach", "Breach confirmed"
    # Not a decision but its withdrawal; it stands in the history like one, with its reason.
    REOPENED = "reopened", "Re-opened"


class Disposition(models.Model):
    """FINRA 3110.07: reviewer, communication, date, action. Opening is not reviewing."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="dispositions")
    reviewer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    reviewer_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    action = models.CharField(max_length=20, choices=Action.choices)
    reason = models.TextField()
    seconds_heard = models.FloatField(help_text="seconds of this recording the reviewer had played by then")
    second = models.BooleanField(default=False, help_text="the second pair of eyes")

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_disposition_has_a_reason", condition=~models.Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_name}: {self.action}"


class Listening(models.Model):
    """A stretch of a recording that someone played."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="listenings")
    listener = models.CharField(max_length=150, db_index=True)
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="a_stretch_has_length", condition=models.Q(end__gt=models.F("start")))
        ]
        indexes: ClassVar = [
            models.Index(fields=["recording", "listener"]),
            models.Index(fields=["listener", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.start:.1f}–{self.end:.1f} s"


class Play(models.Model):
    """Someone pressed play. What they report to have heard is weighed against the time since."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="plays")
    listener = models.CharField(max_length=150)
    position = models.FloatField(help_text="seconds")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["listener", "recording", "-at"])]

    def __str__(self) -> str:
        return f"{self.listener} from {self.position:.1f} s"


kept_on_record(Disposition)
