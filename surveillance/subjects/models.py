"""What people ask about their own voice, the calls they are found on, what is restricted, and documents issued."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.audit.rows import kept_on_record


class Kind(models.TextChoices):
    ACCESS = "access", "Access and a copy (GDPR art. 15)"
    RECTIFICATION = "rectification", "Correction (art. 16)"
    ERASURE = "erasure", "Erasure (art. 17)"
    RESTRICTION = "restriction", "Restriction (art. 18)"
    OBJECTION = "objection", "Objection (art. 21)"


class Stage(models.TextChoices):
    OPEN = "open", "Open"
    PREPARED = "prepared", "Prepared, waits for a second person"
    ANSWERED = "answered", "Answered"
    REFUSED = "refused", "Refused"


class SubjectRequest(models.Model):
    """What one person asked, and the clock of it."""

    kind = models.CharField(max_length=14, choices=Kind.choices)
    names = models.JSONField(help_text="as calls may name them; the first is shown")
    numbers = models.JSONField(default=list, help_text="numbers and addresses of theirs")
    identity = models.CharField(max_length=300, help_text="how it is known that it is them (art. 12(6))")
    told = models.TextField(help_text="what they ask, in their words")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_because = models.TextField(blank=True)
    # Words that are masked beside the names of others, as a nickname or a site.
    also_mask = models.JSONField(default=list)
    gathered_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.OPEN)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()
    prepared_by = models.CharField(max_length=150, blank=True)
    prepared_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["due_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="two_answer_a_subject",
                condition=~models.Q(stage="answered") | ~models.Q(closed_by=models.F("prepared_by")),
            )
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class FoundCall(models.Model):
    """One call on which the person of a request was found; the row outlives its recording."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="found")
    recording = models.UUIDField()
    desk = models.SlugField()
    started_at = models.DateTimeField()
    why = models.JSONField(help_text="of finding.WHYS")
    left_out_because = models.TextField(blank=True)
    turns = models.JSONField(default=dict, help_text="what a person decided: turn → open, words, closed")
    # The mask that somebody looked at: another version of the words makes another, to be looked at anew.
    checked_sha256 = models.CharField(max_length=64, blank=True)
    checked_by = models.CharField(max_length=150, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["started_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "recording"], name="a_call_is_found_once")
        ]

    def __str__(self) -> str:
        return f"{self.recording} in request {self.request_id}"


class Restriction(models.Model):
    """A recording that is kept and not used (art. 18), until it is lifted; reviewed by a day."""

    recording = models.UUIDField()
    desk = models.SlugField()
    started_at = models.DateTimeField()
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.PROTECT, null=True, related_name="restrictions"
    )
    reason = models.TextField()
    kept_because = models.TextField(blank=True, help_text="the duty that stands against erasing it")
    review_on = models.DateField()
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["review_on", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording"], condition=models.Q(lifted_at__isnull=True), name="restricted_once"
            )
        ]

    def __str__(self) -> str:
        return f"restriction of {self.recording}"


class IssuedDocument(models.Model):
    """A document as it was issued: what the installation was configured to do on that day."""

    kind = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=150)
    issued_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["kind", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "number"], name="issued_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


kept_on_record(SubjectRequest)
kept_on_record(FoundCall)
kept_on_record(Restriction)
kept_on_record(IssuedDocument)
