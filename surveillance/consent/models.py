"""What shows that people were told or agreed, what was decided on each call, and personal calls let out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording


class StatementKind(models.TextChoices):
    CONTRACT = "contract", "Agreed in a contract"
    NOTICE = "notice", "Told beforehand, in writing"
    EXPLICIT = "explicit", "Agreed expressly"
    WITHDRAWAL = "withdrawal", "Took consent back"
    VOICE = "voice", "Agreed to a voiceprint"
    VOICE_WITHDRAWAL = "voice_withdrawal", "Took back the agreement to a voiceprint"


class Statement(models.Model):
    """What one person was told, agreed to or took back, from a day on; never changed, a newer one takes its place."""

    kind = models.CharField(max_length=20, choices=StatementKind.choices)
    person = models.CharField(max_length=120, blank=True, help_text="as calls name them")
    number = models.CharField(max_length=60, blank=True, help_text="E.164, or a line of ours")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    purpose = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, help_text="where it lies: contract, letter, form")
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-entered_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_statement_is_of_somebody", condition=~models.Q(person="", number="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person or self.number}"


class Clearance(models.Model):
    """What was decided on one call: whose rule, what evidence, whether it may be heard."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="clearance")
    clear = models.BooleanField()
    withdrawn = models.BooleanField(default=False)
    rule = models.CharField(max_length=12)
    strictest = models.CharField(max_length=10, blank=True, help_text="id of the jurisdiction")
    words = models.TextField()
    people = models.JSONField(default=list, help_text="[{name, places, rule, covered_by, withdrawn}]")
    evidence = models.CharField(max_length=12, blank=True, help_text="what covers the call, the first of it")
    # Where the notice is heard, and its words.
    heard_at = models.FloatField(null=True)
    heard_words = models.TextField(blank=True)
    law_sha256 = models.CharField(max_length=64)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.recording_id} {'clear' if self.clear else 'withheld'}"


class PersonalCall(models.Model):
    """A private call let out of surveillance: asked by one, agreed by another, undone by either."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="personal")
    reason = models.TextField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=150, blank=True)
    agreed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording"], condition=models.Q(ended_at__isnull=True), name="one_exit_at_a_time"
            ),
            models.CheckConstraint(
                name="two_let_a_call_out",
                condition=models.Q(agreed_by="") | ~models.Q(agreed_by=models.F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"personal call {self.recording_id}"


kept_on_record(Statement)
kept_on_record(PersonalCall)
